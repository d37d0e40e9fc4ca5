import { int, intAttribute, ints } from '../../../graph/attributes.ts';
import { normaliseAxis } from '../../../graph/shapes.ts';
import { elementCount, tensorInts } from '../../../graph/tensor.ts';
import type { Node } from '../../../graph/types.ts';
import { batchMajorLowerings } from '../batch-major/index.ts';
import type { FeatureMapLowering } from './lowering.ts';

/** A node's result and the order it is in: ONNX's or the layout's. */
export interface Placed {
  readonly place: 'batch' | 'map';
  readonly value: string;
}

/** Writes a node whose feature maps come in the layout. */
type Follower = () => Placed;

const asMap = (value: string): Placed => ({ place: 'map', value });
const inBatch = (value: string): Placed => ({ place: 'batch', value });

/** Operators that treat every element alike, whatever its place. */
const elementwise = new Set([
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Pow',
  'Sum',
  'Mean',
  'Max',
  'Min',
  'Relu',
  'LeakyRelu',
  'PRelu',
  'Elu',
  'Sigmoid',
  'HardSigmoid',
  'HardSwish',
  'Tanh',
  'Exp',
  'Log',
  'Sqrt',
  'Neg',
  'Abs',
  'Sign',
  'Reciprocal',
  'Softplus',
  'Erf',
  'Sin',
  'Cos',
  'Equal',
  'Greater',
  'Less',
  'Where',
  'Cast',
  'Identity',
  'ReluGradient',
]);
/** Elementwise in so many inputs; the others are scalars, or absent. */
const elementwiseInFirst = new Map([
  ['Clip', 1],
  ['ClipGradient', 2],
]);
/** Operators that work on each plane alike, wherever planes lie in one piece. */
const planewise = new Set(['MaxPool', 'AveragePool', 'AveragePoolGradient', 'MaxPoolGradient']);

/** How to compute a node in the layout, if its feature maps come that way; undefined where it must be batch-major. */
export function followerOf(node: Node, lowering: FeatureMapLowering): Follower | undefined {
  const output = lowering.dims(node.outputs[0] ?? '');
  if (node.operator === 'Expand') return expand(node, lowering, output);
  if (!node.inputs.some((input) => lowering.isMap(input))) return undefined;
  if (node.operator === 'ReduceSum' || node.operator === 'ReduceMean') return reduce(node, lowering);
  if (output?.length !== 4 || node.outputs.length !== 1) return undefined;
  const isPlanewise = planewise.has(node.operator) && lowering.layout.keepsPlanes;
  if (elementwise.has(node.operator) || isPlanewise) {
    return () =>
      emitAlike(
        node,
        lowering,
        node.inputs.map((input) => lowering.map(input)),
      );
  }
  const maps = elementwiseInFirst.get(node.operator);
  if (maps !== undefined) {
    return () =>
      emitAlike(
        node,
        lowering,
        node.inputs.map((input, index) => (index < maps ? lowering.map(input) : lowering.batchMajor(input))),
      );
  }
  if (node.operator === 'Pad' || node.operator === 'Slice') return moved(node, lowering);
  if (node.operator === 'GlobalAveragePool') return globalMean(node, lowering);
  return node.operator === 'Concat' ? concat(node, lowering) : undefined;
}

function emitAlike(node: Node, lowering: FeatureMapLowering, inputs: readonly string[]): Placed {
  if (batchMajorLowerings.has(node.operator)) {
    return asMap(lowering.compose(node, inputs));
  }
  return asMap(
    lowering.builder.op(node.operator, inputs, {
      name: node.name,
      attributes: node.attributes,
      domain: node.domain,
    }),
  );
}

/** Paddings and cuts, whose amounts and axes are constants; the axes are renamed. */
function moved(node: Node, lowering: FeatureMapLowering): Follower | undefined {
  const { builder } = lowering;
  const listed = (index: number) => builder.initializers.get(node.inputs[index] ?? '');
  const isFixed = node.inputs.slice(1).every((input) => input === '' || builder.initializers.has(input));
  if (!isFixed) return undefined;
  const given = listed(3) ? tensorInts(listed(3)!) : [0, 1, 2, 3];
  const axes = given.map((axis) => lowering.axis(normaliseAxis(axis, 4, node.name)));
  const emit = (rest: readonly string[]) => () =>
    asMap(
      builder.op(node.operator, [lowering.map(node.inputs[0]!), ...rest], {
        name: node.name,
        attributes: node.attributes,
      }),
    );
  if (node.operator === 'Slice') {
    const [, starts, ends, , steps] = node.inputs;
    return emit([starts!, ends!, builder.ints(axes), ...(steps ? [steps] : [])]);
  }
  const amounts = tensorInts(listed(1)!);
  const pads = Array<number>(8).fill(0);
  for (const [index, axis] of axes.entries()) {
    pads[axis] = amounts[index]!;
    pads[axis + 4] = amounts[index + axes.length]!;
  }
  return emit([builder.ints(pads), ...(node.inputs[2] ? [node.inputs[2]] : [])]);
}

function concat(node: Node, lowering: FeatureMapLowering): Follower {
  const axis = normaliseAxis(intAttribute(node, 'axis', 0), 4, node.name);
  const attributes = new Map([['axis', int(lowering.axis(axis))]]);
  return () => {
    const inputs = node.inputs.map((input) => lowering.map(input));
    return asMap(lowering.builder.op('Concat', inputs, { name: node.name, attributes }));
  };
}

/** A small map blown up to a feature map is blown up in the layout in which it will be used. */
function expand(
  node: Node,
  lowering: FeatureMapLowering,
  output: readonly number[] | null,
): Follower | undefined {
  const input = lowering.dims(node.inputs[0]!);
  if (output?.length !== 4 || input?.length !== 4 || input[2] !== 1 || input[3] !== 1) return undefined;
  const shape = lowering.layout.order.map((axis) => output[axis]!);
  return () => {
    const inputs = [lowering.map(node.inputs[0]!), lowering.builder.ints(shape)];
    return asMap(lowering.builder.op('Expand', inputs, { name: node.name }));
  };
}

/** The mean of every plane. */
function globalMean(node: Node, lowering: FeatureMapLowering): Follower {
  const { builder } = lowering;
  const [batch, channels, ...plane] = lowering.dims(node.inputs[0]!)! as [number, number, ...number[]];
  const shape = lowering.layout.order.map((axis) => [batch, channels, 1, 1][axis]!);
  return () => {
    const { value, axis } = planes(lowering, lowering.map(node.inputs[0]!), { batch, channels, plane });
    const means = builder.op('ReduceMean', [value, builder.ints([axis])], { name: node.name });
    return asMap(builder.reshape(means, shape));
  };
}

/** A feature map with every plane along one axis. */
function planes(
  { builder, layout }: FeatureMapLowering,
  map: string,
  sizes: { readonly batch: number; readonly channels: number; readonly plane: readonly number[] },
): { readonly value: string; readonly axis: number } {
  const { batch, channels } = sizes;
  const positions = elementCount(sizes.plane);
  return layout.keepsPlanes
    ? { value: builder.reshape(map, [channels * batch, positions]), axis: 1 }
    : { value: builder.reshape(map, [positions, batch, channels]), axis: 0 };
}

/** Sums and means of a feature map: over its planes, or over all but the channels. */
function reduce(node: Node, lowering: FeatureMapLowering): Follower | undefined {
  const { builder, layout } = lowering;
  const dims = lowering.dims(node.inputs[0]!);
  const listed = builder.initializers.get(node.inputs[1] ?? '');
  if (dims?.length !== 4 || listed === undefined) return undefined;
  const axes = tensorInts(listed).map((axis) => normaliseAxis(axis, 4, node.name));
  const keep = intAttribute(node, 'keepdims', 1);
  const [batch, channels, ...plane] = dims as [number, number, ...number[]];
  const value = () => lowering.map(node.inputs[0]!);
  const over = (source: string, from: readonly number[]) =>
    builder.op(node.operator, [source, builder.ints(from)], {
      name: node.name,
      attributes: new Map([['keepdims', int(keep)]]),
    });
  if (keep === 1)
    return () =>
      asMap(
        over(
          value(),
          axes.map((axis) => lowering.axis(axis)),
        ),
      );
  const sorted = [...axes].sort().join();
  const others = elementCount(dims) / channels;
  if (sorted === '0,2,3') {
    // One long row per channel lies in memory one after the other, or one long row of channels per position.
    return () =>
      inBatch(
        layout.keepsPlanes
          ? over(builder.reshape(value(), [channels, others]), [1])
          : over(builder.reshape(value(), [others, channels]), [0]),
      );
  }
  if (sorted !== '2,3') return undefined;
  return () => {
    const { value: rows, axis } = planes(lowering, value(), { batch, channels, plane });
    const reduced = over(rows, [axis]);
    if (!layout.keepsPlanes) return inBatch(reduced);
    const means = builder.reshape(reduced, [channels, batch]);
    return inBatch(builder.op('Transpose', [means], { attributes: new Map([['perm', ints([1, 0])]]) }));
  };
}
