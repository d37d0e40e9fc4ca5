import { constantName } from '../graph/node-names.ts';
import type { Graph } from '../graph/types.ts';
import { withNames } from './with-names.ts';

const scaling = new Set(['Add', 'Sub', 'Mul', 'Div']);
/** What may stand before or between the steps of scaling. */
const passing = new Set(['Identity', 'Cast', 'Transpose']);

/**
 * A network that scales its image itself, as Keras's EfficientNet and ConvNeXt do, with the means and deviations of that as
 * constants: nobody trained them, though files keep them among the weights.
 */
export function withConstantScaling(network: Graph): Graph {
  const image = new Set(network.inputs.map(({ name }) => name));
  const constants = new Set<string>();
  for (const node of network.nodes) {
    const others = node.inputs.filter((input) => !image.has(input));
    const isScaling = scaling.has(node.operator);
    if (others.length === node.inputs.length || !(isScaling || passing.has(node.operator))) continue;
    if (!others.every((input) => network.initializers.has(input))) continue;
    for (const output of node.outputs) image.add(output);
    for (const input of others) constants.add(input);
  }
  return withNames(network, (name) => (constants.has(name) ? constantName(name) : name));
}
