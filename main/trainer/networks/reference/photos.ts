import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { decodeRgb, imageExtensions, type RgbImage, readInfo } from '../../../lib/pixels/index.ts';
import { compileResizer, resize } from '../../data/resizer.ts';
import type { Tensor } from '../../graph/types.ts';
import { referenceError } from './errors.ts';

type Size = readonly [number, number];

/** Photos of a reference as a network of some size sees them: uint8 planes, red, green, blue. */
export interface Photos {
  readonly count: number;
  /** Height and width that they have by themselves; null where they are brought to the network's. */
  readonly size: Size | null;
  readonly at: (size: Size) => AsyncIterable<Uint8Array>;
}

/** Photos in a tensor: uint8 [N, height, width, 3] or [N, 3, height, width]. */
export function photosOfTensor(images: Tensor | undefined): Photos {
  if (images?.dtype !== 'uint8' || images.dims.length !== 4)
    throw referenceError('referenceImages', 'it needs "images", uint8 [N, height, width, 3]');
  const interleaved = images.dims[3] === 3;
  if (!interleaved && images.dims[1] !== 3)
    throw referenceError('referenceColours', 'its images do not have three colours');
  const [count = 0] = images.dims;
  const [height = 0, width = 0] = interleaved ? images.dims.slice(1, 3) : images.dims.slice(2);
  const length = height * width * 3;
  return {
    count,
    size: [height, width],
    at: async function* () {
      for (let at = 0; at < count; at++) {
        const photo = images.data.subarray(at * length, (at + 1) * length);
        yield interleaved ? planesOf(photo) : photo.slice();
      }
    },
  };
}

/**
 * Photos in a folder, in the order of `files`, else of their names by code points (Python's `sorted`). `fitted`: of any size, the
 * largest part of the network's aspect in their middle brought to its size; else they have that size already.
 */
export async function photosOfFolder(
  folder: string,
  { files, fitted }: { readonly files: readonly string[] | null; readonly fitted: boolean },
): Promise<Photos> {
  const found = (await readdir(folder)).filter((name) => imageExtensions.has(extname(name).toLowerCase()));
  if (found.length === 0) throw referenceError('referenceFolder', 'there are no images in its folder');
  const missing = files?.find((name) => !found.includes(name));
  if (missing !== undefined)
    throw referenceError('referenceNames', `its folder has no image "${missing}"`, { file: missing });
  const names = files ?? found.sort(byCodePoints);
  const { width, height } = await readInfo(join(folder, names[0]!));
  return {
    count: names.length,
    size: fitted ? null : [height, width],
    at: (size) => (fitted ? fittedPhotos(folder, names, size) : exactPhotos(folder, names, size)),
  };
}

/** UTF-8 sorts as code points do, where UTF-16 does not. */
const byCodePoints = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other));

async function* exactPhotos(
  folder: string,
  names: readonly string[],
  [height, width]: Size,
): AsyncGenerator<Uint8Array> {
  for (const name of names) {
    const photo = await decodeRgb(join(folder, name));
    if (photo.height !== height || photo.width !== width)
      throw referenceError(
        'referenceImageSize',
        `"${name}" has ${photo.height} × ${photo.width} pixels instead of ${height} × ${width}`,
        { file: name, ownHeight: photo.height, ownWidth: photo.width, height, width },
      );
    yield planesOf(photo.data);
  }
}

async function* fittedPhotos(
  folder: string,
  names: readonly string[],
  [height, width]: Size,
): AsyncGenerator<Uint8Array> {
  const shape = { height, width, fit: 'stretch' } as const;
  const resizer = await compileResizer({ shape, mean: [127, 127, 127] }, 1);
  try {
    for (const name of names) {
      const photo = await decodeRgb(join(folder, name));
      yield await resize(resizer, middleOf(photo, width / height));
    }
  } finally {
    await resizer.dispose();
  }
}

/** The largest part of an aspect (width ÷ height) in the middle of a photo. */
function middleOf(photo: RgbImage, aspect: number): RgbImage {
  const width = Math.max(1, Math.min(photo.width, Math.round(photo.height * aspect)));
  const height = Math.max(1, Math.min(photo.height, Math.round(photo.width / aspect)));
  const left = Math.floor((photo.width - width) / 2);
  const top = Math.floor((photo.height - height) / 2);
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    const from = 3 * ((top + y) * photo.width + left);
    data.set(photo.data.subarray(from, from + 3 * width), 3 * y * width);
  }
  return { data, width, height };
}

function planesOf(photo: Uint8Array): Uint8Array {
  const area = photo.length / 3;
  return photo.map((_, at) => photo[(at % area) * 3 + Math.floor(at / area)]!);
}
