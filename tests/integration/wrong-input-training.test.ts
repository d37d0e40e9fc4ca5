import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createEngine, type Engine } from '../../main/engine/engine.ts';
import { createNodeLauncher } from '../../main/lib/node-launcher.ts';
import type { Recipe, Strategy } from '../../shared/contract/recipe.ts';
import type { CommandId } from '../../shared/domain/ids.ts';
import { canMount, enxerto, fill, smallDisk } from '../fixtures/studio/command-line.ts';
import { writePhotos } from '../fixtures/studio/photos.ts';

/** What can go wrong from training to export, with real trainers: said clearly, nothing lost, and gone on with after. */
let folder: string;
let photos: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'enxerto-wrong-'));
  photos = join(folder, 'photos');
  await writePhotos(photos, 8);
});
afterAll(() => rmSync(folder, { recursive: true }));
const reason = canMount ? '' : ' (skipped: mounting small disks needs root on Linux)';

let commands = 0;
const command = () => `wrong-${commands++}` as CommandId;

/** An engine with a new project in `place` that holds the images of `source`, labeled by their folders. */
async function studio(place: string, source: string): Promise<Engine> {
  const engine = await createEngine({
    version: '0.0.0',
    userData: mkdtempSync(join(folder, 'user-')),
    documents: folder,
    resources: fileURLToPath(new URL('../../resources', import.meta.url)),
    systemLanguage: 'en',
    launcher: createNodeLauncher(),
  });
  onTestFinished(() => engine.close());
  const { client, context } = engine;
  const give = (path: string) => context.grants.give('folder', path).id;
  await client.projects.create({ commandId: command(), name: 'p', task: 'singleLabel', folder: give(place) });
  const labels = { kind: 'folders' as const };
  const order = { commandId: command(), source: give(source), labels, groups: { kind: 'none' as const } };
  for await (const _ of await client.images.import(order));
  return engine;
}

/** A recommended recipe, made small. */
async function recipe(engine: Engine, strategy: Strategy, epochs: number): Promise<Recipe> {
  const { recipe: whole } = await engine.client.training.recommend({ strategy });
  const phases = whole.phases.map((phase) => ({ ...phase, epochs }));
  return { ...whole, shape: 'square', size: 64, augmentation: { ...whole.augmentation, views: 1 }, phases };
}

async function train(
  engine: Engine,
  strategy: Strategy,
  epochs: number,
  onEpoch: () => void = () => undefined,
) {
  const run = await engine.client.training.start({
    commandId: command(),
    recipe: await recipe(engine, strategy, epochs),
    evaluation: { kind: 'kFold', folds: 2, seed: 1 },
  });
  return follow(engine, run.id, onEpoch);
}
type Run = Awaited<ReturnType<Engine['client']['training']['start']>>;
async function follow(engine: Engine, run: Run['id'], onEpoch: () => void = () => undefined) {
  let last = null;
  for await (const snapshot of await engine.client.training.watch({ run })) {
    if (snapshot.epochs.length > 0) onEpoch();
    last = snapshot;
  }
  return last!;
}
const failure = (call: Promise<unknown>) =>
  call.then(
    () => Promise.reject(new Error('expected to fail')),
    (error: { code: string; message: string }) => error,
  );

test('files gone or damaged when the trainer comes to them are named by the run, and the others learned', async () => {
  const lost = join(folder, 'lost');
  await writePhotos(lost, 8, 2);
  const engine = await studio(mkdtempSync(join(folder, 'place-')), lost);
  const { client } = engine;
  const started = await client.training.start({
    commandId: command(),
    recipe: await recipe(engine, 'featureExtraction', 3),
    evaluation: { kind: 'kFold', folds: 2, seed: 1 },
  });
  // The trainer is a process that has only just begun to load.
  rmSync(join(lost, 'plain/3.jpg'));
  writeFileSync(join(lost, 'striped/4.jpg'), readFileSync(join(lost, 'striped/4.jpg')).subarray(0, 700));
  const { run, log } = await follow(engine, started.id);
  expect(run.state).toBe('done');
  const said = log.map(({ message }) => message).join('\n');
  expect(said).toContain(join(lost, 'plain/3.jpg'));
  expect(said).toContain('Put it back');
  expect(said).toContain(`${join(lost, 'striped/4.jpg')} has changed since it was labeled`);
  expect((await client.training.results({ run: run.id })).tested).toBe(14);
  expect(await client.images.recheck()).toMatchObject({ ok: 14, missing: 1, unreadable: 1 });
});

test('from one class, a class of one image and three images: refused or learned, never a crash', async () => {
  const [one, alone, three] = ['one', 'alone', 'three'].map((name) => join(folder, name));
  const copy = (target: string, images: Readonly<Record<string, number>>) => {
    for (const [name, count] of Object.entries(images)) {
      mkdirSync(join(target, name), { recursive: true });
      for (let index = 1; index <= count; index++)
        copyFileSync(join(photos, name, `${index}.jpg`), join(target, name, `${index}.jpg`));
    }
  };
  copy(one!, { plain: 3 });
  copy(alone!, { plain: 5, striped: 1 });
  copy(three!, { plain: 2, striped: 1 });
  writeFileSync(join(folder, 'one.csv'), 'file,class\nplain/1.jpg,x\nplain/2.jpg,x\n');
  await enxerto(folder, 'import', 'p-one', 'one', '--labels', 'one.csv');
  const refused = await enxerto(folder, 'train', 'p-one');
  expect([refused.code, refused.said]).toEqual([
    1,
    expect.stringMatching(/^ONE_CLASS: .*label images of a second one/m),
  ]);
  for (const source of [alone!, three!]) {
    const engine = await studio(mkdtempSync(join(folder, 'place-')), source);
    const { run } = await train(engine, 'featureExtraction', 2);
    expect(run.state).toBe('done');
    const { notes } = await engine.client.training.results({ run: run.id });
    expect(notes.length).toBeGreaterThan(0);
  }
});

test.skipIf(!canMount)(
  `a disk that fills up during a run ends it, and it goes on once there is room${reason}`,
  async () => {
    const disk = smallDisk('120m');
    const engine = await studio(disk, photos);
    let ballast = '';
    const { run } = await train(engine, 'fineTuning', 12, () => {
      if (ballast === '') ballast = fill(disk);
    });
    expect(run).toMatchObject({ state: 'failed', resumable: true, error: { code: 'NO_SPACE' } });
    expect(run.error?.message).toMatch(/[Ff]ree some space/);
    rmSync(ballast);
    const stored = async () => (await engine.client.training.runs())[0];
    while ((await stored())?.state !== 'failed') await new Promise((resolve) => setTimeout(resolve, 200));
    await engine.client.training.resume({ commandId: command(), run: run.id });
    expect((await follow(engine, run.id)).run).toMatchObject({ state: 'done', error: null });
  },
);

test.skipIf(!canMount)(
  `features, tables, exports and reports that do not fit leave what was there${reason}`,
  async () => {
    const engine = await studio(mkdtempSync(join(folder, 'place-')), photos);
    const { run } = await train(engine, 'featureExtraction', 2);
    const disk = smallDisk('1m');
    const { client, context } = engine;
    const names = ['a.csv', 'a.onnx', 'a.html'] as const;
    for (const name of names) writeFileSync(join(disk, name), `earlier ${name}`);
    fill(disk);
    const target = (name: string) => context.grants.give('save', join(disk, name)).id;
    const drain = async (events: Promise<AsyncIterable<unknown>>) => {
      for await (const _ of await events);
    };
    const id = { run: run.id, commandId: command() };
    const source = context.grants.give('folder', photos).id;
    const failures = await Promise.all([
      failure(drain(client.training.predict({ ...id, source, target: target('a.csv') }))),
      failure(drain(client.training.exportOnnx({ ...id, target: target('a.onnx') }))),
      failure(client.training.report({ run: run.id, target: target('a.html') })),
    ]);
    for (const [index, { code, message }] of failures.entries()) {
      expect(code).toBe('NO_SPACE');
      expect(message).toContain(join(disk, names[index]!));
      expect(readFileSync(join(disk, names[index]!), 'utf8')).toBe(`earlier ${names[index]}`);
    }
    expect(readdirSync(disk).sort()).toEqual(['a.csv', 'a.html', 'a.onnx', 'ballast']);
    const wrong = await failure(
      client.training.report({ run: run.id, target: context.grants.give('save', disk).id }),
    );
    expect(wrong).toMatchObject({
      code: 'BAD_REQUEST',
      message: expect.stringContaining('there is a folder of that name'),
    });

    const small = await studio(smallDisk('40m'), photos);
    const begun = await failure(
      train(small, 'featureExtraction', 2).then(({ run }) => Promise.reject(run.error ?? run)),
    );
    expect(begun).toMatchObject({ code: 'NO_SPACE', message: expect.stringMatching(/MB .* free/) });
  },
);

test('what was chosen to be read is no place to write', async () => {
  const engine = await studio(mkdtempSync(join(folder, 'place-')), photos);
  const table = join(folder, 'labels.csv');
  writeFileSync(table, 'mine');
  const { run } = await train(engine, 'featureExtraction', 2);
  const { client, context } = engine;
  const target = context.grants.give('file', table).id;
  const source = context.grants.give('folder', photos).id;
  const id = { run: run.id, commandId: command(), target };
  const calls: (() => Promise<unknown>)[] = [
    () => client.training.report({ run: run.id, target }),
    async () => (await client.training.exportOnnx(id)).next(),
    async () => (await client.training.predict({ ...id, source })).next(),
    () => client.system.diagnostics({ target }),
  ];
  for (const call of calls) expect((await failure(call())).code).toBe('BAD_REQUEST');
  expect(readFileSync(table, 'utf8')).toBe('mine');
});
