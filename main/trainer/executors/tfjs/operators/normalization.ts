import { floatAttribute, intAttribute } from '../../../graph/attributes.ts';
import { normaliseAxis } from '../../../graph/shapes.ts';
import { elementCount } from '../../../graph/tensor.ts';
import { inOrder, plainOrder } from '../order.ts';
import type { Slot } from '../plan.ts';
import type { NodeContext, Planner } from './context.ts';

/** Plans of normalisations. */
export const normalizationPlanners: Readonly<Record<string, Planner>> = {
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  GroupNormalization: (at) => groupNormalization(at, intAttribute(at.node, 'num_groups', 1)),
  InstanceNormalization: (at) => groupNormalization(at, at.dims(0)[1]!),
};

/** With fixed statistics it is one factor and one shift per channel. */
function batchNormalization(at: NodeContext): void {
  if (intAttribute(at.node, 'training_mode', 0) !== 0) throw at.refuse('it updates its statistics');
  const epsilon = at.scalar(floatAttribute(at.node, 'epsilon', 1e-5));
  const [scale, shift, mean, variance] = [at.plain(1), at.plain(2), at.plain(3), at.plain(4)];
  const factor = at.binary('RealDiv', scale, at.unary('Sqrt', at.binary('Add', variance, epsilon)));
  const offset = at.binary('Sub', shift, at.binary('Multiply', mean, factor));
  const { slots, order } = at.aligned([at.name(0)]);
  const dims = at.dims(0);
  const perChannel = inOrder(
    dims.map((length, axis) => (axis === 1 ? length : 1)),
    order,
  );
  const spread = (slot: Slot) => at.plan.reshape(slot, perChannel);
  at.result(at.binary('Add', at.binary('Multiply', slots[0]!, spread(factor)), spread(offset)), order);
}

/** (x − mean) ÷ √(variance + ε) over the last axis of a matrix, and the two statistics. */
function normalisedRows(at: NodeContext, rows: Slot, axis: number, epsilon: number) {
  const mean = at.unary('Mean', rows, { axis: [axis], keepDims: true });
  const centred = at.binary('Sub', rows, mean);
  const variance = at.unary('Mean', at.binary('Multiply', centred, centred), {
    axis: [axis],
    keepDims: true,
  });
  const deviation = at.unary('Sqrt', at.binary('Add', variance, at.scalar(epsilon)));
  return { value: at.binary('RealDiv', centred, deviation), mean, deviation };
}

function layerNormalization(at: NodeContext): void {
  const dims = at.dims(0);
  const axis = normaliseAxis(intAttribute(at.node, 'axis', -1), dims.length, at.node.name);
  const inner = elementCount(dims.slice(axis));
  const outer = elementCount(dims.slice(0, axis));
  const rows = at.plan.reshape(at.plain(0), [outer, inner]);
  const { value, mean, deviation } = normalisedRows(at, rows, 1, floatAttribute(at.node, 'epsilon', 1e-5));
  const flat = (index: number) => at.plan.reshape(at.plain(index), [elementCount(at.dims(index))]);
  const scaled = at.binary('Multiply', value, flat(1));
  const whole = at.has(2) ? at.binary('Add', scaled, flat(2)) : scaled;
  at.result(at.plan.reshape(whole, dims));
  const statistics = dims.map((length, each) => (each < axis ? length : 1));
  if (at.node.outputs[1])
    at.plan.put(at.node.outputs[1], at.plan.reshape(mean, statistics), plainOrder(dims.length));
  if (at.node.outputs[2]) {
    const inverse = at.plan.reshape(at.unary('Reciprocal', deviation), statistics);
    at.plan.put(at.node.outputs[2], inverse, plainOrder(dims.length));
  }
}

/** Normalises each group of channels of each image; scale and shift are one number per channel (or per group). */
function groupNormalization(at: NodeContext, groups: number): void {
  const dims = at.dims(0);
  const [batch, channels] = dims as [number, number];
  const rows = at.plan.reshape(at.plain(0), [batch, groups, elementCount(dims) / (batch * groups)]);
  const { value } = normalisedRows(at, rows, 2, floatAttribute(at.node, 'epsilon', 1e-5));
  const perChannel = (index: number) => {
    const count = at.dims(index)[0]!;
    const slot = at.plain(index);
    if (count === channels) return at.plan.reshape(slot, [1, channels, 1]);
    const tiled = at.kernel(
      'Tile',
      { x: at.plan.reshape(slot, [count, 1]) },
      { reps: [1, channels / count] },
    );
    return at.plan.reshape(tiled, [1, channels, 1]);
  };
  const planes = at.plan.reshape(value, [batch, channels, elementCount(dims.slice(2))]);
  const whole = at.binary('Add', at.binary('Multiply', planes, perChannel(1)), perChannel(2));
  at.result(at.plan.reshape(whole, dims));
}
