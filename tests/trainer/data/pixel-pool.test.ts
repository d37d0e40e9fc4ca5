import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeRgb } from '../../../main/lib/pixels/index.ts';
import { freshView } from '../../../main/trainer/data/augmentation/draw.ts';
import { renderView } from '../../../main/trainer/data/augmentation/render.ts';
import { plainView, type View } from '../../../main/trainer/data/augmentation/view.ts';
import { openPixelPool } from '../../../main/trainer/data/pixel-pool.ts';
import { compileResizer, resize } from '../../../main/trainer/data/resizer.ts';
import { presetSettings } from '../../../shared/domain/augmentation.ts';
import { createRandom } from '../../../shared/domain/random.ts';

const shape = { height: 32, width: 64, fit: 'pad' } as const;
const mean = [124, 116, 104] as const;
let folder: string;
const files: { path: string }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enxerto-pixels-'));
  const random = createRandom(3);
  for (let index = 0; index < 30; index++) {
    const [width, height] = [50 + 3 * index, 90 - index];
    const data = Uint8Array.from({ length: 3 * width * height }, () => random.below(256));
    const path = join(folder, `${index}.png`);
    await sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toFile(path);
    files.push({ path });
  }
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const viewsOf = ({ path }: { path: string }): View[] => [
  plainView,
  freshView(presetSettings('photos'), { seed: 4, sha256: path.padStart(64, '0'), number: 1 }, shape),
];

test.each([2, 8])('pixels and views are those of this thread, in order, %i threads', async (threads) => {
  const resizer = await compileResizer({ shape, mean }, 1);
  const pool = openPixelPool({ shape, mean }, threads);
  let seen = 0;
  for await (const loaded of pool.load(files, viewsOf)) {
    const file = files[seen++]!;
    expect(loaded.file).toBe(file);
    if ('error' in loaded) throw loaded.error;
    const decoded = await decodeRgb(file.path);
    const plain = await resize(resizer, decoded);
    const drawn = new Uint8Array(plain.length);
    await renderView(plain, { ...shape, mean }, viewsOf(file)[1]!, drawn, 0);
    expect(loaded.pixels).toEqual({ plain, views: [plain, drawn], decodedBytes: decoded.data.byteLength });
  }
  expect(seen).toBe(files.length);
  await pool.dispose();
  await resizer.dispose();
});

test('files that cannot be read come out in their place, with the reason and the file', async () => {
  const text = join(folder, 'text.jpg');
  await writeFile(text, 'hello');
  const gone = join(folder, 'gone.png');
  const changed = { path: files[1]!.path, sha256: '0'.repeat(64) };
  const pool = openPixelPool({ shape, mean }, 2);
  const seen: unknown[] = [];
  for await (const loaded of pool.load(
    [files[0]!, { path: gone }, { path: text }, changed, files[2]!],
    () => [],
  )) {
    seen.push('error' in loaded ? [loaded.error.code, basename(String(loaded.error.params.file))] : 'pixels');
  }
  await pool.dispose();
  expect(seen).toEqual([
    'pixels',
    ['FILE_MISSING', 'gone.png'],
    ['FILE_UNREADABLE', 'text.jpg'],
    ['FILE_UNREADABLE', '1.png'],
    'pixels',
  ]);
});

test('it ends at once with images under way, and answers nobody afterwards', async () => {
  const pool = openPixelPool({ shape, mean }, 2);
  const loading = pool.load(files, () => []);
  await loading.next();
  await pool.dispose();
  const rest = async () => {
    for await (const _ of loading);
  };
  await expect(rest()).rejects.toThrow('has ended');
});
