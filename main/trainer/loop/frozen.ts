import { hash } from 'node:crypto';
import { StudioError } from '../../../shared/domain/errors.ts';
import { tensorBytes } from '../graph/tensor.ts';
import type { Graph, Tensor } from '../graph/types.ts';
import { changedBy, type PhaseNetwork } from './phase-network.ts';

/** Watches that training changes what it was told to change and nothing else. */
export interface FrozenGuard {
  /**
   * Compares every frozen weight, normalisation statistics included, with its bits before training, and the changed
   * ones with the blocks that were to learn and the statistics that were to move with them. Throws INTERNAL: a result
   * that breaks the promise shown in the freezing panel must not be used. `held`: weights and statistics of earlier
   * phases that stood still in this one, before and after.
   */
  readonly check: (
    phase: PhaseNetwork,
    trained: ReadonlyMap<string, Tensor>,
    held?: readonly (readonly [name: string, before: Tensor, after: Tensor | undefined])[],
  ) => void;
  /** What was found, for the run's record. */
  readonly record: () => { readonly checks: number; readonly tensors: number; readonly bytes: number };
}

/** A guard over the weights of a pretrained body; without one there is nothing frozen. */
export function createFrozenGuard(body: Graph | null): FrozenGuard {
  const initializers = body?.initializers ?? new Map<string, Tensor>();
  const digests = new Map([...initializers].map(([name, value]) => [name, digest(value)]));
  let found = { checks: 0, tensors: 0, bytes: 0 };
  return {
    check: (phase, trained, held = []) => {
      const learning = new Set(changedBy(phase));
      const stray = [...trained.keys()].find((name) => !learning.has(name));
      if (stray !== undefined) throw changed(stray);
      for (const [name, before, after] of held)
        if (!after || digest(before) !== digest(after)) throw changed(name);
      let bytes = 0;
      let tensors = 0;
      for (const [name, value] of initializers) {
        if (learning.has(name)) continue;
        if (digest(value) !== digests.get(name)) throw changed(name);
        bytes += value.data.byteLength;
        tensors++;
      }
      found = { checks: found.checks + 1, tensors, bytes };
    },
    record: () => found,
  };
}

function changed(name: string): StudioError {
  return new StudioError('INTERNAL', `The frozen weight "${name}" changed while training.`, { weight: name });
}

function digest(value: Tensor): string {
  return hash('sha256', tensorBytes(value));
}
