import type { Prediction } from '../../../shared/contract/trainer.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import { deriveSeed } from '../../../shared/domain/random.ts';
import { holdOut } from '../data/hold-out.ts';
import { floatTensor } from '../graph/tensor.ts';
import type { Tensor } from '../graph/types.ts';
import { JobCancelled } from '../jobs/control.ts';
import type { JobContext } from '../jobs/job.ts';
import { firstWeights } from './assemble.ts';
import type { Checkpointer, RunningModel } from './checkpoint.ts';
import { type CompiledPhase, compilePhase } from './compiled-phase.ts';
import type { FrozenGuard } from './frozen.ts';
import { statistics } from './phase-network.ts';
import { answersOf, type PhaseRun, type PhaseState, runPhase } from './run-phase.ts';
import type { RunSetup } from './run-setup.ts';
import { imageWeightsOf, lossOf, probabilitiesOf } from './targets.ts';
import type { Tracker } from './tracker.ts';

/** One of a run's models: tested on a fold, or (`fold` null) trained on everything. */
export interface ModelPlan {
  readonly model: number;
  readonly fold: number | null;
  readonly training: readonly number[];
  readonly watching: readonly number[];
  readonly tested: readonly number[];
}

/** Programs of the phases, shared by all models of a run. */
export interface Compiler {
  readonly compile: (phase: number, plan: ModelPlan) => Promise<CompiledPhase>;
  /** What the executor chose for each phase (layout, formulations, threads): bit-identical repetition depends on it. */
  readonly choices: () => readonly Readonly<Record<string, string>>[];
  readonly dispose: () => Promise<void>;
}

/** A trained model and its answers for the images it never saw. */
export interface ModelResult {
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly predictions: readonly Prediction[];
  readonly seconds: number;
}

/** Which images learn, watch and are tested in a model; throws TOO_FEW_IMAGES where nothing can be learned from them. */
export function planModel(setup: RunSetup, model: number, fold: number | null): ModelPlan {
  const { images, recipe, task } = setup.manifest;
  const usable = images.flatMap((_, index) => (setup.failed.has(index) ? [] : [index]));
  const learning = usable.filter((index) => fold === null || images[index]!.fold !== fold);
  const tested = fold === null ? [] : usable.filter((index) => images[index]!.fold === fold);
  const classes = new Set(learning.flatMap((index) => images[index]!.labels)).size;
  if (learning.length < 2 || (task === 'singleLabel' && classes < 2)) {
    throw new StudioError(
      'TOO_FEW_IMAGES',
      `Only ${learning.length} readable images of ${classes} classes are left to learn from: at least two of different classes are needed.`,
      { images: learning.length, classes },
    );
  }
  const held = holdOut(
    learning.map((index) => images[index]!),
    recipe.earlyStopping.holdOut,
    modelSeed(setup, fold),
  );
  return {
    model,
    fold,
    training: held.training.map((position) => learning[position]!),
    watching: held.watching.map((position) => learning[position]!),
    tested,
  };
}

function modelSeed({ manifest }: RunSetup, fold: number | null): number {
  return deriveSeed(manifest.recipe.seed, `model ${fold ?? 'final'}`);
}

/** Compiles each phase once; only class weights inside the loss (several labels) make the folds' programs differ. */
export function createCompiler(setup: RunSetup): Compiler {
  const programs = new Map<string, CompiledPhase>();
  const choices: Readonly<Record<string, string>>[] = [];
  const { recipe, runtime } = setup.manifest;
  const compile = async (phase: number, plan: ModelPlan): Promise<CompiledPhase> => {
    const loss = lossOf(setup.targets, plan.training, recipe);
    const key = `${phase} ${JSON.stringify(loss)}`;
    const known = programs.get(key);
    if (known) return known;
    const compiled = await compilePhase(setup.executor, setup.phases[phase]!.network, {
      batch: recipe.batchSize,
      loss,
      rules: recipe,
      threads: runtime.threads,
    });
    programs.set(key, compiled);
    choices[phase] = compiled.program.choices;
    return compiled;
  };
  const dispose = async () => {
    for (const program of programs.values()) await program.dispose();
    programs.clear();
  };
  return { compile, choices: () => choices, dispose };
}

/** What the models of a run share besides their programs. */
export interface ModelTools {
  readonly context: JobContext;
  readonly checkpoints: Checkpointer;
  readonly tracker: Tracker;
  readonly guard: FrozenGuard;
  readonly compiler: Compiler;
}

/** Trains one model through all phases, from the beginning or from where a checkpoint left it. */
export async function trainModel(
  setup: RunSetup,
  plan: ModelPlan,
  tools: ModelTools,
  resumed: RunningModel | null,
): Promise<ModelResult> {
  const { context } = tools;
  const began = context.clock.now() - (resumed?.seconds ?? 0) * 1000;
  const seconds = () => (context.clock.now() - began) / 1000;
  const seed = modelSeed(setup, plan.fold);
  const constants = setup.features ? await headStatistics(setup, plan.training) : new Map<string, Tensor>();
  const first = firstWeights(setup.assembly, setup.manifest.recipe, seed);
  let weights: ReadonlyMap<string, Tensor> = resumed?.weights ?? new Map([...first, ...constants]);
  let last: PhaseRun | null = null;
  for (let phase = resumed?.phase ?? 0; phase < setup.phases.length; phase++) {
    const compiled = await tools.compiler.compile(phase, plan);
    const before = weights;
    const run = phaseRun(setup, plan, phase, { compiled, constants, weights, seed });
    const between = (snapshot: () => Promise<PhaseState>) =>
      pauseAndSave(context, tools.checkpoints, async () => ({
        finished: plan.model,
        current: { model: plan.model, phase, seconds: seconds(), weights: before, state: await snapshot() },
      }));
    tools.tracker.phaseStarts(plan, phase);
    const trained = await runPhase(
      {
        ...run,
        now: context.clock.now,
        between,
        onBatch: (images, position) => tools.tracker.batchDone(plan, phase, images, position),
        onEpoch: (epoch) => tools.tracker.epochDone(plan, phase, epoch),
      },
      resumed?.phase === phase ? resumed.state : null,
    );
    tools.guard.check(setup.phases[phase]!.network, trained);
    weights = new Map([...weights, ...trained]);
    last = { ...run, now: context.clock.now, between, onBatch: () => {}, onEpoch: () => {} };
  }
  const predictions = last ? await predictTested(setup, plan, last, weights, context) : [];
  return { weights, predictions, seconds: seconds() };
}

type RunParts = Omit<PhaseRun, 'now' | 'between' | 'onBatch' | 'onEpoch'>;

function phaseRun(
  setup: RunSetup,
  plan: ModelPlan,
  phase: number,
  parts: Pick<PhaseRun, 'compiled' | 'constants' | 'weights' | 'seed'>,
): RunParts {
  const { manifest, targets } = setup;
  const prepared = setup.phases[phase]!;
  return {
    compiled: parts.compiled,
    constants: parts.constants,
    weights: parts.weights,
    phase: prepared.phase,
    samples: prepared.samples,
    targets,
    imageWeights: imageWeightsOf(targets, plan.training, manifest.recipe),
    training: plan.training,
    watching: plan.watching,
    patience: manifest.recipe.earlyStopping.patience,
    averaging: manifest.recipe.averaging,
    accumulation: manifest.recipe.accumulation,
    seed: deriveSeed(parts.seed, `phase ${phase}`),
  };
}

/** Between two steps: a checkpoint when one is due, at a pause and at the end of a cancelled run. */
async function pauseAndSave(
  { control }: JobContext,
  checkpoints: Checkpointer,
  state: () => Promise<{ finished: number; current: RunningModel }>,
): Promise<void> {
  const save = async () => {
    const { finished, current } = await state();
    await checkpoints.save(finished, current);
  };
  if (checkpoints.due()) await save();
  try {
    await control.breathe(save);
  } catch (error) {
    if (error instanceof JobCancelled) await save();
    throw error;
  }
}

/** Mean and deviation of every feature over the images that learn, so that no feature outweighs the others by its scale. */
async function headStatistics(setup: RunSetup, training: readonly number[]): Promise<Map<string, Tensor>> {
  const features = setup.assembly.body!.features;
  const sum = new Float64Array(features);
  const squares = new Float64Array(features);
  for (const image of training) {
    const [row] = (await setup.features!.batch([image], 1, null)).values();
    const values = row!.data as Float32Array;
    for (let index = 0; index < features; index++) {
      sum[index]! += values[index]!;
      squares[index]! += values[index]! ** 2;
    }
  }
  const mean = sum.map((value) => value / training.length);
  const variance = squares.map((value, index) => Math.max(0, value / training.length - mean[index]! ** 2));
  const typical = variance.reduce((total, value) => total + value, 0) / features;
  // A feature that hardly varies says little; without the floor its noise would be blown up to the size of the others.
  const deviation = variance.map((value) => Math.sqrt(value + 1e-3 * typical) || 1);
  return new Map<string, Tensor>([
    [statistics[0], floatTensor([1, features], Float32Array.from(mean))],
    [statistics[1], floatTensor([1, features], Float32Array.from(deviation))],
  ]);
}

async function predictTested(
  setup: RunSetup,
  plan: ModelPlan,
  run: PhaseRun,
  weights: ReadonlyMap<string, Tensor>,
  { control, reporter }: JobContext,
): Promise<Prediction[]> {
  const { fold } = plan;
  if (fold === null) return [];
  reporter.progress({ stage: 'evaluating', done: 0, total: plan.tested.length });
  const own = new Set(run.compiled.evaluation.state.map((variable) => variable.name));
  const trained = new Map([...weights].filter(([name]) => own.has(name)));
  const answers = await answersOf(run, trained, plan.tested, control.breathe);
  return plan.tested.map((image, index) => ({
    id: setup.manifest.images[image]!.id,
    fold,
    probabilities: probabilitiesOf(setup.targets.task, answers[index]!),
  }));
}
