import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openForWriting } from '../../../main/engine/db/connection.ts';
import { backupsKept, listBackups, makeBackup } from '../../../main/engine/project/backups.ts';
import { projectPaths } from '../../../main/engine/project/folder.ts';
import { command, failureOf, labelsByImage, startProject, temporaryFolder } from '../support.ts';

test('opening and closing make a checked backup, but none of what is the same', async () => {
  const { engine, ids, project, rust } = await startProject();
  const { projects, labels } = engine.client;
  const grant = (await projects.recent())[0]!.grant;
  await labels.apply({ commandId: command(), imageIds: ids, action: 'set', classId: rust });
  await projects.close();
  const after = await projects.backups({ grant });
  expect(after[0]).toMatchObject({ verified: true, images: 5, labels: 5 });
  expect(after.every((backup) => backup.verified && backup.bytes > 0)).toBe(true);
  for (let round = 0; round < 2; round++) {
    await projects.open({ grant });
    await projects.close();
  }
  expect((await projects.backups({ grant })).length).toBeLessThanOrEqual(after.length + 1);
  expect((await readdir(join(project.folder, 'backups'))).filter((name) => name.endsWith('.part'))).toEqual(
    [],
  );
});

test('the last ten generations are kept', async () => {
  const paths = projectPaths(await temporaryFolder());
  const connection = openForWriting(paths.database);
  connection.exec('CREATE TABLE images (removed_at INTEGER); CREATE TABLE annotations (id INTEGER)');
  for (let round = 0; round < backupsKept + 3; round++) {
    connection.db.run('INSERT INTO annotations VALUES (?)', [round]);
    await makeBackup(connection, paths, 1_700_000_000_000 + round);
  }
  connection.close();
  const kept = await listBackups(paths);
  expect(kept.map((backup) => backup.labels)).toEqual([13, 12, 11, 10, 9, 8, 7, 6, 5, 4]);
  expect(await readdir(paths.backups)).toHaveLength(2 * backupsKept);
});

test('a damaged database is refused by name, left as it is, and can be restored', async () => {
  const { engine, ids, project, rust } = await startProject('singleLabel', 500);
  const { projects, labels } = engine.client;
  await labels.apply({ commandId: command(), imageIds: ids, action: 'set', classId: rust });
  const before = labelsByImage(project);
  const grant = (await projects.recent())[0]!.grant;
  await projects.close();
  const file = join(project.folder, 'project.db');
  const bytes = await readFile(file);
  // Pages in the middle overwritten, as a failing disk or another program would do it.
  bytes.fill(0x5a, Math.floor(bytes.length / 3), Math.floor(bytes.length / 3) + 3 * 4096);
  await writeFile(file, bytes);

  const failure = await failureOf(projects.open({ grant }));
  expect(failure).toMatchObject({ code: 'PROJECT_DAMAGED', data: { params: { file: 'Leaves.enxerto' } } });
  expect((failure.data as { params: { backups: number } }).params.backups).toBeGreaterThan(0);
  expect(await readFile(file)).toEqual(bytes);
  expect(engine.context.current()).toBeNull();

  const [newest] = await projects.backups({ grant });
  const restored = { commandId: command(), grant, backup: newest!.name };
  expect(await projects.restore(restored)).toMatchObject({ images: 500, labeled: 500 });
  expect(labelsByImage(engine.context.project())).toEqual(before);
  const replaced = (await readdir(project.folder)).filter((name) => /^replaced-.*\.db$/.test(name));
  expect(replaced).toHaveLength(1);
  expect(await readFile(join(project.folder, replaced[0]!))).toEqual(bytes);
  // The same command again finds it done.
  await projects.restore(restored);
  expect((await readdir(project.folder)).filter((name) => /^replaced-.*\.db$/.test(name))).toHaveLength(1);
});

test('a database that is gone is named, and comes back from a backup', async () => {
  const { engine, project } = await startProject();
  const grant = (await engine.client.projects.recent())[0]!.grant;
  await engine.client.projects.close();
  await rm(join(project.folder, 'project.db'));
  expect((await failureOf(engine.client.projects.open({ grant }))).code).toBe('PROJECT_DAMAGED');
  const [newest] = await engine.client.projects.backups({ grant });
  await engine.client.projects.restore({ commandId: command(), grant, backup: newest!.name });
  expect(await engine.client.classes.list()).toHaveLength(2);
});

test('only a backup from the list is restored, and only if it is whole', async () => {
  const { engine, project } = await startProject();
  const grant = (await engine.client.projects.recent())[0]!.grant;
  await engine.client.projects.close();
  const restore = (backup: string) =>
    failureOf(engine.client.projects.restore({ commandId: command(), grant, backup }));
  expect((await restore('../project.db')).code).toBe('NOT_FOUND');
  expect((await restore('backup-20200101-000000-000.db')).code).toBe('NOT_FOUND');
  const [newest] = await engine.client.projects.backups({ grant });
  const copy = join(project.folder, 'backups', newest!.name);
  await writeFile(copy, (await readFile(copy)).fill(0x33, 4096, 3 * 4096));
  const before = await readFile(join(project.folder, 'project.db'));
  expect((await restore(newest!.name)).code).toBe('PROJECT_DAMAGED');
  expect(await readFile(join(project.folder, 'project.db'))).toEqual(before);
});
