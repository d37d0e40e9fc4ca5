import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  decodeRgb,
  type RgbImage,
  readInfo,
  renderForBrowser,
  renderThumbnail,
} from '../../../main/lib/pixels/index.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import {
  badFiles,
  claimedPng,
  colourAt,
  goodFiles,
  height,
  orientedJpeg,
  ramp16,
  runLengthBomb,
  transparentPng,
  width,
  writeFiles,
} from '../../fixtures/images/make.ts';

let folder = '';
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enxerto-pixels-'));
  await writeFiles(folder, await goodFiles());
  await writeFiles(folder, await badFiles());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Largest difference to the test picture, away from the borders between its quarters. */
function worst(image: RgbImage): number {
  let most = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if (Math.abs(x - width / 2) < 5 || Math.abs(y - height / 2) < 5) continue;
      const expected = colourAt(x, y);
      for (let channel = 0; channel < 3; channel++)
        most = Math.max(
          most,
          Math.abs((image.data[(y * width + x) * 3 + channel] ?? -999) - (expected[channel] ?? 0)),
        );
    }
  return most;
}

async function failure(work: Promise<unknown>): Promise<StudioError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof StudioError)) throw new Error(`Expected a StudioError, got ${String(error)}`);
  return error;
}

describe('decodeRgb', () => {
  const lossless = ['plain.png', 'palette.png', 'plain.webp', 'plain.tif', 'plain.gif'];
  const bitmaps = ['plain24.bmp', 'topdown32.bmp', 'gap24.bmp', 'palette8.bmp', 'palette4.bmp'];
  test.each([...lossless, ...bitmaps])('%s decodes to the very pixels', async (name) => {
    const image = await decodeRgb(at(name));
    expect([image.width, image.height, image.data.length]).toEqual([width, height, width * height * 3]);
    expect(worst(image)).toBe(0);
  });

  test.each([
    ['plain.jpg', 6],
    ['progressive.jpg', 6],
    ['plain.avif', 8],
    ['wide-gamut.png', 4],
    // Printing colours cannot hold all of these; what must not happen is inverted or swapped channels.
    ['cmyk.jpg', 75],
  ])('%s decodes to nearly the same colours', async (name, tolerance) => {
    const image = await decodeRgb(at(name));
    expect([image.width, image.height]).toEqual([width, height]);
    expect(worst(image)).toBeLessThanOrEqual(tolerance);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('EXIF orientation %i is upright everywhere', async (value) => {
    const path = at(`orientation-${value}.jpg`);
    await writeFile(path, await orientedJpeg(value));
    const info = await readInfo(path);
    expect([info.width, info.height, info.orientation]).toEqual([width, height, value]);
    expect(worst(await decodeRgb(path))).toBeLessThanOrEqual(6);
    for (const small of [await renderThumbnail(path, 48), await renderForBrowser(path)]) {
      expect([small.width, small.height]).toEqual([width, height]);
      const raw = await sharp(small.data).raw().toBuffer({ resolveWithObject: true });
      expect(worst({ data: raw.data, width, height })).toBeLessThanOrEqual(20);
    }
  });

  test.each([
    [1, 'png'],
    [3, 'png'],
    [1, 'tiff'],
    [3, 'tiff'],
  ] as const)('16 bits and %i channels in %s keep their scale', async (channels, format) => {
    const path = at(`ramp-${channels}.${format}`);
    await writeFile(path, await ramp16(channels, format));
    const { data } = await decodeRgb(path);
    expect(Array.from({ length: 256 }, (_, pixel) => data[pixel * 3])).toEqual(
      Array.from({ length: 256 }, (_, level) => level),
    );
    expect((await readInfo(path)).bitDepth).toBe(16);
  });

  test('transparency lies on white, in training as in thumbnails', async () => {
    await writeFile(at('alpha.png'), await transparentPng());
    const { data } = await decodeRgb(at('alpha.png'));
    expect([...data.subarray(0, 3)]).toEqual([255, 255, 255]);
    expect([...data.subarray(57, 60)]).toEqual([0, 0, 255]);
    const small = await renderThumbnail(at('alpha.png'), 20);
    const raw = await sharp(small.data).raw().toBuffer();
    expect(raw[0]).toBeGreaterThan(240);
    expect(raw[1]).toBeGreaterThan(240);
  });

  test('a smaller limit of pixels is kept and named', async () => {
    const error = await failure(decodeRgb(at('plain.png'), { maxPixels: 1000 }));
    expect(error.code).toBe('IMAGE_TOO_LARGE');
    expect(error.params).toMatchObject({ file: 'plain.png', width, height });
  });
});

describe('readInfo', () => {
  test('tells when a photo was taken, and nothing where no camera said so', async () => {
    expect((await readInfo(at('dated.jpg'))).takenAt).toBe('2024-03-05T14:20:31');
    expect((await readInfo(at('plain.jpg'))).takenAt).toBeNull();
  });

  test('tells what a browser can show', async () => {
    expect((await readInfo(at('plain.jpg'))).isBrowserImage).toBe(true);
    for (const name of ['cmyk.jpg', 'plain.tif', 'plain24.bmp'])
      expect((await readInfo(at(name))).isBrowserImage).toBe(false);
  });

  test('non-ASCII and very long paths', async () => {
    const name = `Фото 葉 🌿 #1 ${'x'.repeat(150)}`;
    const deep = join(folder, name, name.slice(0, 100));
    await mkdir(deep, { recursive: true });
    await writeFile(join(deep, 'folha açaí.png'), (await goodFiles())['plain.png'] ?? '');
    expect((await decodeRgb(join(deep, 'folha açaí.png'))).width).toBe(width);
  });
});

describe('what cannot be used', () => {
  test.each([
    ['empty.jpg', 'empty'],
    ['text.jpg', 'text file'],
    ['drawing.jpg', 'SVG'],
    ['page.png', 'HTML'],
    ['paper.jpg', 'PDF'],
    ['phone.jpg', 'HEIC'],
    ['cut.jpg', 'cut short'],
    ['head.jpg', ''],
    ['cut.png', ''],
    ['cut.webp', ''],
    ['cut.bmp', 'cut short'],
    ['bomb.bmp', 'cut short'],
    ['polyglot.gif', ''],
    ['measured.tif', 'measured values'],
  ])('%s is refused with a reason, at once', async (name, reason) => {
    const started = performance.now();
    for (const work of [decodeRgb, (path: string) => renderThumbnail(path, 320), renderForBrowser]) {
      const error = await failure(work(at(name)));
      expect(error.code).toBe('FILE_UNREADABLE');
      expect(error.message).toContain(at(name));
      expect(error.params.file).toBe(name);
      expect(error.message).toContain(reason);
    }
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test.each([
    [30_000, 30_000],
    [100_000, 100_000],
  ])('%i × %i pixels are refused from the header, naming the limit', async (wide, high) => {
    await writeFile(at('huge.png'), claimedPng(wide, high));
    const before = process.memoryUsage().rss;
    for (const work of [readInfo, decodeRgb, (path: string) => renderThumbnail(path, 320)]) {
      const error = await failure(work(at('huge.png')));
      expect(error.code).toBe('IMAGE_TOO_LARGE');
      expect(error.message).toContain('268 megapixels');
      expect(error.params).toMatchObject({ width: wide, height: high });
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });

  test('a run-length bitmap that blows up from 2 MB to 256 megapixels is refused without holding up anything', async () => {
    await writeFile(at('blows-up.bmp'), runLengthBomb(16_000));
    const before = process.memoryUsage().rss;
    const started = performance.now();
    const error = await failure(decodeRgb(at('blows-up.bmp')));
    expect(error.code).toBe('IMAGE_TOO_LARGE');
    expect(error.message).toContain('16 megapixels');
    expect(performance.now() - started).toBeLessThan(1000);
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });

  test('a file that is gone, and one that is a folder', async () => {
    expect((await failure(decodeRgb(at('nothing.jpg')))).code).toBe('FILE_MISSING');
    await mkdir(at('folder.jpg'), { recursive: true });
    expect((await failure(decodeRgb(at('folder.jpg')))).code).toBe('FILE_UNREADABLE');
    await symlink(at('nowhere'), at('broken-link.jpg'));
    expect((await failure(decodeRgb(at('broken-link.jpg')))).code).toBe('FILE_MISSING');
  });

  test.skipIf(process.platform === 'win32')('a file without the right to read it', async (context) => {
    await writeFile(at('secret.jpg'), 'x');
    await chmod(at('secret.jpg'), 0);
    await chmod(folder, 0o755);
    // Root may read anything, so the question is asked as another user.
    const pixels = new URL('../../../main/lib/pixels/index.ts', import.meta.url).href;
    const code = `import { decodeRgb } from ${JSON.stringify(pixels)};
      await decodeRgb(${JSON.stringify(at('secret.jpg'))}).catch((error) => console.log(error.code));`;
    const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
      encoding: 'utf8',
      ...user,
    });
    if (child.status !== 0) return context.skip('another user cannot run the program here');
    expect(child.stdout.trim()).toBe('NO_PERMISSION');
  });
});

describe('renderThumbnail', () => {
  test('fits into the size and is never enlarged', async () => {
    const small = await renderThumbnail(at('plain.jpg'), 24);
    expect([small.type, small.width, small.height]).toEqual(['image/webp', 24, 16]);
    const same = await renderThumbnail(at('plain.jpg'), 1000);
    expect([same.width, same.height]).toEqual([width, height]);
  });
});
