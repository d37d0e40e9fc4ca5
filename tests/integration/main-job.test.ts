import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEngine, type Engine } from '../../main/engine/engine.ts';
import type { TrainerHandle } from '../../main/lib/launcher.ts';
import { createNodeLauncher } from '../../main/lib/node-launcher.ts';
import type { Recipe } from '../../shared/contract/recipe.ts';
import type { TrainerEvent } from '../../shared/contract/trainer.ts';
import type { JobNote, RunSummary } from '../../shared/contract/training.ts';
import type { CommandId, RunId } from '../../shared/domain/ids.ts';
import { writePhotos } from '../fixtures/studio/photos.ts';

/** The main job through the engine's own contract, with a real database, real images and a real trainer. */
let folder: string;
let engine: Engine;
let run: RunSummary;
let commands = 0;
const command = () => `main-job-${commands++}` as CommandId;
const give = (kind: 'folder' | 'save', path: string) => engine.context.grants.give(kind, path).id;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'enxerto-main-job-'));
  await writePhotos(join(folder, 'photos'), 15);
  writeFileSync(join(folder, 'photos', 'plain', 'broken.jpg'), 'not an image');
  engine = await createEngine({
    version: '0.0.0',
    userData: join(folder, 'user'),
    documents: folder,
    resources: fileURLToPath(new URL('../../resources', import.meta.url)),
    systemLanguage: 'en',
    launcher: { launch: async (id) => endingAt(await createNodeLauncher().launch(id)) },
  });
});
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});

/** Ends a trainer once, as a system without memory does, after an event that it is asked to. */
let isEnd: ((event: TrainerEvent) => boolean) | null = null;
function endingAt(handle: TrainerHandle): TrainerHandle {
  return {
    ...handle,
    onEvent: (listener) =>
      handle.onEvent((event) => {
        listener(event);
        if (!isEnd?.(event)) return;
        isEnd = null;
        handle.kill();
      }),
  };
}

/** The recommended recipe, made small enough for a test. */
function small(recipe: Recipe): Recipe {
  return {
    ...recipe,
    shape: 'square',
    size: 64,
    augmentation: { ...recipe.augmentation, views: 1 },
    phases: recipe.phases.map((phase) => ({ ...phase, epochs: 8 })),
  };
}

async function endOf(id: RunId) {
  let last = null;
  for await (const snapshot of await engine.client.training.watch({ run: id })) last = snapshot;
  return last!;
}

test('import: the good files are in, the broken one is listed, folders became classes', async () => {
  await engine.client.projects.create({
    commandId: command(),
    name: 'stripes',
    task: 'singleLabel',
    folder: give('folder', folder),
  });
  let report = null;
  const request = {
    commandId: command(),
    source: give('folder', join(folder, 'photos')),
    labels: { kind: 'folders' as const },
    groups: { kind: 'none' as const },
  };
  for await (const event of await engine.client.images.import(request)) {
    if (event.type === 'done') report = event.report;
  }
  expect(report).toMatchObject({ imported: 30 });
  expect(report?.failed.map((problem) => problem.file)).toEqual(['plain/broken.jpg']);
  expect((await engine.client.classes.list()).map((each) => each.name).sort()).toEqual(['plain', 'striped']);
});

test('train: recommended, estimated, watched, and honest about what was tested', async () => {
  const { training } = engine.client;
  const advice = await training.recommend({});
  const recipe = small(advice.recipe);
  const evaluation = { kind: 'kFold' as const, folds: 3, seed: 1 };
  const estimate = await training.estimate({ recipe, evaluation });
  expect(estimate.measured).toBe(true);
  expect(estimate.freeDiskBytes).toBeGreaterThan(estimate.diskBytes);
  const started = await training.start({ commandId: command(), recipe, evaluation, name: 'stripes' });
  const last = await endOf(started.id);
  expect(last.run.error).toBeNull();
  expect(last.run).toMatchObject({ state: 'done', hasModel: true });
  expect(last.computing).toMatchObject({ why: 'forced', training: { id: 'onnx', title: 'ONNX Runtime' } });
  run = last.run;
  const results = await training.results({ run: run.id });
  expect(results.tested).toBe(30);
  expect(results.perFold).toHaveLength(3);
  // Stripes are easy to see: were images and labels mixed up on the way, this would be a coin's toss.
  expect(results.accuracy.value).toBeGreaterThan(0.8);
  expect(new Set(last.epochs.map((epoch) => epoch.fold))).toEqual(new Set([0, 1, 2, null]));
}, 240_000);

test('a label is committed while a run is at work, and cancelling the run takes less than a second', async () => {
  const { training, images, labels } = engine.client;
  const recipe = { ...run, ...(await training.results({ run: run.id })) }.recipe;
  const long = { ...recipe, phases: recipe.phases.map((phase) => ({ ...phase, epochs: 500 })) };
  const started = await training.start({
    commandId: command(),
    recipe: { ...long, earlyStopping: { ...long.earlyStopping, patience: null } },
    evaluation: { kind: 'kFold', folds: 3, seed: 2 },
  });
  for await (const snapshot of await training.watch({ run: started.id })) {
    if (snapshot.progress?.stage === 'training') break;
  }
  const [plain] = await engine.client.classes.list();
  const ids = await images.ids({ filter: {}, sort: 'name', descending: false });
  const imageIds = ids.slice(0, 1);
  await labels.apply({ commandId: command(), imageIds, action: 'set', classId: plain!.id });
  const before = performance.now();
  const cancelled = await training.control({ run: started.id, action: 'cancel' });
  expect(performance.now() - before).toBeLessThan(1_500);
  expect(cancelled).toMatchObject({ state: 'cancelled', resumable: true });
}, 120_000);

test('predict: a folder becomes a table with a row for each file', async () => {
  const target = join(folder, 'answers.csv');
  let result = null;
  const request = {
    commandId: command(),
    run: run.id as RunId,
    source: give('folder', join(folder, 'photos')),
    target: give('save', target),
  };
  for await (const event of await engine.client.training.predict(request)) {
    if (event.type === 'done') result = event.result;
  }
  expect(result).toMatchObject({ images: 30 });
  expect(result?.failed).toHaveLength(1);
  const rows = readFileSync(target, 'utf8').trim().split('\r\n');
  expect(rows).toHaveLength(32);
  const right = rows.filter((row) => /^(plain|striped)\/\d+\.jpg,\1,/.test(row)).length;
  expect(right).toBeGreaterThan(24);
}, 120_000);

test('predict: a process that memory ended is followed by one that does what is left with fewer images at a time', async () => {
  const many = join(folder, 'many');
  mkdirSync(many);
  const photos = readdirSync(join(folder, 'photos', 'striped'));
  for (let at = 0; at < 150; at++) {
    const photo = join(folder, 'photos', 'striped', photos[at % photos.length]!);
    copyFileSync(photo, join(many, `${1000 + at}.jpg`));
  }
  const predict = async (name: string) => {
    const target = join(folder, name);
    const source = give('folder', many);
    const request = { commandId: command(), run: run.id as RunId, source, target: give('save', target) };
    const notes: JobNote[] = [];
    for await (const event of await engine.client.training.predict(request))
      if (event.type === 'progress') notes.splice(0, notes.length, ...event.notes);
    const rows = readFileSync(target, 'utf8').trim().split('\r\n');
    return { notes, rows: rows.map((row) => row.split(',')) };
  };
  const whole = await predict('whole.csv');
  expect(whole.notes).toEqual([]);
  let answers = 0;
  isEnd = ({ type }) => type === 'answers' && ++answers === 1;
  const parts = await predict('parts.csv');
  expect(answers).toBe(1);
  expect(parts.notes.map(({ code }) => code)).toEqual(['NEW_PROCESS', 'SMALLER_PASS']);
  expect(parts.rows.map(([file]) => file)).toEqual(whole.rows.map(([file]) => file));
  expect(parts.rows.map(([, named]) => named)).toEqual(whole.rows.map(([, named]) => named));
  for (const [at, [, , probability]] of parts.rows.entries())
    if (at > 0) expect(Number(probability)).toBeCloseTo(Number(whole.rows[at]![2]), 4);
}, 120_000);

test('export: a process that memory ended is followed by one that writes and proves the file', async () => {
  const target = join(folder, 'again.onnx');
  isEnd = (event) => event.type === 'progress' && event.progress.stage === 'verifying';
  const codes: string[] = [];
  const request = { commandId: command(), run: run.id, target: give('save', target) };
  for await (const event of await engine.client.training.exportOnnx(request)) {
    if (event.type === 'done') expect(event.result.certificate.passed).toBe(true);
    else codes.splice(0, codes.length, ...event.notes.map(({ code }) => code));
  }
  expect(codes).toEqual(['NEW_PROCESS', 'SMALLER_PASS']);
  expect(existsSync(target)).toBe(true);
}, 120_000);

test('export: the file stands alone and is proven to answer like the trained network', async () => {
  const target = join(folder, 'stripes.onnx');
  let certificate = null;
  const request = { commandId: command(), run: run.id, target: give('save', target) };
  for await (const event of await engine.client.training.exportOnnx(request)) {
    if (event.type === 'done') certificate = event.result.certificate;
  }
  expect(certificate).toMatchObject({ passed: true, bytes: statSync(target).size });
  expect(certificate?.images).toBeGreaterThanOrEqual(29);
  expect(certificate?.maxAbsDiff).toBeLessThan(1e-3);
}, 120_000);

test('report: one file, without script', async () => {
  const target = join(folder, 'report.html');
  await engine.client.training.report({ run: run.id, target: give('save', target) });
  expect(existsSync(target)).toBe(true);
  expect(readFileSync(target, 'utf8')).not.toMatch(/<script/i);
});
