import type { Tensor as DeviceTensor } from '@tensorflow/tfjs-core';
import type { Plan, Slot } from './plan.ts';

/** A plan with the order in which its tensors are given up. */
export interface Schedule {
  readonly plan: Plan;
  /** For each step, the places that nobody reads afterwards. */
  readonly freed: readonly (readonly Slot[])[];
  /** Feeds that no step reads. */
  readonly unread: readonly Slot[];
}

/** Finds the last reader of every computed tensor, so that memory holds what is still needed and nothing else. */
export function schedule(plan: Plan): Schedule {
  const lasting = new Set<Slot>([...plan.constants.keys(), ...plan.state.values()]);
  for (const { slot } of plan.outputs.values()) lasting.add(slot);
  const last = new Map<Slot, number>();
  for (const [index, step] of plan.steps.entries()) {
    for (const slot of step.inputs) last.set(slot, index);
    // A result that nobody reads is given up at once.
    for (const slot of step.outputs) last.set(slot, index);
  }
  const freed: Slot[][] = plan.steps.map(() => []);
  for (const [slot, index] of last) if (!lasting.has(slot)) freed[index]!.push(slot);
  const unread = [...plan.feeds.values()].filter((slot) => !last.has(slot) && !lasting.has(slot));
  return { plan, freed, unread };
}

/** What a run left behind; whoever takes it disposes of it. */
export interface RunResult {
  /** Tensors by output name. Several names may share one tensor; it may also be a constant, a feed or the state. */
  readonly outputs: ReadonlyMap<string, DeviceTensor>;
  /** The tensors among them that this run made (or was fed), each once. */
  readonly made: ReadonlySet<DeviceTensor>;
}

/** Runs a plan. Feeds become the run's own and are disposed of; where a step fails, what was made is its caller's. */
export function runPlan(
  { plan, freed, unread }: Schedule,
  feeds: ReadonlyMap<Slot, DeviceTensor>,
  state: ReadonlyMap<Slot, DeviceTensor>,
  failed: (step: Plan['steps'][number], cause: unknown) => Error,
): RunResult {
  const slots: (DeviceTensor | undefined)[] = new Array(plan.slots);
  for (const [slot, tensor] of plan.constants) slots[slot] = tensor;
  for (const [slot, tensor] of state) slots[slot] = tensor;
  const own = new Map<Slot, DeviceTensor>(feeds);
  for (const [slot, tensor] of feeds) slots[slot] = tensor;
  const release = (slot: Slot) => {
    own.get(slot)?.dispose();
    own.delete(slot);
    slots[slot] = undefined;
  };
  for (const slot of unread) release(slot);
  for (const [index, step] of plan.steps.entries()) {
    try {
      const result = step.compute(step.inputs.map((slot) => slots[slot]!));
      for (const [at, tensor] of (Array.isArray(result) ? result : [result as DeviceTensor]).entries()) {
        const slot = step.outputs[at]!;
        slots[slot] = tensor;
        own.set(slot, tensor);
      }
    } catch (cause) {
      throw failed(step, cause);
    }
    for (const slot of freed[index]!) release(slot);
  }
  return {
    outputs: new Map([...plan.outputs].map(([name, { slot }]) => [name, slots[slot]!])),
    made: new Set(own.values()),
  };
}
