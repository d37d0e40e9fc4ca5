import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { machineFingerprint } from '../../../main/engine/computing/fingerprint.ts';
import type { Engine } from '../../../main/engine/engine.ts';
import { trainerThreads } from '../../../main/engine/training/inspect.ts';
import { libraryFolders } from '../../../main/engine/training/libraries.ts';
import type { ExecutorId, ExecutorReport } from '../../../shared/contract/executor.ts';
import { trainManifest } from '../../../shared/contract/trainer.ts';
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
let part: Part;
let engine: Engine;
let launcher: ReturnType<typeof scriptedLauncher>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'enxerto-runs-'));
  part = 'honest';
  launcher = scriptedLauncher(() => part);
  engine = await startEngine(folder, launcher);
  await seedProject(engine, folder, {
    classes: ['healthy', 'rust'],
    images: Array.from({ length: 12 }, (_, index) => ({ labels: [index % 2] })),
  });
});
afterEach(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});

const stateOf = async (run: string) => (await engine.client.training.runs()).find((each) => each.id === run);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
async function until(check: () => Promise<boolean>) {
  for (let attempt = 0; attempt < 200 && !(await check()); attempt++) await sleep(25);
  expect(await check()).toBe(true);
}

test('a run goes from its manifest to stored epochs, predictions and results', async () => {
  const run = await startRun(engine);
  expect(run).toMatchObject({ state: 'waiting', name: 'Run 1', images: 12, classes: 2 });
  const last = await endOf(engine, run.id);
  expect(last.run).toMatchObject({ state: 'done', hasModel: true, resumable: false, error: null });
  expect(last.epochs).toHaveLength(9);
  const manifest = trainManifest.parse(
    JSON.parse(readFileSync(join(folder, 'leaves.enxerto', 'models', run.id, 'manifest.json'), 'utf8')),
  );
  expect(manifest.folds).toEqual([0, 1]);
  expect(manifest.images.every((image) => image.fold === 0 || image.fold === 1)).toBe(true);
  const results = await engine.client.training.results({ run: run.id });
  // The scripted trainer answers the first image of each fold wrongly: 10 of 12.
  expect(results.accuracy.value).toBeCloseTo(10 / 12);
  expect(results.accuracy.low).toBeGreaterThan(0.5);
  expect(results.tested).toBe(12);
  expect(results.mistakes).toHaveLength(2);
  expect(results.notes.map((note) => note.code)).toContain('smallTest');
  expect(results.record).toMatchObject({ executor: 'scripted', resumed: false });
  const [wrong] = results.mistakes;
  const cell = await engine.client.training.cell({
    run: run.id,
    trueClass: wrong!.trueClassIds[0]!,
    predictedClass: wrong!.predictedClassIds[0]!,
  });
  expect(cell.map((each) => each.imageId)).toContain(wrong!.imageId);
});

test('trainings that differ in their seeds alone say together how far chance goes', async () => {
  const evaluation = { kind: 'kFold' as const, folds: 2, seed: 1 };
  const train = async (change: Partial<typeof defaultRecipeForTests>, seed = 1) => {
    const recipe = { ...defaultRecipeForTests, ...change };
    const request = { commandId: nextCommand(), recipe, evaluation: { ...evaluation, seed } };
    const { id } = await engine.client.training.start(request);
    await endOf(engine, id);
    const { notes } = await engine.client.training.results({ run: id });
    return notes.find(({ code }) => code === 'severalSeeds')?.params;
  };
  expect(await train({ seed: 1 })).toBeUndefined();
  expect(await train({ seed: 2 })).toBeUndefined();
  // The same seed again is no other seed, and another recipe is another question.
  expect(await train({ seed: 2 })).toBeUndefined();
  expect(await train({ seed: 3, labelSmoothing: 0.4 })).toBeUndefined();
  // The scripted trainer is right in 10 of 12, whatever the seed; one of them is made worse.
  await engine.context.project().write((db) => {
    const low = JSON.stringify({ value: 0.5, low: 0, high: 1 });
    db.run(
      `UPDATE runs SET summary = json_set(summary, '$.accuracy', json(?)) WHERE json_extract(recipe, '$.seed') = 1`,
      [low],
    );
  });
  // Accuracies of 50, 83.3 and 83.3 %: mean 72.2, standard deviation 19.2.
  expect(await train({ seed: 3 }, 9)).toEqual({ seeds: 3, mean: 72.2, deviation: 19.2 });
});

test('the same command twice starts one run', async () => {
  const request = {
    commandId: nextCommand(),
    recipe: defaultRecipeForTests,
    evaluation: { kind: 'holdOut' as const, test: 0.25, seed: 1 },
  };
  const first = await engine.client.training.start(request);
  const second = await engine.client.training.start(request);
  expect(second.id).toBe(first.id);
  await endOf(engine, first.id);
  expect(await engine.client.training.runs()).toHaveLength(1);
});

test('a second run waits for the first, and then takes its turn', async () => {
  part = 'slow';
  const first = await startRun(engine);
  part = 'honest';
  const second = await startRun(engine);
  await until(async () => (await stateOf(first.id))?.state === 'running');
  expect((await stateOf(second.id))?.state).toBe('waiting');
  await engine.client.training.control({ run: first.id, action: 'cancel' });
  expect((await endOf(engine, second.id)).run.state).toBe('done');
});

test('a waiting run can be cancelled before it begins', async () => {
  part = 'slow';
  const first = await startRun(engine);
  const second = await startRun(engine);
  await until(async () => (await stateOf(first.id))?.state === 'running');
  const cancelled = await engine.client.training.control({ run: second.id, action: 'cancel' });
  expect(cancelled).toMatchObject({ state: 'cancelled', resumable: true });
  // Two: the inspection before the start, and the first run.
  expect(launcher.handles.filter((handle) => handle.id.startsWith('run-'))).toHaveLength(1);
  await engine.client.training.control({ run: first.id, action: 'cancel' });
});

test('pause stops the trainer, resume lets it go on, and neither is done twice', async () => {
  part = 'slow';
  const run = await startRun(engine);
  await until(async () => (await stateOf(run.id))?.state === 'running');
  const { training } = engine.client;
  expect((await training.control({ run: run.id, action: 'pause' })).state).toBe('paused');
  expect((await training.control({ run: run.id, action: 'pause' })).state).toBe('paused');
  for await (const snapshot of await training.watch({ run: run.id })) {
    if (snapshot.progress?.paused) break;
  }
  expect((await training.control({ run: run.id, action: 'resume' })).state).toBe('running');
  const before = performance.now();
  expect((await training.control({ run: run.id, action: 'cancel' })).state).toBe('cancelled');
  expect(performance.now() - before).toBeLessThan(1_000);
  await expect(training.control({ run: run.id, action: 'pause' })).rejects.toMatchObject({
    code: 'RUN_NOT_ACTIVE',
  });
});

test('a trainer that the system ended is begun again, with fewer images at a time, and the log says so', async () => {
  part = 'crashes';
  const run = await startRun(engine);
  const ended = await endOf(engine, run.id);
  expect(ended.run).toMatchObject({ state: 'done', error: null });
  expect(ended.log.map((line) => line.code)).toContain('TRAIN_ENDED_BY_SYSTEM');
  const { record } = await engine.client.training.results({ run: run.id });
  expect(record).toMatchObject({ resumed: true, smaller: 1 });
});

/** The machine's measurement says that OpenVINO is the fastest. */
async function measuredFastest(): Promise<void> {
  const { context } = engine;
  const fingerprint = await machineFingerprint({
    version: context.version,
    threads: trainerThreads(context),
    libraries: libraryFolders(context),
  });
  const report = (id: ExecutorId, title: string, rate: number): ExecutorReport => ({
    ...{ id, title, usable: true, version: '1', device: null, code: null, reason: null, remedy: 'none' },
    ...{ difference: 0, forwardRate: rate, trainingRate: rate, scaled: false },
  });
  const reports = [report('onnx', 'ONNX Runtime', 20), report('openvino', 'OpenVINO', 45)];
  mkdirSync(join(context.userData, 'machine'), { recursive: true });
  const path = join(context.userData, 'machine', 'executors.json');
  writeFileSync(path, JSON.stringify({ fingerprint, measuredAt: 1, reports }));
}

test('a run whose device is lost goes on without it, and says so; what was named is not replaced', async () => {
  await measuredFastest();
  part = 'loses its device';
  const run = await startRun(engine, { executor: 'auto' });
  const ended = await endOf(engine, run.id);
  expect(ended.run).toMatchObject({ state: 'done', error: null });
  expect(ended.log).toMatchObject([{ code: 'TRAIN_WITHOUT_EXECUTOR', params: { executor: 'OpenVINO' } }]);
  const { record } = await engine.client.training.results({ run: run.id });
  expect(record).toMatchObject({ executor: 'onnx', resumed: true });

  const named = await startRun(engine, { executor: 'openvino' });
  expect((await endOf(engine, named.id)).run).toMatchObject({
    state: 'failed',
    resumable: true,
    error: { code: 'DEVICE_LOST' },
  });
});

test('one that is ended again and again leaves the run interrupted, and it goes on from there to its end', async () => {
  part = 'dies';
  const run = await startRun(engine);
  const broken = await endOf(engine, run.id);
  expect(broken.run).toMatchObject({
    state: 'interrupted',
    resumable: true,
    error: { code: 'TRAINER_CRASHED' },
  });
  expect(broken.epochs.length).toBeGreaterThan(0);
  part = 'honest';
  await engine.client.training.resume({ commandId: nextCommand(), run: run.id });
  const whole = await endOf(engine, run.id);
  expect(whole.run).toMatchObject({ state: 'done', error: null });
  expect(whole.epochs).toHaveLength(9);
  expect((await engine.client.training.results({ run: run.id })).record).toMatchObject({ resumed: true });
});

test('a refusal of the trainer is shown with its code, and a full disk can be mended and the run resumed', async () => {
  part = 'fails';
  const run = await startRun(engine);
  const { run: failed } = await endOf(engine, run.id);
  expect(failed).toMatchObject({
    state: 'failed',
    resumable: true,
    error: { code: 'NO_SPACE', params: { free: 1_000_000 } },
  });
  part = 'honest';
  await engine.client.training.resume({ commandId: nextCommand(), run: run.id });
  expect((await endOf(engine, run.id)).run.state).toBe('done');
});

test('who watches late gets the present state at once, who watches the end gets it once', async () => {
  part = 'slow';
  const run = await startRun(engine);
  await until(async () => (await stateOf(run.id))?.state === 'running');
  const watch = (await engine.client.training.watch({ run: run.id }))[Symbol.asyncIterator]();
  const first = await watch.next();
  expect(first.value).toMatchObject({ run: { state: 'running' } });
  await watch.return?.();
  await engine.client.training.control({ run: run.id, action: 'cancel' });
  const seen = [];
  for await (const snapshot of await engine.client.training.watch({ run: run.id })) seen.push(snapshot);
  expect(seen).toHaveLength(1);
});

test('closing the project interrupts the run; opened again, it can go on', async () => {
  part = 'slow';
  const run = await startRun(engine);
  await until(async () => (await stateOf(run.id))?.state === 'running');
  await engine.client.projects.close();
  part = 'honest';
  const path = join(folder, 'leaves.enxerto');
  await engine.client.projects.open({ grant: engine.context.grants.give('folder', path).id });
  expect(await stateOf(run.id)).toMatchObject({ state: 'interrupted', resumable: true });
  await engine.client.training.resume({ commandId: nextCommand(), run: run.id });
  expect((await endOf(engine, run.id)).run.state).toBe('done');
});

test('runs that a dead engine left at work are interrupted when the project is opened', async () => {
  const run = await startRun(engine);
  await endOf(engine, run.id);
  await engine.context
    .project()
    .write((db) => db.run(`UPDATE runs SET state = 'running' WHERE id = ?`, [run.id]));
  await engine.client.projects.close();
  const path = join(folder, 'leaves.enxerto');
  await engine.client.projects.open({ grant: engine.context.grants.give('folder', path).id });
  expect(await stateOf(run.id)).toMatchObject({ state: 'interrupted', resumable: true });
});

test('a run is renamed and removed with its files, but not while it is at work', async () => {
  part = 'slow';
  const run = await startRun(engine);
  const { training } = engine.client;
  await until(async () => (await stateOf(run.id))?.state === 'running');
  const remove = { commandId: nextCommand(), run: run.id };
  await expect(training.remove(remove)).rejects.toMatchObject({ code: 'RUN_ACTIVE' });
  await training.control({ run: run.id, action: 'cancel' });
  expect((await training.rename({ commandId: nextCommand(), run: run.id, name: 'First' })).name).toBe(
    'First',
  );
  await training.remove({ ...remove, commandId: nextCommand() });
  expect(await training.runs()).toEqual([]);
  expect(existsSync(join(folder, 'leaves.enxerto', 'models', run.id))).toBe(false);
});

describe('two finished runs', () => {
  async function reportOf(run: RunId): Promise<string> {
    const target = engine.context.grants.give('save', join(folder, 'report.html')).id;
    await engine.client.training.report({ run, target });
    return readFileSync(join(folder, 'report.html'), 'utf8');
  }

  test('are compared on the images both tested', async () => {
    const first = await startRun(engine);
    const second = await startRun(engine);
    await endOf(engine, second.id);
    const compared = await engine.client.training.compare({ first: first.id, second: second.id });
    expect(compared).toMatchObject({
      images: 12,
      difference: { value: 0 },
      pValue: 1,
      verdict: 'noEvidence',
    });
  });

  test('stand side by side in the report', async () => {
    const first = await startRun(engine);
    await endOf(engine, first.id);
    const html = await reportOf(first.id);
    expect(html).toContain('83 of 100');
    expect(html).toContain('rust');
  });

  test('are told with labels to check and how far certainty can be trusted, and that the images are few', async () => {
    const run = await startRun(engine);
    await endOf(engine, run.id);
    const html = await reportOf(run.id);
    // Both images that were answered wrongly got 0.2 for their label, below the mean of their class.
    expect(html).toContain('2 labels look wrong to a model that had not learned them');
    expect(html).toContain('A class has fewer than 10 tested images');
    expect(html).toContain('Only 12 images were tested, a few in each line');
    expect(html).toMatch(/80\s%\s–\s90\s%<\/th><td[^>]*>12<\/td>/);
  });
});
