import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolveMedia } from '../../main/engine/images/media.ts';
import { addImages, failureOf, startEngine } from '../engine/support.ts';
import { numberedJpeg } from '../fixtures/images/make.ts';

/** A project is a folder that one gets from others: what its database says is input like any other. */
describe('8. a project that somebody else made', () => {
  it('cannot make the studio write outside its cache', async () => {
    const engine = await startEngine();
    const parent = engine.folder;
    await engine.context.projects.create({ name: 'Leaves', task: 'singleLabel', parent });
    const project = engine.context.project();
    const [id] = await addImages(project, 1);
    await writeFile(join(parent, 'photo.jpg'), await numberedJpeg(1));
    await project.write((db) => {
      db.run('UPDATE sources SET absolute_path = ?', [parent]);
      db.run("UPDATE images SET rel_path = 'photo.jpg', sha256 = '../../../../evil'");
    });
    const before = await readdir(parent);
    expect((await failureOf(resolveMedia(engine.context, 'thumb', id!))).code).toBe('PROJECT_DAMAGED');
    expect(await readdir(parent)).toEqual(before);
  });

  it('cannot run what its schema hides: triggers and views of another hand reach no function of the program', async () => {
    const engine = await startEngine();
    await engine.context.projects.create({ name: 'Leaves', task: 'singleLabel', parent: engine.folder });
    const { db } = engine.context.project();
    expect(db.all('PRAGMA trusted_schema')).toEqual([{ trusted_schema: 0 }]);
    expect(() => db.get("SELECT load_extension('x')")).toThrow(/not authorized|no such function/);
  });

  it('is only reached by ids: runs and files named like paths are refused before any handler', async () => {
    const engine = await startEngine();
    await engine.context.projects.create({ name: 'Leaves', task: 'singleLabel', parent: engine.folder });
    const { training } = engine.client;
    for (const run of ['..', '../x', '.', 'a/b', 'a\\b', '', 'x'.repeat(65)]) {
      expect((await failureOf(training.results({ run: run as never }))).code).toBe('BAD_REQUEST');
      const removal = training.remove({ commandId: 'c' as never, run: run as never });
      expect((await failureOf(removal)).code).toBe('BAD_REQUEST');
    }
  });
});
