import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TrainManifest } from '../../../shared/contract/trainer.ts';
import { noAugmentation, presetSettings } from '../../../shared/domain/augmentation.ts';
import { serve } from '../support/serve.ts';
import { writeSmallRun } from '../support/small-run.ts';

let root: string;
let manifest: TrainManifest;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'enxerto-preview-'));
  ({ manifest } = await writeSmallRun(root, { images: 4 }));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function preview(name: string, change: Record<string, unknown> = {}) {
  const { files, runtime, recipe } = manifest;
  const images = manifest.images.map(({ id, path, sha256, width, height }) => ({
    id,
    path,
    sha256,
    width,
    height,
  }));
  const target = join(root, `${name}.webp`);
  const path = join(root, `${name}.json`);
  const content = {
    version: 1,
    job: 'preview',
    recipe,
    images,
    views: 3,
    draw: 5,
    target,
    files,
    runtime,
    ...change,
  };
  await writeFile(path, JSON.stringify(content));
  return { end: await serve(path).end, target };
}
const augmented = (augmentation: object) => ({ recipe: { ...manifest.recipe, augmentation } });

test('a sheet has a row an image, first as it is, and the same draw gives the same sheet', async () => {
  const strong = augmented(presetSettings('strong'));
  const first = await preview('first', strong);
  expect(first.end).toMatchObject({ type: 'done', record: { images: 4, views: 3 } });
  const { width = 0, height = 0, format } = await sharp(first.target).metadata();
  expect(format).toBe('webp');
  const cell = { width: (width + 4) / 4 - 4, height: (height + 4) / 4 - 4 };
  expect([cell.width % 32, cell.height % 32]).toEqual([0, 0]);
  const again = await preview('again', strong);
  expect(await readFile(again.target)).toEqual(await readFile(first.target));
  const other = await preview('other', { ...strong, draw: 6 });
  expect(await readFile(other.target)).not.toEqual(await readFile(first.target));
});

test('without augmentation every view is the image itself', async () => {
  const { target } = await preview('plain', augmented(noAugmentation));
  const { data, info } = await sharp(target).raw().toBuffer({ resolveWithObject: true });
  const cell = (info.width + 4) / 4;
  let differing = 0;
  for (let y = 0; y < info.height; y++) {
    for (let x = 0; x < cell - 4; x++) {
      const at = info.channels * (y * info.width + x);
      // WebP keeps colours at half resolution, so cells may differ by a little.
      if (Math.abs(data[at]! - data[at + info.channels * cell]!) > 24) differing++;
    }
  }
  expect(differing / (info.height * cell)).toBeLessThan(0.02);
});

test('files that cannot be read are left out, and only where none is left it fails', async () => {
  const broken = join(root, 'broken.jpg');
  await writeFile(broken, 'not a photo');
  const [good, bad] = manifest.images.map(({ id, sha256, width, height, path }) => ({
    id,
    sha256,
    width,
    height,
    path,
  }));
  const some = await preview('some', { images: [good, { ...bad, path: broken }] });
  expect(some.end).toMatchObject({ type: 'done', record: { images: 1 } });
  const none = await preview('none', { images: [{ ...bad, path: broken }] });
  expect(none.end).toMatchObject({ type: 'failed', code: 'FILE_UNREADABLE' });
});
