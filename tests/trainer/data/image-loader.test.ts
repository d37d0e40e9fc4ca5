import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ImageFile, loadImages } from '../../../main/trainer/data/image-loader.ts';

let folder: string;
const files: ImageFile[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enxerto-loader-'));
  for (let index = 0; index < 12; index++) {
    const path = join(folder, `${index}.png`);
    const background = { r: index * 20, g: 0, b: 0 };
    await sharp({ create: { width: 8 + index, height: 6, channels: 3, background } })
      .png()
      .toFile(path);
    files.push({
      path,
      sha256: createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    });
  }
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

test('images come in the order of the files, errors in their place', async () => {
  const text = join(folder, 'text.jpg');
  await writeFile(text, 'hello');
  const wrong = { path: files[3]!.path, sha256: files[4]!.sha256! };
  const list = [
    ...files.slice(0, 3),
    { path: join(folder, 'gone.png') },
    { path: text },
    wrong,
    ...files.slice(3),
  ];
  const seen: (number | string)[] = [];
  for await (const loaded of loadImages(list)) {
    seen.push('error' in loaded ? loaded.error.code : loaded.pixels.data[0]!);
    expect(loaded.file).toBe(list[seen.length - 1]);
  }
  const reds = files.map((_, index) => index * 20);
  expect(seen).toEqual([
    ...reds.slice(0, 3),
    'FILE_MISSING',
    'FILE_UNREADABLE',
    'FILE_UNREADABLE',
    ...reds.slice(3),
  ]);
});

test('nothing is read beyond a few images ahead of the one in use', async () => {
  const late = { ...files[11]!, path: join(folder, 'late.png') };
  const before = files.slice(0, 8);
  const loader = loadImages([...before, ...before, late]);
  for (let index = 0; index < 3; index++) await loader.next();
  await new Promise((resolve) => setTimeout(resolve, 100));
  // Had it been opened already, it would have been missing.
  await writeFile(late.path, await readFile(files[11]!.path));
  let last: unknown;
  for await (const loaded of loader) last = loaded;
  expect(last).toMatchObject({ pixels: { width: 19 } });
});
