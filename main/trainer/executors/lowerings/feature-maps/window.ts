import { intAttribute } from '../../../graph/attributes.ts';
import { windowGeometry } from '../../../graph/geometry.ts';
import type { Node } from '../../../graph/types.ts';
import type { Window } from '../batch-major/registry.ts';

/** The window of a forward convolution with its padding resolved; shapes batch-major. */
export function forwardWindow(node: Node, input: readonly number[], weights: readonly number[]): Window {
  const geometry = windowGeometry(node, input, weights.slice(2));
  return {
    kernel: geometry.kernel,
    strides: geometry.strides,
    dilations: geometry.dilations,
    before: geometry.before,
    after: geometry.after,
    group: intAttribute(node, 'group', 1),
    input,
    result: [input[0]!, weights[0]!, ...geometry.output.map(Number)],
  };
}
