import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Engine } from '../../../main/engine/engine.ts';
import type { RunId } from '../../../shared/domain/ids.ts';
import { defaultRecipeForTests } from '../../fixtures/trainer/recipe.ts';
import { type Part, scriptedLauncher } from '../../fixtures/trainer/scripted-launcher.ts';
import {
  endOf,
  nextCommand,
  seedProject,
  startEngine,
  startRun,
} from '../../fixtures/trainer/scripted-studio.ts';

let folder: string;
let engine: Engine;
let part: Part;
/** Trainings wait here for their processes. */
let gate: PromiseWithResolvers<void>;
/** Trainings that asked for a process, in order. */
let launched: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'enxerto-races-'));
  part = 'slow';
  gate = Promise.withResolvers();
  launched = [];
  const trainers = scriptedLauncher(() => part);
  engine = await startEngine(folder, {
    launch: async (id) => {
      if (id.startsWith('run-')) {
        launched.push(id);
        await gate.promise;
      }
      return trainers.launch(id);
    },
  });
  await seedProject(engine, folder, {
    classes: ['healthy', 'rust'],
    images: Array.from({ length: 12 }, (_, index) => ({ labels: [index % 2] })),
  });
});
afterEach(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});

const stateOf = async (run: RunId) =>
  (await engine.client.training.runs()).find((each) => each.id === run)?.state;

/** Lets nothing be written until the returned function is called. */
function holdWriting(): () => void {
  let isHeld = true;
  void engine.context.project().writeInSteps(function* () {
    while (isHeld) yield;
  });
  return () => {
    isHeld = false;
  };
}

test('a run that is paused before its process is there stands still when it is', async () => {
  const run = await startRun(engine);
  await expect.poll(() => stateOf(run.id)).toBe('running');
  await engine.client.training.control({ run: run.id, action: 'pause' });
  gate.resolve();
  let stoodStill = false;
  for await (const snapshot of await engine.client.training.watch({ run: run.id })) {
    stoodStill = snapshot.progress?.paused ?? false;
    if (stoodStill) break;
  }
  expect(stoodStill).toBe(true);
  await engine.client.training.control({ run: run.id, action: 'resume' });
  part = 'honest';
  expect((await endOf(engine, run.id)).run.state).toBe('done');
});

test('a waiting run that is cancelled just when its turn comes does not begin', async () => {
  const first = await startRun(engine);
  const second = await startRun(engine);
  await expect.poll(() => launched).toEqual([`run-${first.id}`]);
  const letWrite = holdWriting();
  // The end of the first is about to be stored, then that of the second.
  gate.reject(new Error('no process'));
  await new Promise((resolve) => setImmediate(resolve));
  const cancelling = engine.client.training.control({ run: second.id, action: 'cancel' });
  letWrite();
  expect((await cancelling).state).toBe('cancelled');
  expect((await endOf(engine, first.id)).run.state).toBe('failed');
  // Whatever the second had begun would come before the third.
  const third = await startRun(engine);
  expect((await endOf(engine, third.id)).run.state).toBe('failed');
  expect(launched).toEqual([`run-${first.id}`, `run-${third.id}`]);
  expect(await stateOf(second.id)).toBe('cancelled');
});

test('a run whose numbers cannot be told ends all the same', async () => {
  part = 'honest';
  const run = await startRun(engine);
  await expect.poll(() => launched).toHaveLength(1);
  await engine.context.project().write((db) => db.run("UPDATE snapshots SET classes = 'no list'"));
  gate.resolve();
  expect((await endOf(engine, run.id)).run).toMatchObject({ state: 'done', accuracy: null });
});

test('the same start twice at once is one run', async () => {
  part = 'honest';
  gate.resolve();
  const request = {
    commandId: nextCommand(),
    recipe: defaultRecipeForTests,
    evaluation: { kind: 'holdOut' as const, test: 0.25, seed: 1 },
  };
  const { training } = engine.client;
  const [one, other] = await Promise.all([training.start(request), training.start(request)]);
  expect(other.id).toBe(one.id);
  await endOf(engine, one.id);
  expect(launched).toHaveLength(1);
});

test('a run that is resumed twice at once goes on once; one that goes on is not removed', async () => {
  gate.resolve();
  const run = await startRun(engine);
  await expect.poll(() => stateOf(run.id)).toBe('running');
  const { training } = engine.client;
  await training.control({ run: run.id, action: 'cancel' });
  const again = await Promise.allSettled([
    training.resume({ commandId: nextCommand(), run: run.id }),
    training.resume({ commandId: nextCommand(), run: run.id }),
    training.remove({ commandId: nextCommand(), run: run.id }),
  ]);
  expect(again.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
  for (const each of again.slice(1)) expect(each).toMatchObject({ reason: { code: 'RUN_ACTIVE' } });
  await training.control({ run: run.id, action: 'cancel' });
  expect(launched).toHaveLength(2);
});
