import { GraphBuilder } from './builder.ts';
import { NetworkError } from './errors.ts';
import { tensorBytes } from './tensor.ts';
import type { Graph, Tensor } from './types.ts';

/**
 * Puts one graph on another: inputs of `upper` that are outputs or inputs of `lower` are connected by name,
 * or as `connect` (upper's input → lower's value) says; other inputs stay inputs. Outputs are upper's, then `keep` of lower's.
 * Weights that are the same in both are shared; inner values of upper whose names are taken get new ones.
 * Throws INVALID_GRAPH where both have different weights, or outputs, of the same name.
 */
export function joinGraphs(
  lower: Graph,
  upper: Graph,
  connect: ReadonlyMap<string, string> = new Map(),
  keep: readonly string[] = [],
): Graph {
  const builder = new GraphBuilder(lower);
  const names = new Map<string, string>();
  for (const input of upper.inputs) {
    const source = connect.get(input.name) ?? input.name;
    names.set(input.name, source);
    if (builder.types.has(source)) continue;
    if (connect.has(input.name))
      throw new NetworkError('UNKNOWN_VALUE', `The lower network has no value named "${source}".`);
    builder.input(input.name, input);
  }
  for (const [name, value] of upper.initializers) names.set(name, takeOver(builder, name, value));
  const fixed = new Set(upper.outputs.map((output) => output.name));
  for (const node of upper.nodes) {
    const outputs = node.outputs.map((output) => {
      const name = builder.types.has(output) && !fixed.has(output) ? builder.unused(output) : output;
      names.set(output, name);
      return name;
    });
    builder.add({ ...node, inputs: node.inputs.map((input) => names.get(input) ?? input), outputs });
  }
  return builder.finish(upper.name, [...upper.outputs.map((output) => output.name), ...keep]);
}

/** Adds a weight or constant under its name; a plain constant (no rank, or whole numbers) may be renamed. */
function takeOver(builder: GraphBuilder, name: string, value: Tensor): string {
  const present = builder.initializers.get(name);
  if (present && same(present, value)) return name;
  const nameless = value.dtype !== 'float32' || value.dims.length === 0;
  return builder.initializer(builder.types.has(name) && nameless ? builder.unused(name) : name, value);
}

function same(a: Tensor, b: Tensor): boolean {
  if (a === b) return true;
  return (
    a.dtype === b.dtype &&
    a.dims.join() === b.dims.join() &&
    Buffer.compare(tensorBytes(a), tensorBytes(b)) === 0
  );
}
