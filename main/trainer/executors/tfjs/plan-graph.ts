import { NetworkError } from '../../graph/errors.ts';
import type { Graph } from '../../graph/types.ts';
import type { StateVariable } from '../types.ts';
import type { Device } from './device.ts';
import { findFusions } from './fusion.ts';
import { NodeContext } from './operators/context.ts';
import { plannerOf } from './operators/index.ts';
import { type Order, plainOrder } from './order.ts';
import { type Placed, type Plan, PlanBuilder } from './plan.ts';

/** What a plan is made for. */
export interface PlanRequest {
  readonly graph: Graph;
  readonly state: readonly StateVariable[];
  /** In which order each state variable lies. */
  readonly orders: ReadonlyMap<string, Order>;
}

/**
 * Turns a graph into a sequence of kernel calls. The device's backend must be the active one: constants are uploaded.
 * UNSUPPORTED_OPERATOR names the node that cannot be computed.
 */
export function planGraph(device: Device, { graph, state, orders }: PlanRequest): Plan {
  const fusions = findFusions(graph);
  const fused = new Set([...fusions.values()].map(({ node }) => node));
  const plan = new PlanBuilder(device, graph, fusions);
  try {
    const names = new Set(state.map((variable) => variable.name));
    for (const { name } of graph.inputs) {
      if (names.has(name)) plan.addState(name, orders.get(name)!);
      else plan.addFeed(name);
    }
    for (const node of graph.nodes) {
      if (fused.has(node)) continue;
      plan.enter(node);
      const planner = plannerOf(node);
      if (planner === undefined) throw plan.refuse('it is not known there');
      planner(new NodeContext(plan, node));
    }
    return plan.finish(placeOutputs(plan, graph, state, orders));
  } catch (error) {
    plan.abandon();
    throw error;
  }
}

/** New state lies as the state does; other results as they come. */
function placeOutputs(
  plan: PlanBuilder,
  graph: Graph,
  state: readonly StateVariable[],
  orders: ReadonlyMap<string, Order>,
): ReadonlyMap<string, Placed> {
  const next = new Map(
    state.flatMap(({ name, next: value }) => (value === undefined ? [] : [[value, name] as const])),
  );
  const known = new Set(graph.outputs.map((output) => output.name));
  for (const name of next.keys()) {
    if (!known.has(name))
      throw new NetworkError('INVALID_STATE', `The network has no result named "${name}" to become state.`);
  }
  return new Map(
    graph.outputs.map(({ name }) => {
      const order =
        orders.get(next.get(name) ?? '') ?? plan.ordersOf(name)[0] ?? plainOrder(plan.dims(name).length);
      return [name, { slot: plan.take(name, order), order }];
    }),
  );
}
