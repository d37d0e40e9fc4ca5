import type { Prediction } from '../../../shared/contract/trainer.ts';
import { deriveSeed } from '../../../shared/domain/random.ts';
import { withinMemory } from '../executors/within-memory.ts';
import type { Tensor } from '../graph/types.ts';
import { JobCancelled } from '../jobs/control.ts';
import type { JobContext } from '../jobs/job.ts';
import { firstWeights } from './assemble.ts';
import { inParts } from './batching.ts';
import type { Checkpointer, RunningModel } from './checkpoint.ts';
import { type CompiledPhase, firstState, heldOf } from './compiled-phase.ts';
import type { Compiler } from './compiler.ts';
import { type Decision, tellDecision } from './decisions.ts';
import type { FrozenGuard } from './frozen.ts';
import { headStatistics } from './head-statistics.ts';
import { judgePhase } from './judge-phase.ts';
import { noMemoryForOne, tellSmaller } from './memory.ts';
import { type ModelPlan, modelSeed } from './model-plan.ts';
import { changedBy } from './phase-network.ts';
import type { PhaseOutcome, PhaseRun, PhaseState } from './phase-run.ts';
import { fitProbe, probePosition } from './probe/fit-probe.ts';
import { answersOf, measure, runPhase } from './run-phase.ts';
import { type RunSetup, type Stage, stageOf } from './run-setup.ts';
import { imageWeightsOf, lossOf, probabilitiesOf } from './targets.ts';
import type { Tracker } from './tracker.ts';
import { firstThaw, patienceOf, thawCounts } from './unfreezing.ts';

/** A trained model and its answers for the images it never saw. */
export interface ModelResult {
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly predictions: readonly Prediction[];
  readonly seconds: number;
  readonly decisions: readonly Decision[];
}

/** What the models of a run share besides their programs. */
export interface ModelTools {
  readonly context: JobContext;
  readonly checkpoints: Checkpointer;
  readonly tracker: Tracker;
  readonly guard: FrozenGuard;
  readonly compiler: Compiler;
}

/** A model while it is trained. */
interface Model {
  readonly setup: RunSetup;
  readonly plan: ModelPlan;
  readonly tools: ModelTools;
  readonly constants: ReadonlyMap<string, Tensor>;
  readonly seed: number;
  readonly seconds: () => number;
  /** Grows as the model is trained. */
  readonly decisions: Decision[];
}

/** Trains one model through all phases, from the beginning or from where a checkpoint left it. */
export async function trainModel(
  setup: RunSetup,
  plan: ModelPlan,
  tools: ModelTools,
  resumed: RunningModel | null,
): Promise<ModelResult> {
  const { clock } = tools.context;
  const began = clock.now() - (resumed?.seconds ?? 0) * 1000;
  const seconds = () => (clock.now() - began) / 1000;
  const seed = modelSeed(setup, plan.fold);
  const constants = setup.features ? await headStatistics(setup, plan.training) : new Map<string, Tensor>();
  const decisions = [...(resumed?.decisions ?? [])];
  const model: Model = { setup, plan, tools, constants, seed, seconds, decisions };
  const first = firstWeights(setup.assembly, setup.manifest.recipe, seed);
  let weights: ReadonlyMap<string, Tensor> = resumed?.weights ?? new Map([...first, ...constants]);
  for (let phase = resumed?.phase ?? 0; phase < setup.phases.length; phase++) {
    if (isLeftOut(model, phase)) continue;
    const trained = await trainPhase(model, phase, weights, resumed?.phase === phase ? resumed.state : null);
    if (await isKept(model, phase, weights, trained)) weights = new Map([...weights, ...trained]);
  }
  const predictions = await predictTested(model, weights);
  return { weights, predictions, seconds: seconds(), decisions };
}

function decide(model: Model, phase: number, kind: Decision['kind'], params: Decision['params']): void {
  const made: Decision = { kind, fold: model.plan.fold, phase, params };
  model.decisions.push(made);
  tellDecision(model.tools.context.reporter, made);
}

/** A phase that is only kept if it is better is not tried after one that was not, nor where nobody could tell. */
function isLeftOut(model: Model, phase: number): boolean {
  if (model.setup.phases[phase]!.phase.keep.kind === 'always') return false;
  const params = { phase: phase + 1 };
  if (model.plan.watching.length === 0) {
    decide(model, phase, 'notJudged', params);
    return true;
  }
  if (!model.decisions.some(({ kind }) => kind === 'undone')) return false;
  decide(model, phase, 'notTried', params);
  return true;
}

/** Finds the linear head of a phase in one go, its penalty chosen by cross-validation. */
async function fitPhase(
  model: Model,
  phase: number,
  weights: ReadonlyMap<string, Tensor>,
  folds: number,
): Promise<Map<string, Tensor>> {
  const { setup, plan, tools } = model;
  const { manifest, computing, targets } = setup;
  const { now } = tools.context.clock;
  const at = { phase, blocks: 0, stage: setup.phases[phase]!.stages[0], weights };
  tools.tracker.phaseStarts(plan, phase, []);
  const began = now();
  const options = {
    executor: computing.training,
    threads: manifest.runtime.threads,
    loss: lossOf(targets, plan.training, manifest.recipe),
    folds,
    batchSize: manifest.recipe.batchSize,
    items: manifest.images,
  };
  const fitted = await withPhase(model, at, async (run) => {
    const found = await fitProbe(run, options);
    await checkFrozen(model, run.compiled, weights, found.weights);
    return found;
  });
  decide(model, phase, 'penalty', { penalty: fitted.penalty, folds: fitted.folds });
  await withPhase(model, at, async (run) => {
    const learned = (await measure(run, fitted.weights, plan.training))!;
    const watched = await measure(run, fitted.weights, plan.watching);
    const seen = plan.training.length;
    const seconds = (now() - began) / 1000;
    run.onBatch(seen, { ...probePosition, seen, seconds });
    run.onEpoch({
      epoch: 0,
      trainLoss: learned.loss,
      trainAccuracy: learned.accuracy,
      validationLoss: watched?.loss ?? null,
      validationAccuracy: watched?.accuracy ?? null,
      learningRate: 0,
      seconds,
    });
  });
  return fitted.weights;
}

/** Trains a phase through all sets of blocks that it comes to. */
async function trainPhase(
  model: Model,
  phase: number,
  weights: ReadonlyMap<string, Tensor>,
  resumed: PhaseState | null,
): Promise<Map<string, Tensor>> {
  const { setup, plan, tools } = model;
  const prepared = setup.phases[phase]!;
  const { probe } = prepared.phase;
  if (probe.kind === 'crossValidated') return fitPhase(model, phase, weights, probe.folds);
  let state = resumed;
  let blocks = state?.position.thaw.blocks ?? firstThaw(prepared.phase).blocks;
  tools.tracker.phaseStarts(plan, phase, stageOf(prepared, blocks).network.blocks);
  for (;;) {
    const stage = stageOf(prepared, blocks);
    const { compiled, outcome } = await trainStretch(model, { phase, blocks, stage, weights }, state);
    await checkFrozen(model, compiled, weights, outcome.weights);
    if (outcome.kind === 'trained') return outcome.weights;
    tellThaw(model, phase, outcome);
    blocks = outcome.position.thaw.blocks;
    const learned = new Map([...weights, ...outcome.weights]);
    const next = { phase, blocks, stage: stageOf(prepared, blocks), weights: learned };
    const variables = await withPhase(model, next, async ({ compiled }) => firstState(compiled, learned));
    state = { position: outcome.position, variables, best: outcome.best };
  }
}

/** Runs a stretch of a phase; where memory does not suffice, it goes on from the very step that failed. */
async function trainStretch(
  model: Model,
  at: PhasePlace,
  from: PhaseState | null,
): Promise<{ readonly compiled: CompiledPhase; readonly outcome: PhaseOutcome }> {
  const { compiler, tracker } = model.tools;
  let reached = { state: from, batching: compiler.batching() };
  let latest: (() => Promise<PhaseState>) | null = null;
  const stretch = async (run: PhaseRun) => {
    tracker.stepsStart();
    const between: PhaseRun['between'] = (snapshot) => {
      latest = snapshot;
      return run.between(snapshot);
    };
    const { state, batching } = reached;
    const begun = state && inParts(state, batching, compiler.batching());
    return { compiled: run.compiled, outcome: await runPhase({ ...run, between }, begun) };
  };
  return withPhase(model, at, stretch, async () => {
    // A step that failed has changed nothing: what the program holds is what the step began with.
    if (latest) reached = { state: await latest(), batching: compiler.batching() };
    latest = null;
  });
}

/** Where in a run something is computed: a phase, with so many blocks that learn, after these weights. */
interface PhasePlace {
  readonly phase: number;
  readonly blocks: number;
  readonly stage: Stage;
  readonly weights: ReadonlyMap<string, Tensor>;
}

/**
 * Does some work with the programs of a phase; where memory does not suffice, again with fewer images at a time, the parts
 * of a step gathered so that the step is the same. `keep` is called while the programs that failed are still there.
 */
function withPhase<Result>(
  model: Model,
  at: PhasePlace,
  work: (run: PhaseRun) => Promise<Result>,
  keep: () => Promise<void> = () => Promise.resolve(),
): Promise<Result> {
  const { compiler, context } = model.tools;
  const { recipe } = model.setup.manifest;
  return withinMemory(
    async () => work(phaseRun(model, at, await compiler.compile(at.phase, at.blocks, model.plan))),
    async (lack) => {
      await keep();
      const before = compiler.batching();
      if (!(await compiler.shrink())) throw noMemoryForOne(recipe, compiler.first, lack);
      tellSmaller(context.reporter, recipe, { before, after: compiler.batching() });
    },
  );
}

function tellThaw(model: Model, phase: number, outcome: Extract<PhaseOutcome, { kind: 'regrouped' }>): void {
  const prepared = model.setup.phases[phase]!;
  const { blocks, grown } = outcome.position.thaw;
  const learning = stageOf(prepared, blocks).network.blocks;
  const changed = grown ? learning[0] : stageOf(prepared, blocks + 1).network.blocks[0];
  const params = { block: changed ?? '', epoch: outcome.position.epoch + 1, blocks };
  decide(model, phase, grown ? 'thawed' : 'refrozen', params);
  model.tools.tracker.blocksChange(learning);
}

async function checkFrozen(
  { tools }: Model,
  compiled: CompiledPhase,
  before: ReadonlyMap<string, Tensor>,
  trained: ReadonlyMap<string, Tensor>,
): Promise<void> {
  const state = await compiled.program.state();
  const held = [...heldOf(compiled.phase, before)].map(
    ([name, value]) => [name, value, state.get(name)] as const,
  );
  tools.guard.check(compiled.phase, trained, held);
}

/** Whether a phase's weights replace those before it: always, or where a test on the images that watch says so. */
async function isKept(
  model: Model,
  phase: number,
  before: ReadonlyMap<string, Tensor>,
  after: ReadonlyMap<string, Tensor>,
): Promise<boolean> {
  const { setup } = model;
  const { keep } = setup.phases[phase]!.phase;
  if (keep.kind === 'always') return true;
  const at = { phase, weights: before, ...smallestFor(setup, phase, new Map([...before, ...after])) };
  const verdict = await withPhase(model, at, (run) => judgePhase(run, before, after, keep.level));
  const { isBetter, ...numbers } = verdict;
  decide(model, phase, isBetter ? 'kept' : 'undone', { phase: phase + 1, ...numbers });
  return isBetter;
}

/** The smallest set of learning blocks of a phase whose network can be given all these weights. */
function smallestFor(
  setup: RunSetup,
  phase: number,
  weights: ReadonlyMap<string, Tensor>,
): { readonly blocks: number; readonly stage: Stage } {
  const prepared = setup.phases[phase]!;
  const ofBody = [...weights.keys()].filter((name) => setup.assembly.body?.graph.initializers.has(name));
  const counts = thawCounts(prepared.phase);
  const index = prepared.stages.findIndex(({ network }) => {
    const own = new Set([...changedBy(network), ...network.held]);
    return ofBody.every((name) => own.has(name));
  });
  const at = index < 0 ? prepared.stages.length - 1 : index;
  return { blocks: counts[at]!, stage: prepared.stages[at]! };
}

function phaseRun(model: Model, { phase, stage, weights }: PhasePlace, compiled: CompiledPhase): PhaseRun {
  const { setup, plan, tools } = model;
  const { recipe } = setup.manifest;
  const prepared = setup.phases[phase]!;
  return {
    compiled,
    constants: model.constants,
    weights,
    phase: prepared.phase,
    samples: stage.samples,
    targets: setup.targets,
    imageWeights: imageWeightsOf(setup.targets, plan.training, recipe),
    training: plan.training,
    watching: plan.watching,
    patience: patienceOf(prepared.phase, recipe.earlyStopping.patience),
    averaging: recipe.averaging,
    accumulation: compiled.accumulation,
    seed: deriveSeed(model.seed, `phase ${phase}`),
    now: tools.context.clock.now,
    between: (snapshot) =>
      pauseAndSave(tools, async () => ({
        finished: plan.model,
        current: {
          model: plan.model,
          phase,
          seconds: model.seconds(),
          weights,
          decisions: [...model.decisions],
          state: await snapshot(),
        },
      })),
    onBatch: (images, position) => tools.tracker.batchDone(plan, phase, images, position),
    onEpoch: (epoch) => tools.tracker.epochDone(plan, phase, epoch),
  };
}

/** Between two steps: a checkpoint when one is due, at a pause and at the end of a cancelled run. */
async function pauseAndSave(
  { context: { control }, checkpoints }: ModelTools,
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

/** Answers for the fold that is tested, by the network of the last phase that counts. */
async function predictTested(model: Model, weights: ReadonlyMap<string, Tensor>): Promise<Prediction[]> {
  const { setup, plan, tools } = model;
  const { control, reporter } = tools.context;
  const { fold, tested } = plan;
  if (fold === null) return [];
  reporter.progress({ stage: 'evaluating', done: 0, total: tested.length });
  const dropped = new Set(
    model.decisions
      .filter(({ kind }) => kind === 'undone' || kind === 'notTried' || kind === 'notJudged')
      .map((made) => made.phase),
  );
  const phase = Math.max(
    0,
    setup.phases.findLastIndex((_, index) => !dropped.has(index)),
  );
  const at = { phase, weights, ...smallestFor(setup, phase, weights) };
  const answers = await withPhase(model, at, (run) => answersOf(run, weights, tested, control.breathe));
  return tested.map((image, index) => ({
    id: setup.manifest.images[image]!.id,
    fold,
    probabilities: probabilitiesOf(setup.targets.task, answers[index]!),
  }));
}
