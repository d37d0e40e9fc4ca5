import type { Program } from '../executors/types.ts';
import { NetworkError } from '../graph/errors.ts';
import { floatTensor } from '../graph/tensor.ts';
import type { FloatTensor } from '../graph/types.ts';

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

/** How far answers may be off, relative to the largest expected number where that is above 1. */
export const TOLERANCE = 1e-3;

/** What a way of scaling gives on a reference. */
export interface ScalingTrial {
  readonly scaling: string;
  readonly order: 'rgb' | 'bgr';
  /** Largest difference of any answer, relative as for TOLERANCE; null where there are only classes to compare with. */
  readonly difference: number | null;
  /** Photos whose first class is the reference's; null where that cannot be compared. */
  readonly agreeing: number | null;
}

/** What a network is compared with. `names`: its input, and the values that it gives for what is expected. */
export interface Expectation {
  readonly photos: AsyncIterable<Uint8Array>;
  readonly size: readonly [number, number];
  readonly input: string;
  /** Rows by the value that must give them: one a photo. */
  readonly rows: ReadonlyMap<string, readonly Float32Array[]>;
  /** The value whose largest number must be at that place; null: not compared. */
  readonly first: { readonly value: string; readonly classes: readonly number[] } | null;
}

/** Tries ways of scaling and both orders of colours. `program`: compiled for one photo, its input RGB. */
export async function tryScalings(
  program: Program,
  { photos, size, input, rows, first }: Expectation,
  candidates: Readonly<Record<string, Scaling>>,
  breathe: () => Promise<void>,
): Promise<readonly ScalingTrial[]> {
  const trials = Object.entries(candidates).flatMap(([scaling, given]) =>
    (['rgb', 'bgr'] as const).map((order) => ({ scaling, given, order, difference: 0, agreeing: 0 })),
  );
  const wanted = [...new Set([...rows.keys(), ...(first ? [first.value] : [])])];
  let at = 0;
  for await (const photo of photos) {
    for (const trial of trials) {
      await breathe();
      const feeds = new Map([[input, scaled(photo, size, trial.given, trial.order)]]);
      const answers = await program.run(feeds, wanted);
      const of = (value: string) => answers.get(value)!.data as Float32Array;
      for (const [value, expected] of rows)
        trial.difference = Math.max(trial.difference, distance(of(value), expected[at]!));
      if (first && largestAt(of(first.value)) === first.classes[at]) trial.agreeing++;
    }
    at++;
  }
  return trials.map(({ scaling, order, difference, agreeing }) => ({
    scaling,
    order,
    difference: rows.size === 0 ? null : difference,
    agreeing: first === null ? null : agreeing,
  }));
}

/** Position of the largest number of a row. */
export function largestAt(row: Float32Array): number {
  return row.reduce((best, value, at) => (value > row[best]! ? at : best), 0);
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
      { reason: 'referenceLength', params: { numbers: answer.length, expected: expected.length } },
    );
  let largest = 0;
  let scale = 1;
  for (let at = 0; at < expected.length; at++) {
    const off = Math.abs(answer[at]! - expected[at]!);
    // What is no number fits nothing.
    if (!(off <= largest)) largest = Number.isNaN(off) ? Number.POSITIVE_INFINITY : off;
    scale = Math.max(scale, Math.abs(expected[at]!));
  }
  return largest / scale;
}
