import { GraphBuilder } from './builder.ts';
import { NetworkError } from './errors.ts';
import { evaluateNode, shapeOf } from './evaluate.ts';
import { keepReachable } from './reachable.ts';
import type { Dim, Graph, Node, Tensor } from './types.ts';

/** The input shapes a network is fixed to; a name such as 'N' keeps an axis open. */
export interface Specialisation {
  readonly inputs: ReadonlyMap<string, readonly Dim[]>;
}

/** Operators that do nothing outside training and would only stand in the way of cutting. */
const transparent = new Set(['Identity', 'Dropout']);

/**
 * Fixes a network to input shapes: half-precision weights widened, constants and shape arithmetic
 * folded, do-nothing operators removed, the shape of every value inferred.
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
  const outputs = new Set(graph.outputs.map((output) => output.name));
  const renamed = new Map<string, string>();
  for (const node of graph.nodes) {
    const resolved = { ...node, inputs: node.inputs.map((name) => renamed.get(name) ?? name) };
    specialiseNode(builder, resolved, outputs, renamed);
  }
  return keepReachable(builder.finish(graph.name, [...outputs]));
}

function specialiseNode(
  builder: GraphBuilder,
  node: Node,
  outputs: ReadonlySet<string>,
  renamed: Map<string, string>,
): void {
  const output = node.outputs[0] ?? '';
  const folded = fold(builder, node);
  if (folded && !outputs.has(output)) builder.initializer(output, folded);
  else if (transparent.has(node.operator) && node.domain === '' && !outputs.has(output))
    renamed.set(output, node.inputs[0]!);
  else builder.add(node);
}

function fold(builder: GraphBuilder, node: Node): Tensor | undefined {
  if (node.domain !== '' || node.outputs.length !== 1) return undefined;
  const source = node.inputs[0];
  if (node.operator === 'Shape' && source !== undefined) {
    const { dims } = builder.typeOf(source);
    return dims?.every((dim) => typeof dim === 'number')
      ? shapeOf(node, dims as readonly number[])
      : undefined;
  }
  const values = node.inputs.map((name) => (name === '' ? undefined : builder.initializers.get(name)));
  if (node.inputs.some((name, index) => name !== '' && values[index] === undefined)) return undefined;
  // A weight keeps its name and shape, so that it can be trained: only its storage type is folded away.
  if (values[0]?.dtype === 'float32' && node.operator !== 'Identity') return undefined;
  return evaluateNode(node, values);
}
