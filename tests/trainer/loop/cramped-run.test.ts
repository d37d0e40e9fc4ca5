import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Executor, Program } from '../../../main/trainer/executors/types.ts';
import type { Graph } from '../../../main/trainer/graph/types.ts';
import { createControl } from '../../../main/trainer/jobs/control.ts';
import { createReporter } from '../../../main/trainer/jobs/reporter.ts';
import { fullBatching } from '../../../main/trainer/loop/batching.ts';
import { createCheckpointer } from '../../../main/trainer/loop/checkpoint.ts';
import { createCompiler } from '../../../main/trainer/loop/compiler.ts';
import { createFrozenGuard } from '../../../main/trainer/loop/frozen.ts';
import { planModel } from '../../../main/trainer/loop/model-plan.ts';
import { setUpRun } from '../../../main/trainer/loop/run-setup.ts';
import { createTracker } from '../../../main/trainer/loop/tracker.ts';
import { type ModelResult, trainModel } from '../../../main/trainer/loop/train-model.ts';
import type { TrainerEvent, TrainManifest } from '../../../shared/contract/trainer.ts';
import { ofType } from '../support/serve.ts';
import { tinyRecipe, writeSmallRun } from '../support/small-run.ts';

const BATCH = 8;
const IMAGES = 48;

let root: string;
let manifest: TrainManifest;
/** With all the memory it wants. */
let free: ModelResult;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'enxerto-cramped-'));
  const [head, tuning] = tinyRecipe.phases;
  const unfreezing = { kind: 'schedule', start: 1, every: 2 };
  ({ manifest } = await writeSmallRun(root, {
    images: IMAGES,
    folds: [0],
    finalModel: false,
    recipe: {
      batchSize: BATCH,
      earlyStopping: { patience: 8, holdOut: 0.25 },
      // Draws depend on the parts of a step; without them runs with other parts can be compared.
      head: { hidden: null, dropout: 0 },
      augmentation: { ...tinyRecipe.augmentation, flipHorizontal: false, views: 1 },
      phases: [
        { ...head, epochs: 1, probe: { kind: 'crossValidated', folds: 3 } },
        {
          ...tuning,
          trainableBlocks: ['middle', 'head'],
          epochs: 4,
          unfreezing,
          keep: { kind: 'ifBetter', level: 0.5 },
        },
      ],
    },
  }));
  ({ result: free } = await train({ after: null, fits: () => true }));
}, 60_000);
afterAll(() => rm(root, { recursive: true }));

/** Rows that a program takes at a time: what is compared with targets. */
function rowsOf({ inputs }: Graph): number {
  return Number(inputs.find(({ name }) => name.endsWith('target'))?.dims?.[0] ?? 0);
}

/** The same executor, which refuses as a C++ runtime does where so many rows do not fit, when it compiles and when it runs. */
function cramped(executor: Executor, fits: (rows: number) => boolean): Executor {
  return {
    ...executor,
    compile: async (graph, options) => {
      const check = () => {
        if (!fits(rowsOf(graph))) throw new Error('std::bad_alloc');
      };
      check();
      const program = await executor.compile(graph, options);
      const run: Program['run'] = async (feeds, fetches) => {
        check();
        return program.run(feeds, fetches);
      };
      return Object.assign(Object.create(program) as Program, { run });
    },
  };
}

interface Crampedness {
  /** Said just before memory gets short; null: from the beginning. */
  readonly after: string | null;
  /** What fits from then on. */
  readonly fits: (rows: number) => boolean;
}

/** Trains the model of the fold; gives what it came to and all that was said. */
async function train({ after, fits }: Crampedness) {
  const events: TrainerEvent[] = [];
  let isShort = after === null;
  const clock = { now: () => performance.now() };
  const send = (event: TrainerEvent) => {
    events.push(event);
    isShort ||= nameOf(event) === after;
  };
  const context = { control: createControl(), reporter: createReporter(send, clock), clock };
  const whole = await setUpRun(manifest, context, null);
  const training = cramped(whole.computing.training, (rows) => !isShort || fits(rows));
  const setup = { ...whole, computing: { ...whole.computing, training } };
  const compiler = createCompiler(setup, fullBatching(manifest.recipe));
  const about = () => ({ batching: null, computing: {}, findings: {}, backbone: null });
  const identity = { sha256: '', earlier: '' };
  try {
    const result = await trainModel(
      setup,
      planModel(setup, 0, 0),
      {
        context,
        compiler,
        tracker: createTracker(manifest, 1, context),
        guard: createFrozenGuard(setup.assembly.body?.graph ?? null),
        checkpoints: createCheckpointer(manifest.files.folder, identity, clock.now, about),
      },
      null,
    );
    return { result, events, batching: compiler.batching() };
  } finally {
    await compiler.dispose();
    await setup.close();
  }
}

/** Of what is sent at once: lines of the log by their code, epochs by phase and number. */
function nameOf(event: TrainerEvent): string {
  if (event.type === 'epoch') return `epoch ${event.metrics.phase} ${event.metrics.epoch}`;
  return event.type === 'log' ? event.code : '';
}

const usual = (most: number) => (rows: number) => rows <= most || rows > BATCH;

it.each([
  ['a probe is fitted', null, (rows: number) => rows <= 128, 2],
  ['what was fitted is measured', 'TRAIN_PENALTY', usual(2), 2],
  ['another block begins to learn', 'epoch 1 1', usual(4), 4],
  ['a phase is judged', 'epoch 1 3', usual(4), 4],
  ['the model is tested', 'TRAIN_KEPT', usual(1), 1],
] as const)(
  'where memory ends while %s, the run goes on with fewer images and comes to the same',
  async (_, after, fits, most) => {
    const expectedKinds = ['penalty', 'thawed', 'kept'];
    expect(free.decisions.map(({ kind }) => kind)).toEqual(expectedKinds);
    const { result, events, batching } = await train({ after, fits });
    expect(batching).toEqual({ batch: most, accumulation: BATCH / most });
    const told = ofType(events, 'log').filter(({ code }) => code === 'TRAIN_SMALLER_BATCH');
    expect(told.map(({ params }) => params.after)).toEqual([4, 2, 1].slice(0, Math.log2(BATCH / most)));
    expect(told.every(({ params }) => params.step === BATCH)).toBe(true);
    expect(result.decisions.map(({ kind }) => kind)).toEqual(expectedKinds);
    expect(result.predictions).toHaveLength(IMAGES / 2);
    for (const [index, { id, probabilities }] of result.predictions.entries()) {
      const expected = free.predictions[index]!;
      expect(id).toBe(expected.id);
      for (const [at, value] of probabilities.entries())
        expect(value).toBeCloseTo(expected.probabilities[at]!, 3);
    }
  },
);
