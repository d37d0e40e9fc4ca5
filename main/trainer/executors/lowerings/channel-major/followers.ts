import { int, intAttribute, ints } from '../../../graph/attributes.ts';
import { normaliseAxis } from '../../../graph/shapes.ts';
import { elementCount, tensorInts } from '../../../graph/tensor.ts';
import type { Node } from '../../../graph/types.ts';
import { batchMajorLowerings } from '../batch-major/index.ts';
import { LoweringContext } from '../batch-major/registry.ts';
import type { ChannelMajorLowering } from './lowering.ts';

/** A node's result and the layout it is in. */
export interface Placed {
  readonly layout: 'batch' | 'channel';
  readonly value: string;
}

/** Writes a node whose feature maps come channel-major. */
type Follower = () => Placed;

const inChannel = (value: string): Placed => ({ layout: 'channel', value });
const inBatch = (value: string): Placed => ({ layout: 'batch', value });

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
/** Operators that work on each plane alike, so that the first two axes may be exchanged around them. */
const planewise = new Set(['MaxPool', 'AveragePool', 'AveragePoolGradient', 'MaxPoolGradient']);

/** How to compute a node channel-major, if its feature maps come that way; undefined where it must be batch-major. */
export function followerOf(node: Node, lowering: ChannelMajorLowering): Follower | undefined {
  const output = lowering.dims(node.outputs[0] ?? '');
  if (node.operator === 'Expand') return expand(node, lowering, output);
  if (!node.inputs.some((input) => lowering.prefersChannel(input))) return undefined;
  if (node.operator === 'ReduceSum' || node.operator === 'ReduceMean') return reduce(node, lowering);
  if (output?.length !== 4 || node.outputs.length !== 1) return undefined;
  if (elementwise.has(node.operator) || planewise.has(node.operator)) {
    return () =>
      emitAlike(
        node,
        lowering,
        node.inputs.map((input) => lowering.channelMajor(input)),
      );
  }
  const maps = elementwiseInFirst.get(node.operator);
  if (maps !== undefined) {
    return () =>
      emitAlike(
        node,
        lowering,
        node.inputs.map((input, index) =>
          index < maps ? lowering.channelMajor(input) : lowering.batchMajor(input),
        ),
      );
  }
  if (node.operator === 'GlobalAveragePool') return globalMean(node, lowering);
  return node.operator === 'Concat' ? concat(node, lowering) : undefined;
}

function emitAlike(node: Node, lowering: ChannelMajorLowering, inputs: readonly string[]): Placed {
  if (batchMajorLowerings.has(node.operator)) {
    const at = new LoweringContext(lowering.builder, node, inputs);
    return inChannel(batchMajorLowerings.applicable(node.operator, at)[0]!.lower(at));
  }
  return inChannel(
    lowering.builder.op(node.operator, inputs, {
      name: node.name,
      attributes: node.attributes,
      domain: node.domain,
    }),
  );
}

function concat(node: Node, lowering: ChannelMajorLowering): Follower {
  const axis = normaliseAxis(intAttribute(node, 'axis', 0), 4, node.name);
  const attributes = new Map([['axis', int(exchanged(axis))]]);
  return () => {
    const inputs = node.inputs.map((input) => lowering.channelMajor(input));
    return inChannel(lowering.builder.op('Concat', inputs, { name: node.name, attributes }));
  };
}

const exchanged = (axis: number) => (axis < 2 ? 1 - axis : axis);

/** A small map blown up to a feature map is blown up in the layout in which it will be used. */
function expand(
  node: Node,
  lowering: ChannelMajorLowering,
  output: readonly number[] | null,
): Follower | undefined {
  const input = lowering.dims(node.inputs[0]!);
  if (output?.length !== 4 || input?.length !== 4 || input[2] !== 1 || input[3] !== 1) return undefined;
  const shape = [output[1]!, output[0]!, output[2]!, output[3]!];
  return () => {
    const inputs = [lowering.channelMajor(node.inputs[0]!), lowering.builder.ints(shape)];
    return inChannel(lowering.builder.op('Expand', inputs, { name: node.name }));
  };
}

/** The mean of every plane, each a row in memory. */
function globalMean(node: Node, lowering: ChannelMajorLowering): Follower {
  const { builder } = lowering;
  const [batch, channels, ...plane] = lowering.dims(node.inputs[0]!)!;
  return () => {
    const value = lowering.channelMajor(node.inputs[0]!);
    const rows = builder.reshape(value, [channels! * batch!, elementCount(plane)]);
    const means = builder.op('ReduceMean', [rows, builder.ints([1])], { name: node.name });
    return inChannel(builder.reshape(means, [channels!, batch!, ...plane.map(() => 1)]));
  };
}

/** Sums and means of a feature map: over its planes, or over all but the channels. */
function reduce(node: Node, lowering: ChannelMajorLowering): Follower | undefined {
  const { builder } = lowering;
  const dims = lowering.dims(node.inputs[0]!);
  const listed = builder.initializers.get(node.inputs[1] ?? '');
  if (dims?.length !== 4 || listed === undefined) return undefined;
  const axes = tensorInts(listed).map((axis) => normaliseAxis(axis, 4, node.name));
  const keep = intAttribute(node, 'keepdims', 1);
  const [batch, channels] = dims as [number, number];
  const value = () => lowering.channelMajor(node.inputs[0]!);
  const over = (source: string, from: readonly number[]) =>
    builder.op(node.operator, [source, builder.ints(from)], {
      name: node.name,
      attributes: new Map([['keepdims', int(keep)]]),
    });
  if (keep === 1) return () => inChannel(over(value(), axes.map(exchanged)));
  const sorted = [...axes].sort().join();
  if (sorted === '0,2,3') {
    // One long row per channel lies in memory one after the other.
    return () => inBatch(over(builder.reshape(value(), [channels, elementCount(dims) / channels]), [1]));
  }
  if (sorted !== '2,3') return undefined;
  return () => {
    const rows = builder.reshape(value(), [channels * batch, elementCount(dims.slice(2))]);
    const means = builder.reshape(over(rows, [1]), [channels, batch]);
    return inBatch(builder.op('Transpose', [means], { attributes: new Map([['perm', ints([1, 0])]]) }));
  };
}
