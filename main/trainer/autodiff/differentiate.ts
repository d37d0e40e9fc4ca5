import { GraphBuilder } from '../graph/builder.ts';
import { NetworkError } from '../graph/errors.ts';
import { keepReachable } from '../graph/reachable.ts';
import type { Graph } from '../graph/types.ts';
import './derivatives/index.ts';
import { DerivativeContext, derivativeOf } from './registry.ts';

/** What to differentiate, and with respect to what. */
export interface DifferentiationRequest {
  /** A scalar value of the graph. */
  readonly loss: string;
  /** Weights (initializers) or inputs whose gradients are wanted. */
  readonly wrt: readonly string[];
}

/** The graph extended by its gradients. */
export interface DifferentiatedGraph {
  /** Outputs: those of the given graph, the loss, then the gradients in the order of `wrt`. */
  readonly graph: Graph;
  /** Value name → name of its gradient, of the same shape. */
  readonly gradients: ReadonlyMap<string, string>;
}

/**
 * Reverse-mode differentiation, graph to graph: adds the nodes that compute ∂loss/∂w for every w of `wrt`.
 * Only what lies between these and the loss is differentiated; everything below stays as it is.
 * All shapes on that way must be numbers. Throws NOT_DIFFERENTIABLE (operator without derivative, or a weight the
 * loss does not depend on), UNKNOWN_SHAPE, UNKNOWN_VALUE.
 */
export function differentiate(graph: Graph, { loss, wrt }: DifferentiationRequest): DifferentiatedGraph {
  const builder = new GraphBuilder(graph);
  if (builder.dims(loss).length !== 0) {
    throw new NetworkError(
      'SHAPE_MISMATCH',
      `Only a single number can be minimised, but "${loss}" has a shape.`,
    );
  }
  for (const name of wrt) builder.typeOf(name);
  const active = dependents(graph, wrt);
  const contributions = new Map<string, string[]>([[loss, [builder.scalar(1)]]]);
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((output) => active.has(output) && contributions.has(output))) continue;
    const outputGradients = node.outputs.map((output) => total(builder, contributions, output));
    const needed = node.inputs.map((input) => active.has(input));
    const results = derivativeOf(node)(new DerivativeContext(builder, node, outputGradients, needed));
    results.forEach((gradient, index) => {
      if (gradient === undefined || !needed[index]) return;
      const input = node.inputs[index]!;
      contributions.set(input, [...(contributions.get(input) ?? []), gradient]);
    });
  }
  const gradients = new Map(wrt.map((name) => [name, requireGradient(builder, contributions, name)]));
  const outputs = [...new Set([...graph.outputs.map((output) => output.name), loss, ...gradients.values()])];
  return { graph: keepReachable(builder.finish(graph.name, outputs)), gradients };
}

/** Every value that depends on one of these. */
function dependents(graph: Graph, sources: readonly string[]): ReadonlySet<string> {
  const active = new Set(sources);
  for (const node of graph.nodes) {
    if (node.inputs.some((input) => active.has(input))) for (const output of node.outputs) active.add(output);
  }
  return active;
}

/** The sum of what all readers of a value contribute, computed once. */
function total(
  builder: GraphBuilder,
  contributions: Map<string, string[]>,
  value: string,
): string | undefined {
  const parts = contributions.get(value);
  if (parts === undefined) return undefined;
  const sum = parts.reduce((left, right) =>
    builder.op('Add', [left, right], { name: `${value}/gradient/sum` }),
  );
  contributions.set(value, [sum]);
  return sum;
}

function requireGradient(builder: GraphBuilder, contributions: Map<string, string[]>, name: string): string {
  const gradient = total(builder, contributions, name);
  if (gradient === undefined) {
    throw new NetworkError(
      'NOT_DIFFERENTIABLE',
      `The weight "${name}" does not influence the loss, so it cannot be trained.`,
    );
  }
  return gradient;
}
