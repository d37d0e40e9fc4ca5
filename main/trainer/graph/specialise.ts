import { attributes, int } from './attributes.ts';
import { GraphBuilder } from './builder.ts';
import { NetworkError } from './errors.ts';
import { evaluateNode } from './evaluate.ts';
import { groupNormalizationNode } from './group-normalization.ts';
import { constantName, isConstantName } from './node-names.ts';
import { onnxTypeNumbers } from './onnx-types.ts';
import { BatchOpener } from './open-batch.ts';
import { keepReachable } from './reachable.ts';
import { intsTensor, tensor } from './tensor.ts';
import type { Dim, Graph, Node, Tensor, ValueType } from './types.ts';
import { standardisedWeights, standardisesWeights } from './weight-standardisation.ts';

/** The input shapes a network is fixed to; a name such as 'N' keeps an axis open. */
export interface Specialisation {
  readonly inputs: ReadonlyMap<string, readonly Dim[]>;
}

/** Operators that do nothing outside training and would only stand in the way of cutting. */
const transparent = new Set(['Identity', 'Dropout']);

/** Operators that do nothing where their result has the shape of their operand. */
const reshaping = new Set(['Reshape', 'Flatten', 'Expand', 'Slice', 'Squeeze', 'Unsqueeze', 'Pad', 'Tile']);

/** What `specialise` knows while it goes through the nodes. */
interface Progress {
  readonly builder: GraphBuilder;
  readonly outputs: ReadonlySet<string>;
  /** Values that were left out → what stands for them. */
  readonly renamed: Map<string, string>;
  /** Initializers that are no weights: they may be computed with while reading. */
  readonly constants: Set<string>;
  /** Values that are computed from an input. */
  readonly fromImage: Set<string>;
  /** Where the file was exported for a fixed number of images and is now given any number. */
  readonly opener: BatchOpener | null;
}

/**
 * Fixes a network to input shapes: half-precision weights widened, constants and shape arithmetic
 * folded, do-nothing operators removed, the shape of every value inferred. Weights keep their names and shapes.
 * Throws SHAPE_MISMATCH where the shapes do not fit the network, UNKNOWN_VALUE for an unknown input.
 */
export function specialise(graph: Graph, { inputs }: Specialisation): Graph {
  for (const name of inputs.keys()) {
    if (!graph.inputs.some((input) => input.name === name)) {
      throw new NetworkError('UNKNOWN_VALUE', `The network has no input named "${name}".`);
    }
  }
  const builder = new GraphBuilder();
  for (const input of graph.inputs)
    builder.input(input.name, { dtype: input.dtype, dims: inputs.get(input.name) ?? input.dims });
  for (const [name, value] of graph.initializers) builder.initializer(name, value);
  builder.reserve(graph.nodes.flatMap((node) => [node.name, ...node.outputs]));
  const progress: Progress = {
    builder,
    outputs: new Set(graph.outputs.map((output) => output.name)),
    renamed: new Map(),
    constants: new Set(
      [...graph.initializers]
        .filter(([name, value]) => isNoWeight(value) || isConstantName(name))
        .map(([name]) => name),
    ),
    fromImage: new Set(graph.inputs.map((input) => input.name)),
    opener: openerFor(builder, graph, inputs),
  };
  for (const node of graph.nodes) {
    specialiseNode(progress, {
      ...node,
      inputs: node.inputs.map((name) => progress.renamed.get(name) ?? name),
    });
  }
  return keepReachable(builder.finish(graph.name, [...progress.outputs]));
}

function openerFor(
  builder: GraphBuilder,
  { inputs }: Graph,
  given: Specialisation['inputs'],
): BatchOpener | null {
  const found = inputs.flatMap(({ name, dims }) => {
    const [exported, wanted] = [dims?.[0], given.get(name)?.[0]];
    if (typeof exported !== 'number' || typeof wanted !== 'string') return [];
    return [new BatchOpener(builder, exported, wanted)];
  });
  return found[0] ?? null;
}

function isNoWeight({ dtype, dims }: Tensor): boolean {
  return dims.length === 0 || !(dtype === 'float32' || dtype === 'float16' || dtype === 'float64');
}

function specialiseNode(progress: Progress, given: Node): void {
  const { builder, outputs, renamed, constants, fromImage } = progress;
  const node = resolved(progress, given);
  const output = node.outputs[0] ?? '';
  const folded = outputs.has(output) || node.domain !== '' ? undefined : fold(progress, node);
  if (folded) {
    const isConstant = isFoldable(progress, node);
    const name = isConstant && !isNoWeight(folded) ? constantName(output) : output;
    builder.initializer(name, folded);
    if (name !== output) renamed.set(output, name);
    if (isConstant || isNoWeight(folded)) constants.add(name);
    return;
  }
  if (node.inputs.some((input) => fromImage.has(input))) for (const each of node.outputs) fromImage.add(each);
  if (node.operator === 'GroupNormalization' && node.domain === '') {
    builder.alias(groupNormalizationNode(builder, node), output);
    return;
  }
  if (standardisesWeights(builder, node, (value) => fromImage.has(value))) {
    builder.alias(standardisedWeights(builder, node), output);
    return;
  }
  const stands = !outputs.has(output) && node.domain === '' && standsFor(builder, node);
  if (stands) renamed.set(output, stands);
  else builder.add(withFixedShape(progress, node));
}

/** A node with what depends on the types of its inputs written down. */
function resolved({ builder, constants, opener }: Progress, node: Node): Node {
  if (node.operator === 'CastLike' && node.domain === '') {
    const to = int(onnxTypeNumbers[builder.typeOf(node.inputs[1]!).dtype]);
    return { ...node, operator: 'Cast', inputs: [node.inputs[0]!], attributes: attributes({ to }) };
  }
  if (node.operator === 'Conv' && node.domain === '') return withoutZeroBias(builder, constants, node);
  return opener?.open(node) ?? node;
}

/** An exporter's bias of zeros, computed from the shape of the weights, is no weight: it is left out. */
function withoutZeroBias(builder: GraphBuilder, constants: ReadonlySet<string>, node: Node): Node {
  const [x, weight, bias] = node.inputs as [string, string, string?];
  const values = bias && constants.has(bias) ? builder.initializers.get(bias) : undefined;
  const zero = values?.dtype === 'float32' && values.data.every((value) => value === 0);
  return zero ? { ...node, inputs: [x, weight] } : node;
}

/** The constant a node computes, if it can be computed now. */
function fold(progress: Progress, node: Node): Tensor | undefined {
  if (node.outputs.length !== 1) return undefined;
  const { builder } = progress;
  const [type] = builder.infer(node);
  const numbers = wholeNumbers(type);
  if (numbers) return numbers;
  // A weight keeps its name and shape, so that it can be trained: only its storage type is folded away.
  const [source] = node.inputs;
  const stored = builder.initializers.get(source ?? '');
  const widened = node.operator === 'Cast' && stored?.dtype === 'float16';
  if (!widened && node.operator !== 'Identity' && !isFoldable(progress, node)) return undefined;
  const values = node.inputs.map((name) => (name === '' ? undefined : builder.initializers.get(name)));
  if (node.inputs.some((name, index) => name !== '' && values[index] === undefined)) return undefined;
  return evaluateNode(node, values);
}

function isFoldable({ constants }: Progress, node: Node): boolean {
  return node.inputs.every((name) => name === '' || constants.has(name));
}

function wholeNumbers(type: ValueType | undefined): Tensor | undefined {
  if (type?.dtype !== 'int64' || !type.dims || type.dims.length > 1) return undefined;
  if (!type.values?.every((value): value is number => typeof value === 'number')) return undefined;
  return type.dims.length === 1
    ? intsTensor(type.values)
    : tensor('int64', [], BigInt64Array.of(BigInt(type.values[0]!)));
}

/** The input that a node's result equals. */
function standsFor(builder: GraphBuilder, node: Node): string | undefined {
  const source = node.inputs[0];
  if (source === undefined || source === '') return undefined;
  if (transparent.has(node.operator)) return source;
  const before = builder.typeOf(source);
  const after = builder.infer(node)[0];
  if (node.operator === 'Cast') return before.dtype === after?.dtype ? source : undefined;
  if (!reshaping.has(node.operator) || !before.dims || !after?.dims || isReversed(builder, node))
    return undefined;
  return before.dims.join() === after.dims.join() ? source : undefined;
}

/** Whether a Slice takes all elements but in another order, or a Pad moves them (as much cut off as added). */
function isReversed(builder: GraphBuilder, node: Node): boolean {
  const at = node.operator === 'Slice' ? 4 : node.operator === 'Pad' ? 1 : undefined;
  if (at === undefined || !node.inputs[at]) return false;
  const numbers = builder.initializers.get(node.inputs[at]);
  return numbers === undefined || Array.from(numbers.data, Number).some((number) => number < 0);
}

/** A Reshape whose result is known gets a constant target, with −1 for the one length that has only a name. */
function withFixedShape({ builder }: Progress, node: Node): Node {
  if (node.operator !== 'Reshape' || node.domain !== '' || builder.initializers.has(node.inputs[1]!))
    return node;
  const dims = builder.infer(node)[0]?.dims;
  if (!dims || dims.filter((dim) => typeof dim === 'string').length > 1 || dims.includes(0)) return node;
  const target = dims.map((dim) => (typeof dim === 'string' ? -1 : dim));
  return { ...node, inputs: [node.inputs[0]!, builder.ints(target)] };
}
