import type { Program } from '../executors/types.ts';
import { NetworkError } from '../graph/errors.ts';
import { floatTensor } from '../graph/tensor.ts';
import type { FloatTensor, Tensor } from '../graph/types.ts';

/** (x − mean) / std on 0…255 values, in the order red, green, blue. */
export interface Scaling {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

const same = (value: number) => [value, value, value] as const;

/** Scalings that published networks are trained with. */
export const scalings: Readonly<Record<string, Scaling>> = {
  imagenet: { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] },
  symmetric: { mean: same(127.5), std: same(127.5) },
  lite: { mean: same(127), std: same(128) },
  unit: { mean: same(0), std: same(255) },
  bytes: { mean: same(0), std: same(1) },
  centred: { mean: [123.68, 116.779, 103.939], std: same(1) },
};

/** Photos at the network's size with what the network must answer for them. */
export interface Reference {
  /** uint8 RGB planes, one array a photo. */
  readonly photos: readonly Uint8Array[];
  readonly size: readonly [number, number];
  /** By what they are (`features`, `logits`): one row a photo. */
  readonly expected: ReadonlyMap<'features' | 'logits', readonly Float32Array[]>;
}

/** How far answers may be off, relative to the largest expected number where that is above 1. */
export const TOLERANCE = 1e-3;

/**
 * Takes a reference from tensors: `image_u8` or `images` (uint8 [N, height, width, 3] or [N, 3, height, width]) and
 * `features` or `logits` (float32 [N, …]). WEIGHTS_MISMATCH says what is missing or does not fit.
 */
export function referenceOf(tensors: ReadonlyMap<string, Tensor>): Reference {
  const wrong = (why: string) =>
    new NetworkError('WEIGHTS_MISMATCH', `The reference cannot be used: ${why}.`);
  const images = tensors.get('image_u8') ?? tensors.get('images');
  if (images?.dtype !== 'uint8' || images.dims.length !== 4)
    throw wrong('it needs "images", uint8 [N, height, width, 3]');
  const interleaved = images.dims[3] === 3;
  if (!interleaved && images.dims[1] !== 3) throw wrong('its images do not have three colours');
  const [count] = images.dims as readonly [number];
  const [height, width] = (interleaved ? images.dims.slice(1, 3) : images.dims.slice(2)) as [number, number];
  const pixels = height * width * 3;
  const photos = Array.from({ length: count }, (_, at) => {
    const photo = images.data.subarray(at * pixels, (at + 1) * pixels);
    return interleaved ? planesOf(photo) : photo.slice();
  });
  const expected = new Map<'features' | 'logits', readonly Float32Array[]>();
  for (const name of ['features', 'logits'] as const) {
    const value = tensors.get(name);
    if (value?.dtype !== 'float32') continue;
    if (value.dims[0] !== count) throw wrong(`"${name}" has ${value.dims[0]} rows for ${count} images`);
    const row = value.data.length / count;
    expected.set(
      name,
      photos.map((_, at) => value.data.slice(at * row, (at + 1) * row)),
    );
  }
  if (count === 0 || expected.size === 0) throw wrong('it needs "features" or "logits", float32 [N, …]');
  return { photos, size: [height, width], expected };
}

function planesOf(photo: Uint8Array): Uint8Array {
  const area = photo.length / 3;
  return photo.map((_, at) => photo[(at % area) * 3 + Math.floor(at / area)]!);
}

/** What a way of scaling gives on a reference. */
export interface ScalingTrial {
  readonly scaling: string;
  readonly order: 'rgb' | 'bgr';
  /** Largest difference of any answer, relative as for TOLERANCE. */
  readonly difference: number;
}

/**
 * Tries ways of scaling and both orders of colours on a reference, best first. `program`: compiled for one photo, its
 * input RGB; `names`: its input, and the values it gives for what is expected.
 */
export async function tryScalings(
  program: Program,
  reference: Reference,
  names: { readonly input: string; readonly values: ReadonlyMap<'features' | 'logits', string> },
  candidates: Readonly<Record<string, Scaling>>,
): Promise<readonly ScalingTrial[]> {
  const trials: ScalingTrial[] = [];
  for (const [scaling, given] of Object.entries(candidates))
    for (const order of ['rgb', 'bgr'] as const) {
      let difference = 0;
      for (const [at, photo] of reference.photos.entries()) {
        const feeds = new Map([[names.input, scaled(photo, reference.size, given, order)]]);
        const answers = await program.run(feeds, [...names.values.values()]);
        for (const [what, value] of names.values)
          difference = Math.max(
            difference,
            distance(answers.get(value)!.data as Float32Array, reference.expected.get(what)![at]!),
          );
      }
      trials.push({ scaling, order, difference });
    }
  return trials.sort((one, other) => one.difference - other.difference);
}

/** `bgr`: as a network sees it that takes blue first; each colour keeps its own scaling. */
function scaled(
  photo: Uint8Array,
  [height, width]: readonly [number, number],
  { mean, std }: Scaling,
  order: 'rgb' | 'bgr',
): FloatTensor {
  const area = height * width;
  const values = new Float32Array(photo.length);
  for (let channel = 0; channel < 3; channel++) {
    const from = order === 'rgb' ? channel : 2 - channel;
    for (let at = 0; at < area; at++)
      values[channel * area + at] = (photo[from * area + at]! - mean[from]!) / std[from]!;
  }
  return floatTensor([1, 3, height, width], values);
}

function distance(answer: Float32Array, expected: Float32Array): number {
  if (answer.length !== expected.length)
    throw new NetworkError(
      'SHAPE_MISMATCH',
      `The network gives ${answer.length} numbers an image, the reference has ${expected.length}.`,
    );
  let largest = 0;
  let scale = 1;
  for (let at = 0; at < expected.length; at++) {
    const off = Math.abs(answer[at]! - expected[at]!);
    if (!(off <= largest)) largest = off;
    scale = Math.max(scale, Math.abs(expected[at]!));
  }
  return largest / scale;
}
