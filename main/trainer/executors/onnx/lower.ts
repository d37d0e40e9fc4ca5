import { GRADIENT_DOMAIN } from '../../autodiff/gradient-operators.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import { keepReachable } from '../../graph/reachable.ts';
import type { Graph, Node } from '../../graph/types.ts';
import {
  applicableLowerings,
  firstApplicable,
  type LoweringChoice,
  LoweringContext,
} from './lowerings/index.ts';

/** A graph of operators ONNX Runtime has, and what was decided on the way. */
export interface LoweredGraph {
  readonly graph: Graph;
  readonly choices: Readonly<Record<string, string>>;
}

/** Replaces gradient operators by compositions ONNX Runtime can run, in the layout the graph has. */
export function lowerBatchMajor(graph: Graph, choose: LoweringChoice = firstApplicable): LoweredGraph {
  const builder = new GraphBuilder({ ...graph, nodes: [] });
  const names = new Map<string, string>();
  const used = new Map<string, Set<string>>();
  const rename = (value: string) => names.get(value) ?? value;
  for (const node of graph.nodes) {
    const inputs = node.inputs.map(rename);
    if (node.domain !== GRADIENT_DOMAIN) {
      builder.add({ ...node, inputs });
      continue;
    }
    const at = new LoweringContext(builder, node, inputs);
    const lowering = choose(node.operator, applicableLowerings(node.operator, at), at);
    used.set(node.operator, (used.get(node.operator) ?? new Set()).add(lowering.name));
    names.set(node.outputs[0]!, lowering.lower(at));
  }
  return {
    graph: withOutputs(builder, graph, rename),
    choices: { layout: 'batch-major', ...describeChoices(used) },
  };
}

/** Gives the graph's outputs their own names again where lowering renamed them. */
export function withOutputs(builder: GraphBuilder, graph: Graph, rename: (value: string) => string): Graph {
  for (const { name } of graph.outputs) if (!builder.types.has(name)) builder.alias(rename(name), name);
  return keepReachable(
    builder.finish(
      graph.name,
      graph.outputs.map((output) => output.name),
    ),
  );
}

/** Operator → names of the lowerings used, as the manifest stores it. */
export function describeChoices(
  used: ReadonlyMap<string, ReadonlySet<string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries([...used].map(([operator, names]) => [operator, [...names].sort().join(', ')]));
}

/** Whether a graph has gradient operators at all: forward graphs are left to the runtime's own layouts. */
export function hasGradients(nodes: readonly Node[]): boolean {
  return nodes.some((node) => node.domain === GRADIENT_DOMAIN);
}
