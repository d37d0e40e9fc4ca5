import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Engine } from '../../../main/engine/engine.ts';
import { estimateWork } from '../../../main/engine/training/estimate.ts';
import type { Recipe } from '../../../shared/contract/recipe.ts';
import { defaultRecipeForTests } from '../../fixtures/trainer/recipe.ts';
import { type Part, scriptedLauncher } from '../../fixtures/trainer/scripted-launcher.ts';
import {
  endOf,
  nextCommand,
  type SeedImage,
  seedProject,
  startEngine,
  startRun,
} from '../../fixtures/trainer/scripted-studio.ts';

let folder: string;
let engine: Engine;
let part: Part;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'enxerto-advice-'));
  part = 'honest';
  engine = await startEngine(
    folder,
    scriptedLauncher(() => part),
  );
});
afterEach(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});

const images = (counts: readonly number[], more: (index: number) => Partial<SeedImage> = () => ({})) =>
  counts.flatMap((count, label) =>
    Array.from({ length: count }, (_, index): SeedImage => ({ labels: [label], ...more(index) })),
  );
const codes = (items: readonly { readonly code: string }[]) => items.map((item) => item.code);

test('enough images: feature extraction, then the last blocks, every image tested once', async () => {
  await seedProject(engine, folder, { classes: ['a', 'b'], images: images([30, 30]) });
  const advice = await engine.client.training.recommend({});
  expect(advice.recipe.strategy).toBe('hybrid');
  expect(advice.evaluation).toMatchObject({ kind: 'kFold', folds: 5 });
  expect(codes(advice.reasons)).toEqual(
    expect.arrayContaining(['fewImages', 'headFirst', 'lastBlocks', 'everyImageTested']),
  );
  expect(codes(advice.warnings)).toEqual(['noGroups']);
  const chosen = await engine.client.training.recommend({ strategy: 'scratch' });
  expect(chosen.recipe).toMatchObject({ strategy: 'scratch', backbone: null });
  expect(codes(chosen.reasons)).toEqual(expect.arrayContaining(['chosen', 'scratchRival']));
});

test('few images a class: only the new part, with a word on each class that is too small', async () => {
  await seedProject(engine, folder, { classes: ['a', 'b', 'c'], images: images([8, 3, 1]) });
  const advice = await engine.client.training.recommend({});
  expect(advice.recipe.strategy).toBe('featureExtraction');
  expect(codes(advice.reasons)).toContain('headOnly');
  expect(advice.recipe.classWeights).toBe('balanced');
  expect(advice.warnings).toEqual(
    expect.arrayContaining([
      { code: 'classFew', severity: 'warn', params: { name: 'b', images: 3 } },
      { code: 'classTooSmall', severity: 'warn', params: { name: 'c', images: 1, needed: 2 } },
      { code: 'imbalance', severity: 'warn', params: { largest: 'a', smallest: 'c', ratio: 8 } },
    ]),
  );
});

test('groups, copies, stated folds, changed and missing files are seen', async () => {
  const bad: SeedImage[] = [
    { labels: [0], file: 'changed', group: 'p0' },
    { labels: [0], file: 'missing', group: 'p0' },
    { labels: [], group: 'p0' },
  ];
  const good = images([20, 20], (index) => ({
    group: `p${index % 6}`,
    fold: index % 3,
    ...(index < 2 && { sha256: 'f'.repeat(64) }),
  }));
  await seedProject(engine, folder, { classes: ['a', 'b'], images: [...good, ...bad] });
  const advice = await engine.client.training.recommend({});
  expect(advice.evaluation).toEqual({ kind: 'stated' });
  expect(codes(advice.reasons)).toEqual(expect.arrayContaining(['statedFolds', 'groupsKept']));
  expect(codes(advice.warnings).sort()).toEqual(['changedFiles', 'duplicates', 'missingFiles', 'unlabeled']);
  expect(advice.images).toBe(40);
});

test.each([
  [[], ['a', 'b'], 'noImages'],
  [[{ labels: [] }], [], 'noClasses'],
  [[{ labels: [] }], ['a', 'b'], 'noLabels'],
  [[{ labels: [0] }, { labels: [0] }], ['a', 'b'], 'oneClass'],
] as const)('what makes training impossible stops it (%#)', async (seeded, classes, code) => {
  await seedProject(engine, folder, { classes, images: seeded });
  const advice = await engine.client.training.recommend({});
  expect(advice.warnings.filter((warning) => warning.severity === 'stop').map((each) => each.code)).toEqual([
    code,
  ]);
  await expect(startRun(engine)).rejects.toMatchObject({
    code: code === 'oneClass' ? 'ONE_CLASS' : 'TOO_FEW_IMAGES',
  });
  expect(await engine.client.training.runs()).toEqual([]);
});

test('the estimate grows with images, networks and thawed blocks, and says whether it was measured', () => {
  const report = {
    backbone: 'b',
    blocks: [3e7, 1e7].map((inference, at) => ({
      id: ['early', 'late'][at]!,
      parameters: 1,
      multiplyAdds: 50,
      level: 'final' as const,
      stepBytes: { inference, folded: inference, adapted: 2 * inference, columns: inference / 2 },
      cutValues: [null, 70_000][at]!,
    })),
    parameters: 2,
    featureSize: { last: 100, multiLevel: 200 },
    forwardRate: 100,
  };
  const work = { images: 200, models: 6, aspect: 2, megapixels: 0.1, threads: 2, report, inputSize: 224 };
  const [phase] = defaultRecipeForTests.phases;
  const head = {
    ...defaultRecipeForTests,
    backbone: 'b' as never,
    size: null,
    phases: [{ ...phase!, name: 'head' as const }],
  };
  const thawed = {
    ...head,
    phases: [{ ...phase!, name: 'fineTuning' as const, trainableBlocks: ['late'] }],
  };
  const features = estimateWork(head, work);
  expect(features.measured).toBe(true);
  expect(features.seconds).toBeGreaterThan(2);
  expect(estimateWork(head, { ...work, images: 400 }).seconds).toBeGreaterThan(features.seconds);
  expect(estimateWork(thawed, work).seconds).toBeGreaterThan(features.seconds);
  expect(estimateWork(thawed, work).memoryBytes).toBeGreaterThan(features.memoryBytes);
  const adapted = { ...thawed, batchNorm: 'adapted' as const };
  expect(
    estimateWork(adapted, work).memoryBytes - estimateWork(thawed, work).memoryBytes,
    'the batch’s own statistics take their place',
  ).toBeCloseTo(thawed.batchSize * 1.55e7, -4);
  const gradual = {
    ...head,
    phases: [
      {
        ...phase!,
        trainableBlocks: ['early', 'late'],
        unfreezing: { kind: 'schedule' as const, start: 1, every: 1 },
      },
    ],
  };
  const atOnce = { ...head, phases: [{ ...phase!, trainableBlocks: ['early', 'late'] }] };
  expect(
    estimateWork(gradual, work).memoryBytes - estimateWork(atOnce, work).memoryBytes,
    'programs of the blocks before are kept',
  ).toBeGreaterThan(thawed.batchSize * 1.5e7);
  expect(estimateWork({ ...head, shape: 'aspect' }, work).seconds).toBeGreaterThan(features.seconds);
  expect(estimateWork(head, { ...work, report: null }).measured).toBe(false);
  const kept = (wanted: Recipe) =>
    estimateWork({ ...wanted, shape: 'square', features: 'last' }, work).diskBytes;
  expect(kept(thawed) / kept(head), 'what crosses the cut is kept').toBeCloseTo(70_100 / 100, 6);
  expect(kept(atOnce) - kept(head), 'the whole network reads pixels').toBe(200 * 224 * 224 * 3);
  const twice = estimateWork(thawed, { ...work, speedup: { forward: 1, training: 2 } });
  expect(twice.seconds, 'a faster executor is reckoned with').toBeLessThan(
    estimateWork(thawed, work).seconds,
  );
});

test('a folder becomes a table: one row an image, unreadable ones with their reason, whole or not at all', async () => {
  await seedProject(engine, folder, { classes: ['a, "quoted"', 'b'], images: images([6, 6]) });
  const run = await startRun(engine);
  await endOf(engine, run.id);
  const photos = mkdtempSync(join(folder, 'photos-'));
  for (const name of ['2.jpg', '10.jpg', '1.jpg', 'broken.jpg']) writeFileSync(join(photos, name), 'x');
  const target = join(folder, 'answers.csv');
  const grants = engine.context.grants;
  const request = {
    commandId: nextCommand(),
    run: run.id,
    source: grants.give('folder', photos).id,
    target: grants.give('save', target).id,
  };
  let result = null;
  for await (const event of await engine.client.training.predict(request))
    if (event.type === 'done') result = event.result;
  expect(result).toMatchObject({ images: 3, byClass: [{ images: 3 }, { name: 'b', images: 0 }] });
  expect(result?.failed).toEqual([{ file: 'broken.jpg', code: 'FILE_UNREADABLE', message: 'not an image' }]);
  expect(readFileSync(target, 'utf8').split('\r\n')).toEqual([
    'file,class,probability,"a, ""quoted""",b,error',
    '1.jpg,"a, ""quoted""",0.900000,0.900000,0.100000,',
    '2.jpg,"a, ""quoted""",0.900000,0.900000,0.100000,',
    '10.jpg,"a, ""quoted""",0.900000,0.900000,0.100000,',
    'broken.jpg,,,,,not an image',
    '',
  ]);
  const empty = grants.give('folder', mkdtempSync(join(folder, 'empty-'))).id;
  const nothing = engine.client.training.predict({ ...request, commandId: nextCommand(), source: empty });
  await expect(
    (async () => {
      for await (const _ of await nothing);
    })(),
  ).rejects.toMatchObject({ code: 'FOLDER_EMPTY' });
});

test('of two networks that are taken under one name at once, the first stays whole', async () => {
  const { grants, userData } = engine.context;
  const file = join(folder, 'net.onnx');
  writeFileSync(file, '');
  const take = async (name: string) => {
    const nothing = { scaling: 'unit', mean: null, std: null, order: null, size: null, features: null };
    const unsaid = {
      licence: null,
      trainedOn: null,
      knownBias: null,
      reference: null,
      referenceImages: null,
      weights: null,
    };
    const network = grants.give('file', file).id;
    const request = { network, id: 'mine', name, check: 'values' as const, ...nothing, ...unsaid };
    for await (const _ of await engine.client.training.adoptBackbone(request));
    return name;
  };
  // What a crash left of an earlier attempt is in nobody's way.
  mkdirSync(join(userData, 'backbones', 'mine'), { recursive: true });
  writeFileSync(join(userData, 'backbones', 'mine', 'mine.onnx'), '');
  const results = await Promise.allSettled([take('one'), take('other')]);
  const [taken] = results.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  expect(results).toContainEqual({
    status: 'rejected',
    reason: expect.objectContaining({ code: 'BAD_REQUEST' }),
  });
  const card = readFileSync(join(userData, 'backbones', 'mine', 'mine.json'), 'utf8');
  expect(JSON.parse(card)).toEqual({ name: taken });
});

test('an export whose process is ended by force leaves nothing behind', async () => {
  await seedProject(engine, folder, { classes: ['a', 'b'], images: images([4, 4]) });
  const run = await startRun(engine);
  await endOf(engine, run.id);
  part = 'dies';
  const out = mkdtempSync(join(folder, 'out-'));
  const target = engine.context.grants.give('save', join(out, 'model.onnx')).id;
  const events = await engine.client.training.exportOnnx({ commandId: nextCommand(), run: run.id, target });
  await expect(
    (async () => {
      for await (const _ of events);
    })(),
  ).rejects.toMatchObject({ code: 'TRAINER_CRASHED' });
  expect(readdirSync(out)).toEqual([]);
});

test('an export stores its certificate, which the report then shows', async () => {
  await seedProject(engine, folder, { classes: ['a', 'b'], images: images([40, 40]) });
  const run = await startRun(engine);
  await endOf(engine, run.id);
  const target = engine.context.grants.give('save', join(folder, 'model.onnx')).id;
  let certificate = null;
  for await (const event of await engine.client.training.exportOnnx({
    commandId: nextCommand(),
    run: run.id,
    target,
  })) {
    if (event.type === 'done') certificate = event.result.certificate;
  }
  expect(certificate).toMatchObject({ images: 64, passed: true });
  const report = engine.context.grants.give('save', join(folder, 'report.html')).id;
  await engine.client.training.report({ run: run.id, target: report });
  expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('b'.repeat(64));
});
