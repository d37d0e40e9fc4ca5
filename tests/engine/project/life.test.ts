import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, onTestFinished, test, vi } from 'vitest';
import { heartbeat } from '../../../main/engine/project/lock.ts';
import { command, failureOf, labelsByImage, startEngine, startProject } from '../support.ts';

test('a project is a folder with a database; it opens by folder, by file and by a link, as one', async () => {
  const engine = await startEngine();
  const { projects } = engine.client;
  const made = await projects.create({
    commandId: command(),
    name: 'Café / folhas: teste?',
    task: 'multiLabel',
    folder: null,
  });
  expect(made).toMatchObject({
    name: 'Café / folhas: teste?',
    task: 'multiLabel',
    images: 0,
    readOnlyCopy: false,
  });
  const folder = join(engine.folder, 'documents', 'Café - folhas- teste-.enxerto');
  expect(made.location).toBe(folder);
  expect((await readdir(folder)).sort()).toEqual(
    expect.arrayContaining(['cache', 'models', 'project.db', 'project.lock']),
  );
  const { key } = engine.context.project();
  const link = join(engine.folder, 'link');
  await symlink(folder, link);
  const { grants } = engine.context;
  await projects.open({ grant: grants.give('file', join(folder, 'project.db')).id });
  await projects.open({ grant: grants.give('folder', link).id });
  // Still the same opening: nothing was closed and opened again.
  expect(engine.context.project().key).toBe(key);
  await projects.close();
  expect(existsSync(join(folder, 'project.lock'))).toBe(false);
  expect(existsSync(join(folder, 'project.db-wal'))).toBe(false);
  expect(await projects.current()).toBeNull();
  expect((await failureOf(engine.client.labels.state())).code).toBe('NO_PROJECT');
});

test('creating is done once for each command and never over something else', async () => {
  const engine = await startEngine();
  const input = { commandId: command(), name: 'Leaves', task: 'singleLabel' as const, folder: null };
  const first = await engine.client.projects.create(input);
  expect(await engine.client.projects.create(input)).toEqual(first);
  const again = await failureOf(engine.client.projects.create({ ...input, commandId: command() }));
  expect(again).toMatchObject({ code: 'PROJECT_EXISTS', data: { params: { file: 'Leaves.enxerto' } } });
  expect(engine.context.project().info().name).toBe('Leaves');
});

test('names that some system cannot store become folders that every system can', async () => {
  const engine = await startEngine();
  const create = (name: string) =>
    engine.client.projects.create({ commandId: command(), name, task: 'singleLabel', folder: null });
  expect((await create('..')).location).toMatch(/[\\/]_\.enxerto$/);
  expect((await create('con')).location).toMatch(/[\\/]_con\.enxerto$/);
  expect((await create('🌿'.repeat(40))).location).toMatch(/🌿\.enxerto$/u);
});

test('renaming changes the name, not the folder, and the recent list follows', async () => {
  const { engine } = await startProject();
  const before = await engine.client.projects.current();
  const renamed = await engine.client.projects.rename({ commandId: command(), name: 'Folhas 2' });
  expect(renamed).toMatchObject({ name: 'Folhas 2', location: before?.location });
  expect(await engine.client.projects.recent()).toMatchObject([{ name: 'Folhas 2', exists: true }]);
});

test('the recent list survives a restart, tells what is gone, and forgets on request', async () => {
  const first = await startEngine();
  const make = (name: string) =>
    first.client.projects.create({ commandId: command(), name, task: 'singleLabel', folder: null });
  const { location } = await make('One');
  await make('Two');
  await first.close();
  await rm(location, { recursive: true });
  const second = await startEngine({ userData: join(first.folder, 'user') });
  const recent = await second.client.projects.recent();
  expect(recent.map(({ name, exists }) => ({ name, exists }))).toEqual([
    { name: 'Two', exists: true },
    { name: 'One', exists: false },
  ]);
  expect((await failureOf(second.client.projects.open({ grant: recent[1]!.grant }))).code).toBe(
    'FOLDER_MISSING',
  );
  await second.client.projects.forget({ grant: recent[1]!.grant });
  expect(await second.client.projects.recent()).toHaveLength(1);
});

test('damaged settings and lists do not keep the studio from starting', async () => {
  const first = await startEngine();
  await first.close();
  for (const file of ['settings.json', 'recent.json'])
    await writeFile(join(first.folder, 'user', file), '{"lang');
  const second = await startEngine({ userData: join(first.folder, 'user') });
  expect(await second.client.system.settings()).toMatchObject({ language: 'system', theme: 'system' });
  expect(await second.client.projects.recent()).toEqual([]);
});

test('a project that was moved opens at its new place with all its labels', async () => {
  const { engine, project, ids, rust } = await startProject();
  await engine.client.labels.apply({ commandId: command(), imageIds: ids, action: 'set', classId: rust });
  const labels = labelsByImage(project);
  await engine.client.projects.close();
  const elsewhere = join(engine.folder, 'elsewhere');
  await mkdir(elsewhere);
  await rename(project.folder, join(elsewhere, 'Other name.enxerto'));
  await engine.context.projects.open(join(elsewhere, 'Other name.enxerto'));
  expect(labelsByImage(engine.context.project())).toEqual(labels);
  expect(engine.context.project().info().name).toBe('Leaves');
});

test('a project whose new place could not be noted is let go of, and opens once it can', async () => {
  const { engine, project } = await startProject();
  await engine.client.projects.close();
  const elsewhere = join(engine.folder, 'elsewhere');
  await mkdir(join(elsewhere, 'photos'), { recursive: true });
  const moved = join(elsewhere, 'Leaves.enxerto');
  await rename(project.folder, moved);
  const sql = (text: string) => {
    const db = new Sqlite(join(moved, 'project.db'));
    db.exec(text);
    db.close();
  };
  sql("UPDATE sources SET relative_path = 'photos'");
  sql("CREATE TRIGGER full BEFORE UPDATE ON sources BEGIN SELECT RAISE(ABORT, 'no space'); END");
  const open = () => engine.client.projects.open({ grant: engine.context.grants.give('folder', moved).id });
  await expect(open()).rejects.toThrow();
  expect(existsSync(join(moved, 'project.lock'))).toBe(false);
  sql('DROP TRIGGER full');
  expect((await open()).location).toBe(moved);
});

test('a project that was taken over while another is opened leaves that one open', async () => {
  const engine = await startEngine();
  const { projects } = engine.client;
  const create = (name: string) =>
    projects.create({ commandId: command(), name, task: 'singleLabel', folder: null });
  const other = await create('Other');
  const { location } = await create('Taken');
  await projects.close();
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  await projects.open({ grant: engine.context.grants.give('folder', location).id });
  const lock = join(location, 'project.lock');
  await writeFile(
    lock,
    (await readFile(lock, 'utf8')).replace(/"token":"[^"]+"/, `"token":"${randomUUID()}"`),
  );
  vi.advanceTimersByTime(heartbeat);
  // Asked for while the lock is read: its turn comes before the project that was taken is closed.
  const { key } = await engine.context.projects.open(other.location);
  // Behind whatever was queued meanwhile; still the same opening.
  expect((await engine.context.projects.open(other.location)).key).toBe(key);
});

test('what is no project is refused, whatever it is', async () => {
  const engine = await startEngine();
  const folder = join(engine.folder, 'photos');
  await mkdir(folder);
  await writeFile(join(folder, 'notes.txt'), 'hello');
  const open = (path: string) => failureOf(engine.context.projects.open(path));
  expect((await open(folder)).code).toBe('NOT_FOUND');
  expect((await open(join(folder, 'notes.txt'))).code).toBe('NOT_FOUND');
  expect((await open(join(folder, 'nothing'))).code).toBe('FOLDER_MISSING');
  const foreign = new Sqlite(join(folder, 'project.db'));
  foreign.exec('CREATE TABLE photos (id INTEGER)');
  foreign.close();
  const bytes = await readFile(join(folder, 'project.db'));
  expect((await open(folder)).code).toBe('PROJECT_DAMAGED');
  expect(await readFile(join(folder, 'project.db'))).toEqual(bytes);
});

test('a project of a newer program is refused by name, and nothing of it is touched', async () => {
  const { engine, project } = await startProject();
  await engine.client.projects.close();
  const file = join(project.folder, 'project.db');
  const newer = new Sqlite(file);
  newer.exec("INSERT INTO migrations (number, name, at) VALUES (99, 'future', 0)");
  newer.close();
  const before = await readFile(file);
  const failure = await failureOf(engine.context.projects.open(project.folder));
  expect(failure).toMatchObject({ code: 'PROJECT_NEWER', data: { version: 99 } });
  expect(await readFile(file)).toEqual(before);
  expect(existsSync(join(project.folder, 'project.lock'))).toBe(false);
});

test('the sample is copied to the documents once, with its classes and stated folds', async () => {
  const engine = await startEngine();
  // A few of its photos are enough to see that it is imported.
  const resources = join(engine.folder, 'resources');
  const from = join(import.meta.dirname, '../../../resources/sample');
  await mkdir(join(resources, 'sample', 'images'), { recursive: true });
  const rows = (await readFile(join(from, 'labels.csv'), 'utf8')).trim().split('\n');
  const [head, ...all] = rows;
  const some = all.filter((_, index) => index % 25 === 0);
  await writeFile(join(resources, 'sample', 'labels.csv'), [head, ...some].join('\n'));
  for (const file of ['LICENSE', 'README.md']) await cp(join(from, file), join(resources, 'sample', file));
  for (const row of some) {
    const file = row.split(',')[0]!;
    await cp(join(from, file), join(resources, 'sample', file));
  }
  const small = await startEngine({ userData: join(engine.folder, 'user'), resources });
  const info = await small.client.projects.openSample();
  expect(info).toMatchObject({ isSample: true, images: 10, labeled: 10 });
  const folds = small.context.project().db.all('SELECT DISTINCT stated_fold AS fold FROM images');
  expect(folds.length).toBeGreaterThan(1);
  expect(await small.client.projects.openSample()).toEqual(info);
});
