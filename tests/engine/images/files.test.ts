import { cp, mkdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resolveMedia } from '../../../main/engine/images/media.ts';
import { bmp, goodFiles, numberedJpeg, writeFiles } from '../../fixtures/images/make.ts';
import { endStudio, newCommand, openStudio, type Studio, startEngine, studioOf } from './support.ts';

let studio: Studio;
beforeEach(async () => {
  studio = await openStudio();
  await writeFiles(studio.at('photos'), {
    'a/1.jpg': await numberedJpeg(1),
    'a/2.jpg': await numberedJpeg(2),
    'b/1.jpg': await numberedJpeg(3),
  });
});
afterEach(() => endStudio(studio));

const states = async () => Object.fromEntries((await studio.rows()).map(({ path, file }) => [path, file]));
const label = async (path: string, name = 'rust') => {
  const { client } = studio.engine;
  const known = (await client.classes.list()).find((each) => each.name === name);
  const { id: classId } = known ?? (await client.classes.create({ commandId: newCommand(), name }));
  const imageIds = [await studio.idOf(path)];
  await client.labels.apply({ commandId: newCommand(), imageIds, action: 'set', classId });
};
/** Another content with another time: what an edit in another program leaves. */
const edit = async (path: string, number: number) => {
  await writeFile(path, await numberedJpeg(number));
  const later = new Date(Date.now() + 60_000);
  await utimes(path, later, later);
};

describe('files that change', () => {
  test('a labeled one is marked and never accepted in silence; accepting is one step of undo', async () => {
    await studio.importFrom(studio.at('photos'));
    await label('a/1.jpg');
    await edit(studio.at('photos/a/1.jpg'), 50);
    await edit(studio.at('photos/a/2.jpg'), 51);
    const { client } = studio.engine;
    expect(await client.images.recheck()).toEqual({ ok: 2, changed: 1, missing: 0, unreadable: 0 });
    expect(await states()).toEqual({ 'a/1.jpg': 'changed', 'a/2.jpg': 'ok', 'b/1.jpg': 'ok' });
    await client.images.acceptChanged({ commandId: newCommand(), ids: [await studio.idOf('a/1.jpg')] });
    expect((await states())['a/1.jpg']).toBe('ok');
    await client.labels.undo({ commandId: newCommand() });
    expect((await states())['a/1.jpg']).toBe('changed');
    expect((await studio.rows())[0]?.state).toBe('labeled');
  });

  test('bytes that come back are ok again; a touched file is not a changed one', async () => {
    await studio.importFrom(studio.at('photos'));
    await label('a/1.jpg');
    const { client } = studio.engine;
    await edit(studio.at('photos/a/1.jpg'), 50);
    expect((await client.images.recheck()).changed).toBe(1);
    await edit(studio.at('photos/a/1.jpg'), 1);
    expect((await client.images.recheck()).changed).toBe(0);
  });

  test('the small picture follows the content, under another version', async () => {
    await studio.importFrom(studio.at('photos'));
    await studio.thumbnailsDone();
    const version = async () =>
      (await studio.engine.client.images.get({ id: await studio.idOf('a/1.jpg') })).thumbnail;
    const before = await version();
    await edit(studio.at('photos/a/1.jpg'), 50);
    await studio.engine.client.images.recheck();
    await studio.thumbnailsDone();
    expect(before).toBeGreaterThan(0);
    expect(await version()).not.toBe(before);
  });
});

describe('files that go away', () => {
  test('missing is told, and over when the file is back', async () => {
    await studio.importFrom(studio.at('photos'));
    await rename(studio.at('photos/a/1.jpg'), studio.at('kept.jpg'));
    const { client } = studio.engine;
    expect(await client.images.recheck()).toEqual({ ok: 2, changed: 0, missing: 1, unreadable: 0 });
    await rename(studio.at('kept.jpg'), studio.at('photos/a/1.jpg'));
    expect((await client.images.recheck()).missing).toBe(0);
  });

  test('relinking goes by path and content, never by name or order', async () => {
    await studio.importFrom(studio.at('photos'));
    await label('a/1.jpg');
    const { client, context } = studio.engine;
    await mkdir(studio.at('new/other'), { recursive: true });
    // a/1 at the same path; b/1 elsewhere under another name; a/2's path holds another content.
    await mkdir(studio.at('new/a'));
    await rename(studio.at('photos/a/1.jpg'), studio.at('new/a/1.jpg'));
    await rename(studio.at('photos/b/1.jpg'), studio.at('new/other/renamed.jpg'));
    await writeFile(studio.at('new/a/2.jpg'), await numberedJpeg(60));
    await rm(studio.at('photos'), { recursive: true });
    const before = new Map((await studio.rows()).map(({ path, id }) => [id, path]));
    const command = { commandId: newCommand(), folder: context.grants.give('folder', studio.at('new')).id };
    const outcome = await client.images.relink(command);
    expect(outcome).toEqual({ relinked: 2, stillMissing: 1 });
    expect(await client.images.relink(command)).toEqual(outcome);
    const now = new Map(
      (await studio.rows()).map(({ id, path, file }) => [before.get(id), `${path} ${file}`]),
    );
    expect(Object.fromEntries(now)).toEqual({
      'a/1.jpg': 'a/1.jpg ok',
      'b/1.jpg': 'other/renamed.jpg ok',
      'a/2.jpg': 'a/2.jpg missing',
    });
    expect((await studio.rows()).find(({ path }) => path === 'a/1.jpg')?.state).toBe('labeled');
  });

  test('project and images moved together are found when the project is opened', async () => {
    await studio.importFrom(studio.at('photos'));
    await label('b/1.jpg');
    await studio.engine.close();
    await mkdir(studio.at('drive'));
    await rename(studio.at('documents'), studio.at('drive/documents'));
    await rename(studio.at('photos'), studio.at('drive/photos'));
    const engine = await startEngine(studio.folder);
    studio = studioOf(engine, studio.folder);
    const grant = engine.context.grants.give('folder', studio.at('drive/documents/P.enxerto')).id;
    await engine.client.projects.open({ grant });
    await studio.settled();
    expect(await states()).toEqual({ 'a/1.jpg': 'ok', 'a/2.jpg': 'ok', 'b/1.jpg': 'ok' });
    const media = await resolveMedia(engine.context, 'image', await studio.idOf('b/1.jpg'));
    expect(media.path).toBe(studio.at('drive/photos/b/1.jpg'));
  });

  test('what changed while the project was closed is found when it is opened', async () => {
    await studio.importFrom(studio.at('photos'));
    await label('a/1.jpg');
    await studio.engine.close();
    await edit(studio.at('photos/a/1.jpg'), 70);
    await rm(studio.at('photos/b/1.jpg'));
    const engine = await startEngine(studio.folder);
    studio = studioOf(engine, studio.folder);
    const grant = engine.context.grants.give('folder', studio.at('documents/P.enxerto')).id;
    await engine.client.projects.open({ grant });
    await studio.settled();
    expect(await states()).toEqual({ 'a/1.jpg': 'changed', 'a/2.jpg': 'ok', 'b/1.jpg': 'missing' });
  });
});

describe('media', () => {
  test('the original where a browser can show it, else a converted one; thumbnails on demand', async () => {
    const { 'cmyk.jpg': cmyk, 'plain.tif': tiff, 'plain.png': png } = await goodFiles();
    await writeFiles(studio.at('mixed'), { 'c.jpg': cmyk!, 't.tif': tiff!, 'p.png': png!, 'b.bmp': bmp(24) });
    await studio.importFrom(studio.at('mixed'));
    const resolve = async (kind: 'thumb' | 'image', path: string) =>
      resolveMedia(studio.engine.context, kind, await studio.idOf(path));
    expect(await resolve('image', 'p.png')).toEqual({ path: studio.at('mixed/p.png'), mime: 'image/png' });
    const { cacheFolder } = studio.engine.context.project();
    for (const name of ['c.jpg', 't.tif', 'b.bmp']) {
      const media = await resolve('image', name);
      expect(media.mime).toBe('image/jpeg');
      expect(media.path.startsWith(cacheFolder)).toBe(true);
      expect((await readFile(media.path)).subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
      expect((await resolve('thumb', name)).path.startsWith(cacheFolder)).toBe(true);
    }
  });

  test('an unknown id, a file that is gone', async () => {
    await studio.importFrom(studio.at('photos'));
    await studio.thumbnailsDone();
    const { context } = studio.engine;
    await expect(resolveMedia(context, 'thumb', 999 as never)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const id = await studio.idOf('a/1.jpg');
    await cp(studio.at('photos/a/1.jpg'), studio.at('copy.jpg'));
    await rm(studio.at('photos/a/1.jpg'));
    await expect(resolveMedia(context, 'image', id)).rejects.toMatchObject({ code: 'FILE_MISSING' });
    // Its small picture is still in the cache; without that it is missing too.
    expect((await resolveMedia(context, 'thumb', id)).mime).toBe('image/webp');
    await rm(context.project().cacheFolder, { recursive: true });
    await expect(resolveMedia(context, 'thumb', id)).rejects.toMatchObject({ code: 'FILE_MISSING' });
    expect((await states())['a/1.jpg']).toBe('missing');
  });
});

describe('groups', () => {
  test('by a pattern, by folder, none; undone like any other step', async () => {
    await studio.importFrom(studio.at('photos'));
    const { client } = studio.engine;
    const set = (rule: Parameters<typeof client.images.setGroups>[0]['rule']) =>
      client.images.setGroups({ commandId: newCommand(), rule });
    const key = async () => (await client.images.get({ id: await studio.idOf('a/1.jpg') })).groupKey;
    expect(await set({ kind: 'pattern', pattern: '(\\d)\\.jpg' })).toEqual({ groups: 2, images: 3 });
    expect(await key()).toBe('1');
    expect(await set({ kind: 'folder' })).toEqual({ groups: 2, images: 3 });
    expect(await key()).toBe('a');
    await client.labels.undo({ commandId: newCommand() });
    expect(await key()).toBe('1');
    expect(await set({ kind: 'none' })).toEqual({ groups: 0, images: 0 });
    await expect(set({ kind: 'pattern', pattern: '(' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });
});
