import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Host } from '../../../main/engine/context.ts';
import { createLog } from '../../../main/lib/log.ts';
import type { StudioEvent } from '../../../shared/contract/project.ts';
import { addImages, command, failureOf, startEngine, temporaryFolder } from '../support.ts';

/** A shell that answers with fixed paths and remembers what it was asked. */
function fakeHost(answers: { readonly folder?: string; readonly files?: string[]; readonly save?: string }): {
  readonly host: Host;
  readonly asked: unknown[];
} {
  const asked: unknown[] = [];
  const remember = <T>(value: unknown, answer: T): Promise<T> => {
    asked.push(value);
    return Promise.resolve(answer);
  };
  return {
    asked,
    host: {
      pickFolder: (options) => remember(options, answers.folder ?? null),
      pickFiles: (options) => remember(options, answers.files ?? []),
      pickSave: (options) => remember(options, answers.save ?? null),
      reveal: (path) => remember({ reveal: path }, undefined),
      open: (path) => remember({ open: path }, undefined),
      applySettings: (settings) => remember(settings, undefined),
    },
  };
}

test('settings are kept, checked and told to the shell', async () => {
  const { host, asked } = fakeHost({});
  const engine = await startEngine({ host });
  expect(await engine.client.system.settings()).toMatchObject({ language: 'system', surround: 128 });
  await engine.client.system.updateSettings({ language: 'pt-BR', surround: 0 });
  expect(asked).toMatchObject([{ language: 'pt-BR', surround: 0 }]);
  const wrong = await failureOf(engine.client.system.updateSettings({ surround: 999 }));
  expect(wrong.code).toBe('BAD_REQUEST');
  expect(wrong.message).toContain('surround');
  const again = await startEngine({ userData: join(engine.folder, 'user') });
  expect(await again.client.system.settings()).toMatchObject({ language: 'pt-BR', surround: 0 });
});

test('the page gets grants, not paths; dialogs speak the chosen language', async () => {
  const folder = await temporaryFolder();
  const { host, asked } = fakeHost({ folder, save: join(folder, 'out.csv') });
  const engine = await startEngine({ host });
  const grant = await engine.client.system.pickFolder({ purpose: 'newProject' });
  expect(grant).toMatchObject({ kind: 'folder' });
  expect(JSON.stringify(grant)).not.toContain(folder);
  expect(engine.context.grants.path(grant!.id, 'folder')).toBe(folder);
  expect(asked[0]).toEqual({ title: 'Choose where the project is kept', createButton: true });
  await engine.client.system.updateSettings({ language: 'pt-BR' });
  await engine.client.system.pickSave({ purpose: 'csv', suggestedName: 'folhas.csv' });
  expect(asked.at(-1)).toMatchObject({ title: 'Salvar as previsões', suggestedName: 'folhas.csv' });
  expect(await engine.client.system.pickFiles({ purpose: 'images' })).toBeNull();
  expect(asked.at(-1)).toMatchObject({ multiple: true });
});

test('only what the studio wrote is opened or revealed, and only what was chosen is read', async () => {
  const folder = await temporaryFolder();
  const { host, asked } = fakeHost({ folder });
  const engine = await startEngine({ host });
  const chosen = await engine.client.system.pickFolder({ purpose: 'images' });
  expect((await failureOf(engine.client.system.reveal({ grant: chosen!.id }))).code).toBe('BAD_REQUEST');
  expect((await failureOf(engine.client.system.open({ grant: 'made-up' }))).code).toBe('BAD_REQUEST');
  expect((await failureOf(engine.client.projects.open({ grant: '../../etc' }))).code).toBe('BAD_REQUEST');
  const written = engine.context.grants.written(join(folder, 'report.html'));
  await engine.client.system.open({ grant: written.id });
  expect(asked.at(-1)).toEqual({ open: join(folder, 'report.html') });
  const headless = await startEngine();
  const failure = await failureOf(headless.client.system.pickFolder({ purpose: 'images' }));
  expect(failure.code).toBe('NOT_AVAILABLE');
});

test('events begin with what is now, changes are gathered and numbered, and the stream ends on request', async () => {
  const engine = await startEngine();
  const abort = new AbortController();
  const stream = await engine.client.system.events(undefined, { signal: abort.signal });
  const seen: StudioEvent[] = [];
  const reading = (async () => {
    for await (const event of stream) seen.push(event);
  })().catch(() => {});
  const until = async (wanted: () => boolean) => {
    for (let wait = 0; wait < 200 && !wanted(); wait++)
      await new Promise((resolve) => setTimeout(resolve, 10));
  };
  await until(() => seen.length > 0);
  expect(seen).toEqual([{ type: 'closed' }]);
  await engine.client.projects.create({ commandId: command(), name: 'P', task: 'singleLabel', folder: null });
  await until(() => seen.some((event) => event.type === 'opened'));
  expect(seen.find((event) => event.type === 'opened')).toMatchObject({ project: { name: 'P' } });
  const started = performance.now();
  for (let round = 0; round < 100; round++) {
    engine.context.publish('labels');
    engine.context.publish('images', 'labels');
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  await until(() => performance.now() - started > 500);
  const elapsed = performance.now() - started;
  const changes = seen.filter((event) => event.type === 'changed');
  expect(changes.length).toBeGreaterThan(1);
  expect(changes.length).toBeLessThanOrEqual(elapsed / 100 + 3);
  expect(changes.map((event) => event.sequence)).toEqual(
    changes.map((_, index) => changes[0]!.sequence + index),
  );
  expect(changes.some((event) => event.topics.includes('labels') && event.topics.includes('images'))).toBe(
    true,
  );
  abort.abort();
  await reading;
});

test('unexpected failures reach the page as code, sentence and cause id; the log has the rest', async () => {
  const folder = await temporaryFolder();
  const log = createLog({ folder, name: 'engine' });
  const engine = await startEngine({ log });
  await engine.client.projects.create({ commandId: command(), name: 'P', task: 'singleLabel', folder: null });
  await engine.context.project().write((db) => void db.run('DROP TABLE annotations'));
  const failure = await failureOf(engine.client.classes.list());
  expect(failure.code).toBe('INTERNAL');
  expect(failure.message).not.toContain('annotations');
  const { causeId } = failure.data as { causeId: string };
  const lines = (await readFile(join(folder, 'engine.log'), 'utf8')).trim().split('\n');
  const line = lines.map((text) => JSON.parse(text)).find((entry) => entry.causeId === causeId);
  expect(line).toMatchObject({ method: 'classes.list', msg: 'unexpected failure' });
  expect(line.err.message).toContain('annotations');
});

test('diagnostics tell versions and sizes, and no name, path or label', async () => {
  const folder = await temporaryFolder();
  const target = join(folder, 'diagnostics.json');
  const secret = 'Geheimnis';
  const { host } = fakeHost({ save: target });
  const engine = await startEngine({ host, documents: join(folder, secret) });
  const log = createLog({ folder: join(engine.context.userData, 'logs'), name: 'engine' });
  log.error(
    { err: Object.assign(new Error(`cannot read ${secret}.jpg`), { code: 'EIO' }), causeId: 'c-1' },
    'unexpected failure',
  );
  await engine.client.projects.create({
    commandId: command(),
    name: secret,
    task: 'singleLabel',
    folder: null,
  });
  await addImages(engine.context.project(), 3);
  await engine.client.classes.create({ commandId: command(), name: `${secret} class` });
  await engine.client.system.updateSettings({ author: `${secret} author` });
  const grant = await engine.client.system.pickSave({ purpose: 'diagnostics', suggestedName: 'd.json' });
  const { bytes } = await engine.client.system.diagnostics({ target: grant!.id });
  const text = await readFile(target, 'utf8');
  expect(bytes).toBe(Buffer.byteLength(text));
  expect(text).not.toContain(secret);
  expect(text).not.toContain('image-0');
  expect(JSON.parse(text)).toMatchObject({
    program: { version: '1.2.3' },
    project: { task: 'singleLabel', rows: { images: 3, classes: 1 } },
    log: expect.arrayContaining([
      expect.objectContaining({ causeId: 'c-1', err: { type: 'Error', code: 'EIO' } }),
    ]),
  });
});

test('the log turns over by size and keeps a fixed number of files', async () => {
  const folder = await temporaryFolder();
  const log = createLog({ folder, name: 'engine', maxBytes: 2000, keep: 2 });
  for (let line = 0; line < 100; line++) log.info({ line }, 'something happened');
  const { readdirSync, statSync } = await import('node:fs');
  expect(readdirSync(folder).sort()).toEqual(['engine.1.log', 'engine.2.log', 'engine.log']);
  for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(2000);
  const last = (await readFile(join(folder, 'engine.log'), 'utf8')).trim().split('\n').at(-1)!;
  expect(JSON.parse(last)).toMatchObject({ line: 99 });
});

test('a log that cannot be written does not stop the work', async () => {
  const folder = await temporaryFolder();
  const log = createLog({ folder: join(folder, 'logs'), name: 'engine' });
  await mkdir(join(folder, 'logs', 'engine.log'), { recursive: true });
  expect(() => log.info({}, 'into a folder')).not.toThrow();
});

test('invalid calls are refused before anything happens', async () => {
  const engine = await startEngine();
  // What a page could send in spite of its types.
  const client = engine.client as unknown as {
    projects: { create: (input: unknown) => Promise<unknown> };
    labels: { apply: (input: unknown) => Promise<unknown> };
  };
  for (const input of [null, 1, {}, { commandId: '../x', name: 'a', task: 'singleLabel', folder: null }]) {
    expect((await failureOf(client.projects.create(input))).code).toBe('BAD_REQUEST');
  }
  const huge = { commandId: 'a', imageIds: Array(100_001).fill(1), action: 'set', classId: 1 };
  expect((await failureOf(client.labels.apply(huge))).code).toBe('BAD_REQUEST');
  expect((await failureOf(client.labels.apply({ ...huge, imageIds: [Number.NaN] }))).code).toBe(
    'BAD_REQUEST',
  );
  expect(engine.context.current()).toBeNull();
});
