import { intAttribute } from '../../graph/attributes.ts';
import type { Graph, Node } from '../../graph/types.ts';
import { depthwiseOrder, kernelOrder, type Order, plainOrder } from './order.ts';

/**
 * The order of axes in which each state variable lies on the device. Weights lie as their convolutions read them, and
 * whatever is combined with them element by element (gradients, slots of the optimiser) lies the same way, so that a
 * step of training turns none of them.
 */
export function stateOrders(graph: Graph, names: readonly string[]): ReadonlyMap<string, Order> {
  const groups = new Groups();
  const wanted = new Map<string, Order>();
  const dims = (name: string) => graph.types.get(name)?.dims ?? null;
  for (const node of graph.nodes) {
    const order = weightOrder(node, dims);
    if (order) wanted.set(node.inputs[1]!, order);
    const [result] = node.outputs;
    const shape = dims(result ?? '')?.join();
    if (result === undefined || !elementwise.has(node.operator)) continue;
    for (const input of node.inputs) if (dims(input)?.join() === shape) groups.join(input, result);
  }
  const byGroup = new Map([...wanted].map(([name, order]) => [groups.of(name), order]));
  return new Map(
    names.map((name) => {
      const own = dims(name) ?? [];
      const order = byGroup.get(groups.of(name));
      return [name, order?.length === own.length ? order : plainOrder(own.length)];
    }),
  );
}

/** Operators through which values keep their shape and therefore may keep their order. */
const elementwise: ReadonlySet<string> = new Set([
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Sqrt',
  'Neg',
  'Abs',
  'Max',
  'Min',
  'Pow',
  'Identity',
  'Where',
]);

function weightOrder(
  node: Node,
  dims: (name: string) => readonly (number | string)[] | null,
): Order | undefined {
  if (node.operator !== 'Conv' && node.operator !== 'ConvTranspose') return undefined;
  const weights = dims(node.inputs[1] ?? '');
  if (weights?.length !== 4) return undefined;
  const group = intAttribute(node, 'group', 1);
  // One input channel in each group: for a Conv the weights say so, for a ConvTranspose both numbers of channels do.
  const channels = node.operator === 'Conv' ? group : weights[0];
  return group > 1 && weights[1] === 1 && channels === group ? depthwiseOrder : kernelOrder;
}

/** Names that belong together. */
class Groups {
  readonly #parents = new Map<string, string>();

  of(name: string): string {
    let root = name;
    for (let parent = this.#parents.get(root); parent !== undefined; parent = this.#parents.get(root))
      root = parent;
    if (root !== name) this.#parents.set(name, root);
    return root;
  }

  join(a: string, b: string): void {
    const [first, second] = [this.of(a), this.of(b)];
    if (first !== second) this.#parents.set(first, second);
  }
}
