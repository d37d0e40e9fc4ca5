import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { applyLabels } from '../../../main/engine/annotations/labels.ts';
import { undo } from '../../../main/engine/annotations/undo.ts';
import { listBackups } from '../../../main/engine/project/backups.ts';
import { projectPaths } from '../../../main/engine/project/folder.ts';
import { openProject } from '../../../main/engine/project/open-project.ts';
import { silentLog } from '../../../main/lib/log.ts';
import { addImages, command, labelsByImage, startEngine, tickingClock } from '../support.ts';

test('where a disk cannot share memory, one connection does it all: edits, undo, backups', async () => {
  const engine = await startEngine();
  await engine.client.projects.create({ commandId: command(), name: 'P', task: 'singleLabel', folder: null });
  const { home } = engine.context.project();
  const ids = await addImages(engine.context.project(), 50);
  const rust = await engine.client.classes.create({ commandId: command(), name: 'Rust' });
  await engine.client.projects.close();

  const paths = projectPaths(home);
  const clock = tickingClock(1_800_000_000_000);
  const options = {
    key: 'k',
    clock,
    log: silentLog,
    home,
    isReadOnlyCopy: false,
    locking: 'exclusive',
  } as const;
  const held = await openProject(paths, options);
  const by = { at: 1, author: '' };
  const set = { commandId: command(), imageIds: ids, action: 'set', classId: rust.id } as const;
  expect((await applyLabels(held.project, set, by)).changed).toBe(50);
  expect(labelsByImage(held.project)[ids[0]!]).toEqual(['Rust']);
  expect((await undo(held.project, { commandId: command() }, 2)).changed).toBe(50);
  // No file for shared memory, which such disks do not give.
  expect(await readdir(home)).not.toContain('project.db-shm');
  await held.close('asked');
  const [newest] = await listBackups(paths);
  expect(newest).toMatchObject({ verified: true, images: 50, labels: 0 });
  expect(newest!.takenAt).toBeGreaterThan(1_800_000_000_000);
  // Copies are single files that open anywhere.
  const beside = (await readdir(paths.backups)).filter((name) => !/\.db(\.json)?$/.test(name));
  expect(beside).toEqual([]);

  await engine.context.projects.open(join(home, 'project.db'));
  expect(engine.context.project().info()).toMatchObject({ images: 50, labeled: 0 });
});
