import type { Graph, Node } from '../../graph/types.ts';

/** An activation computed in the same pass as the convolution before it. */
export interface FusedActivation {
  readonly kind: 'relu' | 'relu6';
  /** Its node, which has no step of its own. */
  readonly node: Node;
  /** Its result. */
  readonly output: string;
}

/** The bounds of a Clip where they are constants; missing ones are infinite. */
export function clipBounds(
  graph: Graph,
  clip: Node,
): { readonly low: number; readonly high: number } | undefined {
  const read = (index: number, otherwise: number) => {
    const name = clip.inputs[index] ?? '';
    if (name === '') return otherwise;
    const value = graph.initializers.get(name)?.data[0];
    return value === undefined ? undefined : Number(value);
  };
  const low = read(1, Number.NEGATIVE_INFINITY);
  const high = read(2, Number.POSITIVE_INFINITY);
  return low === undefined || high === undefined ? undefined : { low, high };
}

/** Whether a node is a Clip to [0, 6]. */
export function isReluSix(graph: Graph, node: Node | undefined): boolean {
  if (node?.operator !== 'Clip') return false;
  const bounds = clipBounds(graph, node);
  return bounds?.low === 0 && bounds.high === 6;
}

/**
 * Activations that can be computed together with the convolution before them: nothing else may need the convolution's
 * own result (gradients of activations need only what comes out of them).
 */
export function findFusions(graph: Graph): ReadonlyMap<Node, FusedActivation> {
  const readers = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const input of node.inputs) readers.set(input, [...(readers.get(input) ?? []), node]);
  }
  const outputs = new Set(graph.outputs.map((output) => output.name));
  const fusions = new Map<Node, FusedActivation>();
  for (const node of graph.nodes) {
    const value = node.outputs[0] ?? '';
    if (node.operator !== 'Conv' || outputs.has(value)) continue;
    const fused = activationOf(graph, readers.get(value) ?? []);
    if (fused) fusions.set(node, fused);
  }
  return fusions;
}

function activationOf(graph: Graph, readers: readonly Node[]): FusedActivation | undefined {
  const [node] = readers;
  if (!node || readers.length !== 1) return undefined;
  const output = node.outputs[0]!;
  if (node.operator === 'Relu') return { kind: 'relu', node, output };
  return isReluSix(graph, node) ? { kind: 'relu6', node, output } : undefined;
}
