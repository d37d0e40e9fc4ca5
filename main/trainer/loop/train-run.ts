import type { TrainManifest } from '../../../shared/contract/trainer.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import { isOutOfMemory } from '../executors/failures.ts';
import type { JobContext, JobOptions } from '../jobs/job.ts';
import { factsOf } from '../networks/card.ts';
import { afterEnds, type Batching, fullBatching, inParts, leastBatch } from './batching.ts';
import {
  type Checkpoint,
  createCheckpointer,
  type RunIdentity,
  type RunningModel,
  readCheckpoint,
} from './checkpoint.ts';
import { type Compiler, createCompiler } from './compiler.ts';
import { computingOf, replacedBy, tellOtherExecutor } from './computing.ts';
import type { Decision } from './decisions.ts';
import { createFrozenGuard, type FrozenGuard } from './frozen.ts';
import { noMemoryForOne, tellSmaller } from './memory.ts';
import { readFold, saveFold, saveModel } from './model-files.ts';
import { planModel } from './model-plan.ts';
import { type RunSetup, setUpRun } from './run-setup.ts';
import { createTracker } from './tracker.ts';
import { type ModelResult, trainModel } from './train-model.ts';

/** What came of a run beside its models, for its record. */
interface Outcome {
  readonly choices: ReturnType<Compiler['choices']>;
  readonly decisions: readonly Decision[];
  readonly batching: Batching;
}

/** Where a run begins: models that are complete already, and the one that was under way. */
interface Beginning {
  readonly finished: number;
  readonly current: RunningModel | null;
  readonly batching: Batching;
}

/**
 * Trains a run's models one after the other: each fold on all the others, then, if wanted, one on everything.
 * Resuming repeats the events of finished folds, so that whoever missed them has them; what is trained is bit-identical to
 * an uninterrupted run.
 */
export async function trainRun(
  manifest: TrainManifest,
  identity: RunIdentity,
  context: JobContext,
  options: JobOptions,
): Promise<Readonly<Record<string, unknown>>> {
  const { folder } = manifest.files;
  const checkpoint = options.resume ? await readCheckpoint(folder, identity) : null;
  const runtime = options.executor
    ? { ...manifest.runtime, ...replacedBy(options.executor, manifest.runtime) }
    : manifest.runtime;
  const setup = await setUpRun({ ...manifest, runtime }, context, checkpoint, options.smaller);
  tellOtherExecutor(setup, checkpoint, context);
  try {
    // Where images were still to be described, the processes before did not come to a step.
    const smaller = setup.described > 0 ? 0 : options.smaller;
    const beginning = beginningOf(manifest, checkpoint, smaller, context);
    const guard = createFrozenGuard(setup.assembly.body?.graph ?? null);
    const outcome = await trainModels(setup, identity, context, { beginning, guard });
    return recordOf(setup, guard, outcome);
  } finally {
    await setup.close();
  }
}

/** Where a run begins; after a process was ended for want of memory, with fewer images at a time than it had. */
function beginningOf(
  { recipe }: TrainManifest,
  checkpoint: Checkpoint | null,
  smaller: number,
  { reporter }: JobContext,
): Beginning {
  const { finished = 0, current = null } = checkpoint ?? {};
  const before = checkpoint?.batching ?? fullBatching(recipe);
  const after = smaller === 0 ? before : afterEnds(fullBatching(recipe), before, smaller, leastBatch(recipe));
  if (!after) throw noMemoryForOne(recipe, leastBatch(recipe));
  if (after !== before) tellSmaller(reporter, recipe, { before, after });
  const moved = current && { ...current, state: inParts(current.state, before, after) };
  return { finished, current: moved, batching: after };
}

async function trainModels(
  setup: RunSetup,
  identity: RunIdentity,
  context: JobContext,
  parts: { readonly beginning: Beginning; readonly guard: FrozenGuard },
): Promise<Outcome> {
  const { manifest } = setup;
  const { beginning } = parts;
  const folds: readonly (number | null)[] = manifest.finalModel ? [...manifest.folds, null] : manifest.folds;
  if (folds.length === 0)
    throw new StudioError('BAD_REQUEST', 'Nothing to train: choose folds or the final model.');
  const plans = folds.map((fold, model) => planModel(setup, model, fold));
  const tracker = createTracker(manifest, folds.length, context);
  const compiler = createCompiler(setup, beginning.batching);
  const about = () => ({
    batching: compiler.batching(),
    computing: { ...computingOf(setup), choices: compiler.choices() },
    findings: usedFindings(setup),
    backbone: backboneOf(setup),
  });
  const checkpoints = createCheckpointer(manifest.files.folder, identity, context.clock.now, about);
  const tools = { context, checkpoints, tracker, guard: parts.guard, compiler };
  const decisions: Decision[] = [];
  try {
    for (const plan of plans) {
      if (plan.model < beginning.finished) {
        decisions.push(...(await repeatFold(setup, plan.fold, context)));
        continue;
      }
      const resumed = beginning.current?.model === plan.model ? beginning.current : null;
      const result = await trainModel(setup, plan, tools, resumed);
      context.reporter.progress({ stage: 'saving', done: 0, total: 1 });
      await keep(setup, plan.fold, result);
      await checkpoints.save(plan.model + 1, null);
      announce(plan.fold, result, context);
      decisions.push(...result.decisions);
    }
    return { choices: compiler.choices(), decisions, batching: compiler.batching() };
  } catch (error) {
    // Wherever else memory ended, a process that begins with fewer images at a time may come further.
    const isUntold = isOutOfMemory(error) && !(error instanceof StudioError && 'first' in error.params);
    throw isUntold ? noMemoryForOne(manifest.recipe, compiler.first, error) : error;
  } finally {
    await compiler.dispose();
  }
}

/** By which comparisons forms and layouts were chosen: the same ones give the same bits. */
const usedFindings = ({ findings }: RunSetup) => findings?.used() ?? {};

/** The pretrained network as it was used: which file, and what its card said that changes results. */
function backboneOf({ manifest, backbone }: RunSetup) {
  if (!backbone) return null;
  const { card } = backbone;
  return { id: String(manifest.recipe.backbone), sha256: card.sha256, card: factsOf(card) };
}

/** Files a finished model; the final one is also the one that is used from now on. */
async function keep(setup: RunSetup, fold: number | null, result: ModelResult): Promise<void> {
  const { manifest, shape } = setup;
  const { folder } = manifest.files;
  const { predictions, seconds, weights, decisions } = result;
  const filed = { fold, seconds, predictions: [...predictions], decisions: [...decisions] };
  await saveFold(folder, filed, weights);
  if (fold !== null) return;
  await saveModel(
    folder,
    {
      run: manifest.run,
      program: manifest.program,
      task: manifest.task,
      classes: manifest.classes,
      recipe: manifest.recipe,
      backbone: backboneOf(setup),
      shape,
    },
    weights,
  );
}

function announce(
  fold: number | null,
  result: Pick<ModelResult, 'predictions' | 'seconds'>,
  { reporter }: JobContext,
): void {
  if (result.predictions.length > 0)
    reporter.send({ type: 'predictions', predictions: [...result.predictions] });
  reporter.send({ type: 'modelDone', fold, seconds: result.seconds });
}

async function repeatFold(
  setup: RunSetup,
  fold: number | null,
  context: JobContext,
): Promise<readonly Decision[]> {
  const result = await readFold(setup.manifest.files.folder, fold);
  announce(fold, result, context);
  return result.decisions;
}

function recordOf(
  setup: RunSetup,
  guard: FrozenGuard,
  { choices, decisions, batching }: Outcome,
): Readonly<Record<string, unknown>> {
  const { manifest, shape } = setup;
  return {
    executor: setup.computing.training.name,
    computing: computingOf(setup),
    findings: usedFindings(setup),
    batching: { ...batching, asked: manifest.recipe.batchSize * manifest.recipe.accumulation },
    threads: manifest.runtime.threads,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    shape,
    backbone: backboneOf(setup),
    frozen: guard.record(),
    imagesLeftOut: setup.failed.size,
    decisions,
    phases: setup.phases.map(({ phase, stages }, index) => ({
      name: phase.name,
      trainableBlocks: phase.trainableBlocks,
      choices: choices[index] ?? {},
      trainedTensors: stages.at(-1)!.network.groups.reduce((sum, group) => sum + group.parameters.length, 0),
      movedStatistics: stages.at(-1)!.network.moving.length,
    })),
  };
}
