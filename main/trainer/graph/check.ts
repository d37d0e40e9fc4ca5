import type { RefusalReason } from '../../../shared/domain/refusals.ts';
import { intAttribute } from './attributes.ts';
import { NetworkError } from './errors.ts';
import { isKnownOperator } from './inference/index.ts';
import type { Graph, Node } from './types.ts';

/**
 * Refuses a network that could not be taken as a backbone, naming operator, node and reason: an operator without a shape
 * rule here (UNSUPPORTED_OPERATOR), or one exported in training mode (UNSUPPORTED_ATTRIBUTE).
 */
export function checkNetwork(graph: Graph): void {
  const fromImage = new Set(graph.inputs.map((input) => input.name));
  for (const node of graph.nodes) {
    if (node.domain === '' && !isKnownOperator(node.operator)) {
      throw refusal(
        'UNSUPPORTED_OPERATOR',
        'unknownOperator',
        node,
        'it is not among the operators that can be taken; export the network without it',
      );
    }
    const sees = node.inputs.some((input) => fromImage.has(input));
    if (sees) for (const output of node.outputs) fromImage.add(output);
    // What standardises weights does the same in training and afterwards.
    if (sees && node.operator === 'BatchNormalization' && intAttribute(node, 'training_mode', 0) !== 0) {
      throw refusal(
        'UNSUPPORTED_ATTRIBUTE',
        'trainingMode',
        node,
        'it was exported in training mode; put the network into evaluation mode and export it again',
      );
    }
  }
}

function refusal(code: NetworkError['code'], reason: RefusalReason, node: Node, why: string): NetworkError {
  const { operator, name } = node;
  return new NetworkError(code, `${operator} "${name}" cannot be taken: ${why}.`, {
    operator,
    node: name,
    reason,
  });
}
