import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ort from 'onnxruntime-node';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { compareAnswers } from '../../../main/trainer/export/parity.ts';
import { writeSafetensors } from '../../../main/trainer/loop/safetensors.ts';
import type { TrainManifest } from '../../../shared/contract/trainer.ts';
import { ofType, serve } from '../support/serve.ts';
import { scratchRecipe, tinyRecipe, writeSmallRun } from '../support/small-run.ts';

let root: string;
let manifest: TrainManifest;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'enxerto-trainer-'));
  ({ manifest } = await writeSmallRun(root, { folds: [] }));
  await serve(join(root, 'manifest.json')).end;
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

async function job(name: string, content: Record<string, unknown>) {
  const path = join(root, `${name}.json`);
  const { files, runtime } = manifest;
  const draft = join(root, 'draft.tmp');
  await writeFile(
    path,
    JSON.stringify({ version: 1, job: name, model: files.folder, files, runtime, draft, ...content }),
  );
  return serve(path);
}
const photos = () => manifest.images.map((image) => ({ key: String(image.id), path: image.path }));

test('predictions come in the order of the files, with the reason for each that could not be read', async () => {
  const broken = join(root, 'broken.jpg');
  await writeFile(broken, 'not a photo');
  const images = [...photos().slice(0, 10), { key: 'broken', path: broken }, ...photos().slice(10)];
  const run = await job('predict', { images });
  expect(await run.end).toMatchObject({ type: 'done', record: { images: 25, failed: 1 } });
  const answers = ofType(run.events, 'answers').flatMap((event) => event.answers);
  expect(answers.map((answer) => answer.key)).toEqual(images.map((image) => image.key));
  expect(answers[10]).toMatchObject({ probabilities: null, error: expect.stringContaining(broken) });
  const right = answers.filter((answer) => {
    const image = manifest.images.find((each) => String(each.id) === answer.key);
    const { probabilities } = answer;
    return image && probabilities && probabilities.indexOf(Math.max(...probabilities)) === image.labels[0];
  });
  expect(right.length).toBeGreaterThanOrEqual(22);
});

test('the exported file answers like the trained model from the image file on, and says what it is', async () => {
  const target = join(root, 'model.onnx');
  const run = await job('export', { images: photos(), target });
  expect(await run.end).toMatchObject({ type: 'done' });
  const { certificate } = ofType(run.events, 'exported')[0]!;
  expect(certificate).toMatchObject({ images: 24, top1Agreement: 1, passed: true, file: target });
  expect(certificate.maxAbsDiff).toBeLessThan(1e-3);
  expect(JSON.parse(await readFile(`${target}.certificate.json`, 'utf8'))).toEqual(certificate);
  const session = await ort.InferenceSession.create(target);
  expect([session.inputNames, session.outputNames]).toEqual([['image'], ['probabilities']]);
  expect((await readFile(target)).includes('enxerto.classes')).toBe(true);
});

test('an export that cannot be proven leaves nothing behind', async () => {
  const folder = await mkdtemp(join(root, 'unproven-'));
  const run = await job('export', {
    images: photos(),
    target: join(folder, 'model.onnx'),
    draft: join(folder, 'draft.tmp'),
    runtime: { threads: 1, executor: process.platform === 'darwin' ? 'onnx-directml' : 'onnx-coreml' },
  });
  expect(await run.end).toMatchObject({ type: 'failed', code: 'EXECUTOR_UNAVAILABLE' });
  expect(await readdir(folder)).toEqual([]);
});

test.each([
  ['landscape', 200, 60],
  ['portrait', 40, 90],
  ['one pixel high', 30, 1],
  ['the shape itself', 32, 32],
])('an exported model takes any size: %s', async (_, width, height) => {
  const path = join(root, `${width}x${height}.png`);
  await sharp({ create: { width, height, channels: 3, background: { r: 200, g: 90, b: 20 } } })
    .png()
    .toFile(path);
  const run = await job('export', { images: [{ key: 'x', path }], target: join(root, 'any.onnx') });
  expect(await run.end).toMatchObject({ type: 'done', record: { certificate: { images: 1, passed: true } } });
});

test.each([
  ['from scratch', scratchRecipe, 'singleLabel'],
  [
    'several labels, hidden layer, folded',
    { ...tinyRecipe, head: { hidden: 6, dropout: 0 }, foldedBatchNorm: true },
    'multiLabel',
  ],
] as const)('every kind of model can be exported: %s', async (_, recipe, task) => {
  const folder = await mkdtemp(join(root, 'kind-'));
  const other = await writeSmallRun(folder, { recipe, task, folds: [] });
  await serve(other.path).end;
  const { files } = other.manifest;
  const run = await job('export', {
    model: files.folder,
    files,
    images: photos(),
    target: join(folder, 'm.onnx'),
  });
  expect(await run.end).toMatchObject({
    type: 'done',
    record: { certificate: { images: 24, passed: true } },
  });
});

test('weights that changed after training are refused', async () => {
  const folder = await mkdtemp(join(root, 'changed-'));
  await writeFile(join(folder, 'weights.safetensors'), writeSafetensors(new Map()));
  await writeFile(join(folder, 'model.json'), await readFile(join(manifest.files.folder, 'model.json')));
  const run = await job('predict', { model: folder, images: photos() });
  expect(await run.end).toMatchObject({ type: 'failed', code: 'FILE_UNREADABLE' });
  const none = await job('predict', { model: root, images: photos() });
  expect(await none.end).toMatchObject({ type: 'failed', code: 'NOT_FOUND' });
});

test('a model that is there but cannot be read is not said to be missing', async () => {
  const folder = await mkdtemp(join(root, 'unreadable-'));
  await mkdir(join(folder, 'model.json'));
  const said = {
    type: 'failed',
    code: 'FILE_UNREADABLE',
    message: expect.stringContaining('it is a folder'),
  };
  expect(await (await job('predict', { model: folder, images: photos() })).end).toMatchObject(said);
  await rm(join(folder, 'model.json'), { recursive: true });
  await writeFile(join(folder, 'model.json'), await readFile(join(manifest.files.folder, 'model.json')));
  await mkdir(join(folder, 'weights.safetensors'));
  expect(await (await job('predict', { model: folder, images: photos() })).end).toMatchObject(said);
});

test('a difference in probability, another class or not-a-number fails the certificate', () => {
  const same = { trained: [0.9, 0.1], exported: [0.9, 0.1] };
  expect(compareAnswers([same])).toMatchObject({ passed: true, maxAbsDiff: 0 });
  expect(compareAnswers([same, { trained: [0.9, 0.1], exported: [0.898, 0.102] }]).passed).toBe(false);
  expect(compareAnswers([same, { trained: [0.9, 0.1], exported: [Number.NaN, 0.1] }]).passed).toBe(false);
  expect(compareAnswers([{ trained: [0.5001, 0.4999], exported: [0.4999, 0.5001] }]).passed).toBe(false);
  expect(compareAnswers([]).passed).toBe(false);
});

test('inspect lists blocks and sizes and remembers the measured rate', async () => {
  const run = await job('inspect', { measure: true });
  expect(await run.end).toMatchObject({ type: 'done' });
  const [event] = ofType(run.events, 'inspected');
  const report = event!.reports[0]!;
  expect(report).toMatchObject({ backbone: 'tiny', featureSize: { last: 24, multiLevel: 40 } });
  expect(report.blocks.map(({ id, parameters, level }) => [id, parameters, level])).toEqual([
    ['stem', 3 * 8 * 9 + 16, 'initial'],
    ['middle', 8 * 16 * 9 + 32, 'intermediate'],
    ['head', 16 * 24 * 9 + 48, 'final'],
  ]);
  expect(report.blocks[0]!.multiplyAdds).toBe(16 * 16 * 8 * 27);
  const again = await job('inspect', { measure: true });
  await again.end;
  expect(ofType(again.events, 'inspected')[0]!.reports[0]!.forwardRate).toBe(report.forwardRate);
});

test('a rate is a number also where the clock stands still', async () => {
  onTestFinished(() => void vi.restoreAllMocks());
  vi.spyOn(performance, 'now').mockReturnValue(1);
  const cache = await mkdtemp(join(root, 'clock-'));
  const run = await job('inspect', { measure: true, files: { ...manifest.files, cache } });
  expect(await run.end).toMatchObject({ type: 'done' });
  expect(ofType(run.events, 'inspected')[0]!.reports[0]!.forwardRate).toBeGreaterThan(0);
});
