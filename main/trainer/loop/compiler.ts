import { KEPT_PROGRAMS } from '../../../shared/domain/recipes.ts';
import { type Batching, leastBatch, smallerBatching } from './batching.ts';
import { type CompiledPhase, compilePhase } from './compiled-phase.ts';
import type { ModelPlan } from './model-plan.ts';
import { type RunSetup, stageOf } from './run-setup.ts';
import { lossOf } from './targets.ts';

/** Programs of the phases, shared by all models of a run. */
export interface Compiler {
  /** The program of a phase in which the last `blocks` blocks learn. */
  readonly compile: (phase: number, blocks: number, plan: ModelPlan) => Promise<CompiledPhase>;
  /** What the executor chose for each phase (layout, formulations, threads): bit-identical repetition depends on it. */
  readonly choices: () => readonly Readonly<Record<string, string>>[];
  /** How many images go through the network at a time. */
  readonly batching: () => Batching;
  /** How many at a time it began with. */
  readonly first: number;
  /** Lets all programs go, and compiles for smaller parts from now on; false where a single image is the part already. */
  readonly shrink: () => Promise<boolean>;
  readonly dispose: () => Promise<void>;
}

/**
 * Compiles each set of learning blocks once; only class weights inside the loss (several labels) make the folds'
 * programs differ. The least recently used ones are let go: only the last few asked for may be used.
 */
export function createCompiler(setup: RunSetup, first: Batching): Compiler {
  const programs = new Map<string, CompiledPhase>();
  const choices: Readonly<Record<string, string>>[] = [];
  const { recipe, runtime } = setup.manifest;
  let batching = first;
  const compile = async (phase: number, blocks: number, plan: ModelPlan): Promise<CompiledPhase> => {
    const loss = lossOf(setup.targets, plan.training, recipe);
    const key = `${phase} ${blocks} ${JSON.stringify(loss)}`;
    const known = programs.get(key);
    const compiled =
      known ??
      (await compilePhase(setup.computing.training, stageOf(setup.phases[phase]!, blocks).network, {
        batch: batching.batch,
        loss,
        rules: { ...recipe, accumulation: batching.accumulation },
        threads: runtime.threads,
      }));
    // A map keeps the order of insertion: put back last, the first is the one not asked for the longest.
    programs.delete(key);
    programs.set(key, compiled);
    choices[phase] = compiled.program.choices;
    const [oldest] = programs.keys();
    if (programs.size > KEPT_PROGRAMS && oldest !== undefined) {
      const old = programs.get(oldest);
      programs.delete(oldest);
      await old?.dispose();
    }
    return compiled;
  };
  const dispose = async () => {
    for (const program of programs.values()) await program.dispose();
    programs.clear();
  };
  const shrink = async () => {
    const next = smallerBatching(batching, leastBatch(recipe));
    if (!next) return false;
    batching = next;
    await dispose();
    return true;
  };
  return { compile, choices: () => choices, batching: () => batching, first: first.batch, shrink, dispose };
}
