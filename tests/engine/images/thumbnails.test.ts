import { spawnSync } from 'node:child_process';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resolveMedia } from '../../../main/engine/images/media.ts';
import { Thumbnails } from '../../../main/engine/images/thumbnails.ts';
import { imageFile } from '../../../main/engine/stores/images.ts';
import { numberedJpeg, writeFiles } from '../../fixtures/images/make.ts';
import { endStudio, openStudio, type Studio } from './support.ts';

let studio: Studio;
beforeEach(async () => {
  studio = await openStudio();
  const files: Record<string, Buffer> = {};
  for (let index = 0; index < 12; index++) files[`${index}.jpg`] = await numberedJpeg(index);
  await writeFiles(studio.at('photos'), files);
  await studio.importFrom(studio.at('photos'));
  await studio.thumbnailsDone();
});
afterEach(() => endStudio(studio));

/** As after the import, before any thumbnail was drawn. */
async function forget(): Promise<void> {
  const project = studio.engine.context.project();
  await rm(project.cacheFolder, { recursive: true });
  await project.write((db) => db.run('UPDATE images SET thumbnail = 0'));
}
const drawn = async () =>
  (
    await studio.engine.client.images.page({
      filter: {},
      sort: 'name',
      descending: false,
      offset: 0,
      limit: 99,
    })
  ).rows
    .map(({ thumbnail }) => thumbnail)
    .filter((version) => version > 0).length;

describe('thumbnails', () => {
  test('stand still while training needs the processor; what is looked at does not', async () => {
    await forget();
    const project = studio.engine.context.project();
    let isBusy = true;
    const errors: unknown[] = [];
    const thumbnails = new Thumbnails({
      project,
      isBusy: () => isBusy,
      publish: () => undefined,
      onError: (error) => errors.push(error),
    });
    thumbnails.wake();
    await delay(50);
    expect(await drawn()).toBe(0);
    expect(thumbnails.job()).toMatchObject({ kind: 'thumbnails', state: 'paused', done: 0, total: 12 });
    const file = imageFile(project.db, await studio.idOf('3.jpg'));
    expect(await thumbnails.get(file!)).toContain('-320.webp');
    expect(await drawn()).toBe(1);
    isBusy = false;
    await thumbnails.settled();
    expect([await drawn(), thumbnails.job(), errors]).toEqual([12, null, []]);
  });

  test('asked for many times at once, a picture is drawn once', async () => {
    await forget();
    const id = await studio.idOf('5.jpg');
    const found = await Promise.all(
      Array.from({ length: 20 }, () => resolveMedia(studio.engine.context, 'thumb', id)),
    );
    expect(new Set(found.map(({ path }) => path)).size).toBe(1);
    const parts = await readdir(studio.engine.context.project().cacheFolder, { recursive: true });
    expect(parts.filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('a full disk is said, marks no image, and is over when there is room', async (context) => {
    await forget();
    const { cacheFolder } = studio.engine.context.project();
    await mkdir(cacheFolder, { recursive: true });
    // Real: a file system of its own with no room for a file (needs the right to mount).
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4k,nr_inodes=4', 'tmpfs', cacheFolder]);
    if (mounted.status !== 0) return context.skip('mounting a small disk is not allowed here');
    const id = await studio.idOf('1.jpg');
    try {
      spawnSync('sh', ['-c', `head -c 4096 /dev/zero > '${cacheFolder}/full'`]);
      await expect(resolveMedia(studio.engine.context, 'thumb', id)).rejects.toMatchObject({
        code: 'NO_SPACE',
      });
      expect((await studio.engine.client.images.get({ id })).file).toBe('ok');
    } finally {
      spawnSync('umount', [cacheFolder]);
    }
    expect((await resolveMedia(studio.engine.context, 'thumb', id)).mime).toBe('image/webp');
  });
});
