import { GraphBuilder } from './builder.ts';
import { NetworkError } from './errors.ts';
import type { Graph } from './types.ts';

/**
 * Puts one graph on another: inputs of `upper` that are outputs or inputs of `lower` are connected by name,
 * or as `connect` (upper's input → lower's value) says; other inputs stay inputs. Outputs are upper's, then `keep` of lower's.
 * Throws INVALID_GRAPH where both define a value of the same name.
 */
export function joinGraphs(
  lower: Graph,
  upper: Graph,
  connect: ReadonlyMap<string, string> = new Map(),
  keep: readonly string[] = [],
): Graph {
  const builder = new GraphBuilder(lower);
  const source = (input: string) => connect.get(input) ?? input;
  for (const input of upper.inputs) {
    if (builder.types.has(source(input.name))) continue;
    if (connect.has(input.name)) {
      throw new NetworkError(
        'UNKNOWN_VALUE',
        `The lower network has no value named "${source(input.name)}".`,
      );
    }
    builder.input(input.name, input);
  }
  for (const [name, value] of upper.initializers) builder.initializer(name, value);
  const connected = new Set(upper.inputs.map((input) => input.name));
  for (const node of upper.nodes) {
    builder.add({ ...node, inputs: node.inputs.map((name) => (connected.has(name) ? source(name) : name)) });
  }
  return builder.finish(upper.name, [...upper.outputs.map((output) => output.name), ...keep]);
}
