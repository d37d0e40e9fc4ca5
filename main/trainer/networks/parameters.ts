import { isConstantName } from '../graph/node-names.ts';
import { elementCount } from '../graph/tensor.ts';
import type { FloatTensor, Graph, Node, Tensor } from '../graph/types.ts';

/** Inputs that hold weights, by operator; running statistics and constants are not among them. */
const weightInputs: ReadonlyMap<string, readonly number[]> = new Map([
  ['Conv', [1, 2]],
  ['ConvTranspose', [1, 2]],
  ['Gemm', [1, 2]],
  ['MatMul', [0, 1]],
  ['BatchNormalization', [1, 2]],
  ['GroupNormalization', [1, 2]],
  ['InstanceNormalization', [1, 2]],
  ['LayerNormalization', [1, 2]],
  ['PRelu', [1]],
]);

/** Operators that carry a bias or a scale where one operand is an array among the weights. */
const affine = new Set(['Add', 'Mul']);

/** The weights of a network that can be trained, in the order in which they are used. */
export function trainableParameters(graph: Graph): readonly string[] {
  return [...newParameters(graph).values()].flat();
}

/**
 * For each node the trainable weights that no node before it reads. Weights that are turned, looked up or repeated on
 * their way (a transposed matrix, a table of relative positions, a class token) belong to the node that uses the result.
 */
export function newParameters(graph: Graph): ReadonlyMap<Node, readonly string[]> {
  const sources = new Map<string, readonly string[]>();
  for (const [name, value] of graph.initializers) if (isWeight(name, value)) sources.set(name, [name]);
  const seen = new Set<string>();
  const found = new Map<Node, readonly string[]>();
  for (const node of graph.nodes) {
    const floats = node.inputs.filter((input) => isFloat(graph, input));
    if (floats.length > 0 && floats.every((input) => sources.has(input) || graph.initializers.has(input))) {
      const weights = floats.flatMap((input) => sources.get(input) ?? []);
      if (weights.length > 0) for (const output of node.outputs) sources.set(output, weights);
      continue;
    }
    const used = weightPositions(node)
      .filter((position) => !isFixed(node, position, graph))
      .flatMap((position) => sources.get(node.inputs[position] ?? '') ?? []);
    const fresh = [...new Set(used)].filter((name) => !seen.has(name));
    for (const name of fresh) seen.add(name);
    if (fresh.length > 0) found.set(node, fresh);
  }
  return found;
}

function weightPositions(node: Node): readonly number[] {
  if (node.operator === 'Concat') return node.inputs.map((_, position) => position);
  return weightInputs.get(node.operator) ?? (affine.has(node.operator) ? [0, 1] : []);
}

function isFloat(graph: Graph, value: string): boolean {
  return (graph.types.get(value) ?? graph.initializers.get(value))?.dtype === 'float32';
}

function isWeight(name: string, value: Tensor): boolean {
  if (value.dtype !== 'float32' || isConstantName(name)) return false;
  // A single number is a constant, such as the scale of attention, unless it is called like a module's own.
  if (value.data.length === 1) return ofModule.test(name);
  return value.dims.length > 0 && !isCounted(value.data);
}

/** `stages.0.blocks.1.mlp.act.scale`; exporters call constants by numbers or by nodes (`/blocks/Constant_output_0`). */
const ofModule = /^[\w-]+(\.[\w-]+)+$/;

/** Masks of attention, tables of places and the like hold whole numbers or infinities only: nobody trained them. */
function isCounted(data: Float32Array): boolean {
  return (
    data.every((value) => Number.isInteger(value) || !Number.isFinite(value)) &&
    data.some((value) => Math.abs(value) > 1)
  );
}

/** Whether an operator has something in a weight's place that belongs to it and was never trained. */
function isFixed(node: Node, position: number, graph: Graph): boolean {
  const value = graph.initializers.get(node.inputs[position] ?? '');
  if (value?.dtype !== 'float32') return false;
  // Group normalisation is written so, its scales and shifts following.
  if (node.operator === 'InstanceNormalization')
    return value.data.every((number) => number === (position === 1 ? 1 : 0));
  return node.operator === 'Conv' && position === 1 && isFilter(value);
}

/** One kernel for every channel, such as those that blur before a map is made smaller; one number everywhere is a beginning. */
function isFilter({ dims, data }: FloatTensor): boolean {
  const [channels = 0, within = 0, ...window] = dims;
  const size = elementCount(window);
  const isRepeated = () => data.every((value, at) => value === data[at % size]);
  return channels > 1 && within === 1 && data.some((value) => value !== data[0]) && isRepeated();
}

/**
 * Whether decay acts on a weight by default: not on biases and normalisation scales, which are vectors, or arrays that are
 * only added or multiplied in (exporters give such ones their channel's axes, and write layer scales and position
 * embeddings so).
 */
export function isDecayed(graph: Graph, name: string): boolean {
  if ((graph.initializers.get(name)?.dims.length ?? 0) <= 1) return false;
  return graph.nodes.some((node) => node.inputs.includes(name) && !affine.has(node.operator));
}

/** A network with some of its weights replaced, e.g. by trained ones before it is exported. */
export function withWeights(graph: Graph, weights: ReadonlyMap<string, Tensor>): Graph {
  const initializers = new Map(graph.initializers);
  for (const [name, value] of weights) if (initializers.has(name)) initializers.set(name, value);
  return { ...graph, initializers };
}
