import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cacheFolders } from '../../../main/lib/cache-folders.ts';
import { pipePair } from '../../../main/lib/ports.ts';
import { NetworkError } from '../../../main/trainer/graph/errors.ts';
import { createControl } from '../../../main/trainer/jobs/control.ts';
import { asStudioError } from '../../../main/trainer/jobs/errors.ts';
import { createReporter } from '../../../main/trainer/jobs/reporter.ts';
import { serveTrainer } from '../../../main/trainer/jobs/serve.ts';
import type { TrainerEvent } from '../../../shared/contract/trainer.ts';
import { ofType, serve } from '../support/serve.ts';
import { tinyRecipe, writeSmallRun } from '../support/small-run.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'enxerto-trainer-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

/** Epochs that would take minutes. */
const endless = { phases: [{ ...tinyRecipe.phases[0], epochs: 1000 }, tinyRecipe.phases[1]] };

test('cancel ends a run within a second and leaves a checkpoint', async () => {
  const { path } = await writeSmallRun(root, { recipe: endless });
  const run = serve(path);
  let asked = 0;
  run.onEvent((event) => {
    if (event.type !== 'epoch' || asked > 0) return;
    asked = performance.now();
    run.send({ type: 'cancel' });
  });
  expect(await run.end).toEqual({ type: 'cancelled' });
  expect(performance.now() - asked).toBeLessThan(1000);
  expect(JSON.parse(await readFile(join(root, 'run', 'checkpoint.json'), 'utf8'))).toMatchObject({
    finished: 0,
    current: { model: 0, phase: 0 },
  });
});

test('a cancelled and resumed run gives the bits of an uninterrupted one, and repeats what was finished', async () => {
  const whole = await writeSmallRun(join(root, 'whole'));
  expect(await serve(whole.path).end).toMatchObject({ type: 'done' });
  const parts = await writeSmallRun(join(root, 'parts'));
  let events: readonly TrainerEvent[] = [];
  for (let pieces = 0; pieces < 60; pieces++) {
    const run = serve(parts.path, true);
    let epochs = 0;
    run.onEvent((event) => {
      if (event.type === 'epoch' && ++epochs === 5) run.send({ type: 'cancel' });
    });
    const last = await run.end;
    events = run.events;
    if (last.type === 'done') break;
    expect(last.type).toBe('cancelled');
  }
  expect(events.at(-1)).toMatchObject({ type: 'done' });
  expect(ofType(events, 'modelDone').map((event) => event.fold)).toEqual([0, 1, null]);
  for (const name of ['weights.safetensors', 'fold-0.safetensors', 'fold-1.safetensors']) {
    const [one, other] = await Promise.all(
      ['whole', 'parts'].map((folder) => readFile(join(root, folder, 'run', name))),
    );
    expect(other!.equals(one!), name).toBe(true);
  }
});

test('a checkpoint that is damaged or has lost a part is refused with the reason, not gone on from', async () => {
  const { path } = await writeSmallRun(root, { recipe: endless });
  const run = serve(path);
  run.onEvent((event) => {
    if (event.type === 'epoch') run.send({ type: 'cancel' });
  });
  expect(await run.end).toEqual({ type: 'cancelled' });
  const folder = join(root, 'run');
  const [name] = (await readdir(folder)).filter((each) => each.endsWith('.safetensors'));
  const tensors = join(folder, name!);
  const whole = await readFile(tensors);
  const resumed = async () => {
    const last = await serve(path, true).end;
    return last.type === 'failed' ? [last.code, last.params.reason] : last.type;
  };
  // One bit of one weight: the file is still a whole one of its kind.
  const changed = Buffer.from(whole);
  changed[changed.length - 3]! ^= 1;
  await writeFile(tensors, changed);
  expect(await resumed()).toEqual(['RUN_NOT_RESUMABLE', 'its checkpoint is damaged']);
  await writeFile(tensors, whole.subarray(0, whole.length / 2));
  expect(await resumed()).toEqual(['RUN_NOT_RESUMABLE', 'its checkpoint is damaged']);
  await unlink(tensors);
  expect(await resumed()).toEqual(['RUN_NOT_RESUMABLE', 'a part of its checkpoint is missing']);
  await writeFile(join(folder, 'checkpoint.json'), '{"version":1,');
  expect(await resumed()).toEqual(['RUN_NOT_RESUMABLE', 'its checkpoint is damaged']);
});

test('a run whose finished part is damaged or gone is not gone on with', async () => {
  const { path } = await writeSmallRun(root, { folds: [0], finalModel: false });
  expect(await serve(path).end).toMatchObject({ type: 'done' });
  const file = join(root, 'run', 'fold-0.json');
  const text = await readFile(file, 'utf8');
  const refused = { type: 'failed', code: 'RUN_NOT_RESUMABLE', params: { file } };
  await writeFile(file, text.slice(0, -20));
  expect(await serve(path, true).end).toMatchObject(refused);
  await unlink(file);
  expect(await serve(path, true).end).toMatchObject(refused);
  await writeFile(file, text);
  expect(await serve(path, true).end).toMatchObject({ type: 'done' });
});

test('what a process that was killed had written of a file is removed with the next checkpoint', async () => {
  const { path } = await writeSmallRun(root, { folds: [] });
  for (const name of ['checkpoint-0-0-ab.safetensors', 'weights.safetensors.1234567', 'final.json.76'])
    await writeFile(join(root, 'run', name), 'half');
  expect(await serve(path, true).end).toMatchObject({ type: 'done' });
  expect((await readdir(join(root, 'run'))).sort()).toEqual([
    'checkpoint.json',
    'final.json',
    'final.safetensors',
    'model.json',
    'weights.safetensors',
  ]);
});

test('a checkpoint of another manifest is refused', async () => {
  const { path } = await writeSmallRun(root);
  await serve(path).end;
  const other = await writeSmallRun(root, { seed: 2 });
  expect(await serve(other.path, true).end).toMatchObject({ type: 'failed', code: 'RUN_NOT_RESUMABLE' });
});

test('a run that is cancelled while its images are described holds none of their folders', async () => {
  const { path } = await writeSmallRun(root, { images: 48 });
  const run = serve(path);
  run.onEvent((event) => {
    if (event.type === 'progress' && event.progress.stage === 'features') run.send({ type: 'cancel' });
  });
  expect(await run.end).toEqual({ type: 'cancelled' });
  const folders = await cacheFolders(join(root, 'cache'));
  expect(folders.length).toBeGreaterThan(0);
  expect(folders.filter(({ inUse }) => inUse)).toEqual([]);
});

test('a run goes on when its images lie elsewhere, also from a checkpoint of an earlier version', async () => {
  const { path, manifest } = await writeSmallRun(root, { recipe: endless });
  const cut = async () => {
    const run = serve(path, true);
    run.onEvent((event) => {
      if (event.type === 'epoch') run.send({ type: 'cancel' });
    });
    expect(await run.end).toEqual({ type: 'cancelled' });
  };
  await cut();
  const checkpoint = join(root, 'run', 'checkpoint.json');
  const { files: _, ...said } = manifest;
  const earlier = createHash('sha256').update(JSON.stringify(said)).digest('hex');
  const written = JSON.parse(await readFile(checkpoint, 'utf8'));
  await writeFile(checkpoint, JSON.stringify({ ...written, manifest: earlier }));
  await cut();
  await rename(join(root, 'photos'), join(root, 'moved'));
  const images = manifest.images.map((image) => ({ ...image, path: image.path.replace('photos', 'moved') }));
  await writeFile(path, JSON.stringify({ ...manifest, images }));
  await cut();
  const other = images.map((image, index) => (index === 0 ? { ...image, sha256: 'a'.repeat(64) } : image));
  await writeFile(path, JSON.stringify({ ...manifest, images: other }));
  expect(await serve(path, true).end).toMatchObject({ type: 'failed', code: 'RUN_NOT_RESUMABLE' });
});

test('a paused run stands still until it is resumed', async () => {
  const { path } = await writeSmallRun(root, { folds: [] });
  const run = serve(path);
  run.onEvent((event) => {
    if (event.type === 'epoch' && ofType(run.events, 'epoch').length === 1) run.send({ type: 'pause' });
  });
  // A pause begins with a checkpoint, and nothing is learned after it.
  await expect.poll(() => existsSync(join(root, 'run', 'checkpoint.json'))).toBe(true);
  expect(ofType(run.events, 'progress').at(-1)!.progress.paused).toBe(true);
  const epochs = ofType(run.events, 'epoch').length;
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(ofType(run.events, 'epoch')).toHaveLength(epochs);
  expect(epochs).toBeLessThan(16);
  run.send({ type: 'resume' });
  expect(await run.end).toMatchObject({ type: 'done' });
});

test('a trainer whose parent has gone stops by itself', async () => {
  const { path } = await writeSmallRun(root, { recipe: endless });
  const { left, right, close } = pipePair();
  const done = serveTrainer(right, { now: () => performance.now() });
  left.postMessage({ type: 'start', manifest: path, resume: false });
  left.onMessage((message) => {
    if ((message as TrainerEvent).type === 'epoch') close();
  });
  await done;
});

test('messages that are no commands are answered with a warning, not with an end', async () => {
  const { left, right } = pipePair();
  const events: TrainerEvent[] = [];
  left.onMessage((message) => events.push(message as TrainerEvent));
  const done = serveTrainer(right, { now: () => 0 });
  left.postMessage({ type: 'explode' });
  left.postMessage({ type: 'cancel' });
  await done;
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(events.map((event) => event.type)).toEqual(['ready', 'log', 'cancelled']);
});

test('progress is sent at most ten times a second, and the last state always arrives', () => {
  let time = 0;
  const sent: TrainerEvent[] = [];
  const reporter = createReporter((event) => sent.push(event), { now: () => time });
  for (; time < 1000; time += 10) reporter.progress({ done: time });
  reporter.send({ type: 'cancelled' });
  expect(sent.length).toBeLessThanOrEqual(12);
  expect(sent.at(-2)).toMatchObject({ type: 'progress', progress: { done: 990 } });
});

test('breathing waits while paused and throws once cancelled', async () => {
  const control = createControl();
  control.pause();
  let went = false;
  const waiting = control.breathe().then(() => {
    went = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(went).toBe(false);
  control.resume();
  await waiting;
  control.cancel();
  await expect(control.breathe()).rejects.toMatchObject({ code: 'CANCELLED' });
});

test.each([
  [Object.assign(new Error('no space'), { code: 'ENOSPC', path: '/x' }), 'NO_SPACE'],
  [Object.assign(new Error('denied'), { code: 'EACCES' }), 'NO_PERMISSION'],
  [new RangeError('Array buffer allocation failed'), 'OUT_OF_MEMORY'],
  [new Error('std::bad_alloc'), 'OUT_OF_MEMORY'],
  [
    new NetworkError('EXECUTION_FAILED', 'OpenVINO failed to run "net" (-17): std::bad_alloc'),
    'OUT_OF_MEMORY',
  ],
  [new NetworkError('UNSUPPORTED_OPERATOR', 'Conv "a" has no kernel.'), 'NETWORK_UNSUPPORTED'],
  ['something', 'INTERNAL'],
])('%s becomes %s', (error, code) => {
  expect(asStudioError(error)).toMatchObject({ code });
});
