import { attributes, int } from '../graph/attributes.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import { NetworkError } from '../graph/errors.ts';
import {
  type LossInputs,
  meanSamples,
  perClass,
  type SampleLosses,
  sumOver,
  sumSamples,
} from './reductions.ts';
import type { MaskLossSpec, ValueLossSpec } from './types.ts';

/**
 * Soft Dice for masks [batch, classes, …]: 1 − (2·Σ p·t + s) ÷ (Σ p + Σ t + s) for each class of each image, mean over
 * the classes, weighted where weights are given (Milletari et al. 2016, with plain sums in place of their squares).
 */
export function diceLoss(
  builder: GraphBuilder,
  { logits, target, sampleWeight }: LossInputs,
  spec: MaskLossSpec,
): SampleLosses {
  const dims = builder.dims(logits);
  if (dims.length < 3)
    throw new NetworkError('SHAPE_MISMATCH', 'The Dice loss compares masks [batch, classes, height, width].');
  const classes = dims[1]!;
  const pixels = dims.slice(2).map((_, axis) => axis + 2);
  const probabilities =
    spec.activation === 'softmax'
      ? builder.op('Softmax', [logits], { attributes: attributes({ axis: int(1) }) })
      : builder.op('Sigmoid', [logits]);
  const overlap = sumOver(builder, builder.op('Mul', [probabilities, target]), pixels);
  const total = sumOver(builder, builder.op('Add', [probabilities, target]), pixels);
  const smooth = builder.scalar(spec.smooth);
  const dice = builder.op('Div', [
    builder.op('Add', [builder.op('Mul', [overlap, builder.scalar(2)]), smooth]),
    builder.op('Add', [total, smooth]),
  ]);
  const missing = builder.op('Sub', [builder.scalar(1), dice]);
  const weights = spec.classWeights ?? new Array<number>(classes).fill(1);
  const sum = weights.reduce((all, weight) => all + weight, 0);
  const shares = perClass(
    builder,
    weights.map((weight) => weight / sum),
    classes,
  )!;
  return { values: sumSamples(builder, builder.op('Mul', [missing, shares])), share: sampleWeight };
}

/** Losses of numbers [batch, …] (mean over a sample's numbers) and of boxes [batch, 4]. */
export function valueLoss(builder: GraphBuilder, inputs: LossInputs, spec: ValueLossSpec): SampleLosses {
  const share = inputs.sampleWeight;
  if (spec.kind === 'iou' || spec.kind === 'giou')
    return { values: boxLoss(builder, inputs, spec.kind), share };
  const difference = builder.op('Sub', [inputs.logits, inputs.target]);
  const values =
    spec.kind === 'mse'
      ? builder.op('Mul', [difference, difference])
      : spec.kind === 'huber'
        ? huber(builder, difference, spec.delta)
        : builder.op('Mul', [huber(builder, difference, spec.beta), builder.scalar(1 / spec.beta)]);
  return { values: meanSamples(builder, values), share };
}

/** d²/2 below δ, δ·(|d| − δ/2) from there on (Huber 1964), as torch.nn.functional.huber_loss. */
function huber(builder: GraphBuilder, difference: string, delta: number): string {
  const size = builder.op('Abs', [difference]);
  const square = builder.op('Mul', [builder.op('Mul', [difference, difference]), builder.scalar(0.5)]);
  const line = builder.op('Mul', [
    builder.op('Sub', [size, builder.scalar(delta / 2)]),
    builder.scalar(delta),
  ]);
  return builder.op('Where', [builder.op('Less', [size, builder.scalar(delta)]), square, line]);
}

/** Keeps boxes without area from dividing by zero; torchvision's value. */
const LEAST_AREA = 1e-7;

/**
 * 1 − IoU, or 1 − GIoU with GIoU = IoU − (enclosing box − union) ÷ enclosing box, which also pulls boxes together that do
 * not touch (Rezatofighi et al. 2019), as torchvision.ops.generalized_box_iou_loss. Boxes: left, top, right, bottom.
 */
function boxLoss(builder: GraphBuilder, { logits, target }: LossInputs, kind: 'iou' | 'giou'): string {
  const dims = builder.dims(logits);
  if (dims.length !== 2 || dims[1] !== 4)
    throw new NetworkError('SHAPE_MISMATCH', 'Losses of boxes compare left, top, right, bottom: [batch, 4].');
  const op = (operator: string, ...values: readonly string[]) => builder.op(operator, values);
  const least = builder.scalar(LEAST_AREA);
  const smaller = (a: string, b: string) => op('Where', op('Less', a, b), a, b);
  const larger = (a: string, b: string) => op('Where', op('Less', a, b), b, a);
  const [start, end] = [columns(builder, logits, 0, 2), columns(builder, logits, 2, 4)];
  const [otherStart, otherEnd] = [columns(builder, target, 0, 2), columns(builder, target, 2, 4)];
  const overlap = area(builder, op('Relu', op('Sub', smaller(end, otherEnd), larger(start, otherStart))));
  const areas = op(
    'Add',
    area(builder, op('Sub', end, start)),
    area(builder, op('Sub', otherEnd, otherStart)),
  );
  const union = op('Sub', areas, overlap);
  const iou = op('Div', overlap, op('Add', union, least));
  const loss = op('Sub', builder.scalar(1), iou);
  if (kind === 'iou') return sumSamples(builder, loss);
  const hull = area(builder, op('Sub', larger(end, otherEnd), smaller(start, otherStart)));
  const outside = op('Div', op('Sub', hull, union), op('Add', hull, least));
  return sumSamples(builder, op('Add', loss, outside));
}

/** Columns of boxes, both ends as in Slice. */
function columns(builder: GraphBuilder, boxes: string, from: number, to: number): string {
  return builder.op('Slice', [boxes, builder.ints([from]), builder.ints([to]), builder.ints([1])]);
}

/** Width × height: [batch, 2] to [batch, 1]. */
function area(builder: GraphBuilder, sides: string): string {
  return builder.op('Mul', [columns(builder, sides, 0, 1), columns(builder, sides, 1, 2)]);
}
