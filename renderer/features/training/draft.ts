import { useSyncExternalStore } from 'react';
import type { ExecutorChoice } from '../../../shared/contract/executor.ts';
import type { Evaluation, Recipe, Strategy } from '../../../shared/contract/recipe.ts';

/** What the person changed about the next training; kept while they go elsewhere in the studio. */
export interface Draft {
  /** `null`: as recommended for the data. */
  readonly strategy: Strategy | null;
  readonly recipe: Recipe | null;
  readonly evaluation: Evaluation | null;
  /** What computes it; `null`: as set in Settings. */
  readonly executor: ExecutorChoice | null;
}

const untouched: Draft = { strategy: null, recipe: null, evaluation: null, executor: null };

let draft = untouched;
let ofProject: string | null = null;
const listeners = new Set<() => void>();

function set(next: Draft): void {
  draft = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Changes part of the draft. */
export function editDraft(change: Partial<Draft>): void {
  set({ ...draft, ...change });
}

/** Goes back to what is recommended. */
export function resetDraft(): void {
  set(untouched);
}

/** The draft of the open project; another project starts from its own recommendation. */
export function useDraft(project: string): Draft {
  if (ofProject !== project) {
    ofProject = project;
    draft = untouched;
  }
  return useSyncExternalStore(subscribe, () => draft);
}
