import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { floatTensor } from '../../../main/trainer/graph/tensor.ts';
import { writeSafetensors } from '../../../main/trainer/loop/safetensors.ts';
import { photosOfFolder } from '../../../main/trainer/networks/reference/photos.ts';
import { adopt, fixtures } from '../support/adopt.ts';
import { readSafetensors } from '../support/safetensors.ts';

const numpy = join(fixtures, 'numpy');
let root: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'enxerto-reference-'));
  folder = join(root, 'photos');
  await mkdir(folder);
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

/** The photo of the reference that PyTorch answered, as a file of some size; `wider`: with more to its left and right. */
async function writePhoto(name: string, side = 224, wider = 0): Promise<void> {
  const reference = readSafetensors(join(fixtures, 'efficientnet_lite0.reference.safetensors'));
  const { data } = reference.get('image_u8')!;
  const raw = { width: 224, height: 224, channels: 3 } as const;
  const photo = sharp(data as Uint8Array, { raw }).resize(side, side);
  const more = { left: wider, right: wider, background: '#d04020' };
  await photo.extend(more).png().toFile(join(folder, name));
}

describe('a reference of numpy and a folder of images', () => {
  test.each(['lite0.npz', 'lite0-logits.npy'])('%s proves the scaling', async (file) => {
    await writePhoto('photo.png');
    const { report } = await adopt(root, { reference: join(numpy, file), referenceImages: folder });
    expect(report).toMatchObject({ scaling: 'lite', order: 'rgb', check: 'values', images: 1 });
    expect(report!.difference).toBeLessThan(1e-3);
  });

  test('probabilities and what is no number are refused by values; the first class of probabilities is compared', async () => {
    const stored = readSafetensors(join(fixtures, 'efficientnet_lite0.reference.safetensors'));
    const logits = stored.get('logits')!.data as Float32Array;
    const images = stored.get('image_u8')!;
    const parts = logits.map(Math.exp);
    const sum = parts.reduce((total, part) => total + part, 0);
    const file = async (data: Float32Array) => {
      const path = join(root, 'answers.safetensors');
      await writeFile(
        path,
        writeSafetensors(
          new Map([
            ['images', images],
            ['logits', floatTensor([1, 1000], data)],
          ]),
        ),
      );
      return path;
    };
    const reference = await file(parts.map((part) => part / sum));
    expect((await adopt(root, { reference })).last).toMatchObject({
      params: { why: 'referenceProbabilities' },
    });
    const top = await adopt(root, { reference, check: 'top1', scaling: 'lite', order: 'rgb' });
    expect(top.report).toMatchObject({ check: 'top1', agreeing: 1, difference: null });
    const broken = await file(logits.map((value, at) => (at === 7 ? Number.NaN : value)));
    expect((await adopt(root, { reference: broken })).last).toMatchObject({
      params: { why: 'referenceNumbers' },
    });
  });

  test('images that are missing, too many, or of another size are refused by name', async () => {
    const refusal = async (file: string) => {
      const { last } = await adopt(root, { reference: resolve(numpy, file), referenceImages: folder });
      expect(last).toMatchObject({ type: 'failed', code: 'NETWORK_UNSUPPORTED' });
      return (last as { params: Record<string, unknown> }).params;
    };
    expect(await refusal('lite0.npz')).toMatchObject({ why: 'referenceFolder' });
    await writePhoto('other.png');
    expect(await refusal('lite0.npz')).toMatchObject({ why: 'referenceNames', file: 'photo.png' });
    await writePhoto('third.png');
    expect(await refusal('lite0-logits.npy')).toMatchObject({ why: 'referenceRows', rows: 1, images: 2 });
    await rm(join(folder, 'other.png'));
    expect(await refusal('flags.npy')).toMatchObject({ why: 'referenceAnswers' });
    expect(await refusal('objects.npy')).toMatchObject({ why: 'referenceFile', file: 'objects.npy' });
    await writeFile(join(root, 'answers.csv'), '1,2');
    expect(await refusal(join(root, 'answers.csv'))).toMatchObject({
      why: 'referenceFile',
      file: 'answers.csv',
    });
  });

  test('a photo of another size is refused for the proof, and taken where only the first class counts', async () => {
    await writePhoto('photo.png', 224, 60);
    const npz = { reference: join(numpy, 'lite0.npz'), referenceImages: folder };
    const top = await adopt(root, { ...npz, check: 'top1' });
    expect(top.report).toMatchObject({ check: 'top1', images: 1, agreeing: 1, difference: null });
    expect(['lite', 'symmetric']).toContain(top.report!.scaling);
    const exact = await adopt(root, { ...npz, id: 'second', target: join(root, 'second') });
    expect(exact.last).toMatchObject({ code: 'PREPROCESSING', params: { why: 'scalingNone' } });
  });

  test('a first class that a wrong scaling gives by chance proves nothing where the logits say another', async () => {
    // Smoothed, the photo's two first classes change places with the right scaling, and a wrong one gives the reference's.
    await writePhoto('photo.png', 448);
    const npz = { reference: join(numpy, 'lite0.npz'), referenceImages: folder, check: 'top1' } as const;
    expect((await adopt(root, npz)).last).toMatchObject({
      code: 'PREPROCESSING',
      params: { why: 'topAnswersDiffer', wanted: 'lite', agreeing: 0, images: 1 },
    });
    expect((await adopt(root, { ...npz, scaling: 'unit', order: 'rgb' })).last).toMatchObject({
      code: 'PREPROCESSING',
      params: { why: 'scalingNearer', wanted: 'unit', nearer: 'lite', nearerOrder: 'rgb' },
    });
  });

  test('classes alone prove a named scaling, not one of several, and refuse wrong ones', async () => {
    await writePhoto('photo.png', 300);
    const classes = {
      reference: join(numpy, 'lite0-classes.npy'),
      referenceImages: folder,
      check: 'top1',
    } as const;
    expect((await adopt(root, { ...classes, scaling: 'lite', order: 'rgb' })).report).toMatchObject({
      check: 'top1',
      scaling: 'lite',
    });
    const open = { id: 'second', target: join(root, 'second') };
    expect((await adopt(root, { ...classes, ...open })).last).toMatchObject({
      code: 'PREPROCESSING',
      params: { why: 'scalingsFit', fits: expect.stringContaining('lite (rgb)') },
    });
    expect((await adopt(root, { ...classes, ...open, check: 'values' })).last).toMatchObject({
      params: { why: 'referenceAnswers' },
    });
    expect((await adopt(root, { ...classes, ...open, scaling: 'bytes', order: 'bgr' })).last).toMatchObject({
      code: 'PREPROCESSING',
      params: { why: 'topAnswersDiffer', agreeing: 0, images: 1, fits: expect.any(String) },
    });
  });
});

test('photos go by the names that the reference gives, else in the order of their names', async () => {
  for (const [name, side] of [
    ['b.png', 4],
    ['a.png', 6],
    ['B.png', 8],
  ] as const)
    await writePhoto(name, side);
  const sizeOf = async (files: readonly string[] | null) =>
    (await photosOfFolder(folder, { files, fitted: false })).size;
  expect(await sizeOf(['b.png', 'a.png'])).toEqual([4, 4]);
  // As Python sorts: capital letters come first.
  expect(await sizeOf(null)).toEqual([8, 8]);
});
