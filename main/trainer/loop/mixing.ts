import type { TrainingPhase } from '../../../shared/contract/recipe.ts';
import type { Random } from '../../../shared/domain/random.ts';
import { floatTensor } from '../graph/tensor.ts';
import type { Tensor } from '../graph/types.ts';

/** How the images of one batch are mixed in pairs. */
export interface Mix {
  /** Row that each row is mixed with. */
  readonly partners: readonly number[];
  /** Share of a row's own image and label, 0.5 to 1. */
  readonly share: number;
  /** Part of the partner's image that is pasted in; null where the two are blended. */
  readonly box: Box | null;
}

interface Box {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/**
 * Draws how a batch of `rows` images is mixed, one share for all of them as in the papers; null where the phase mixes
 * nothing. `size`: height and width of the images, null above a cut, where nothing can be cut out.
 */
export function drawMix(
  { mixup, cutmix }: TrainingPhase['mixing'],
  rows: number,
  size: readonly [number, number] | null,
  random: Random,
): Mix | null {
  const cuts = size !== null && cutmix > 0 && (mixup === 0 || random.uniform() < 0.5);
  const alpha = cuts ? cutmix : mixup;
  if (alpha === 0 || rows < 2) return null;
  const drawn = beta(alpha, random);
  const partners = random.shuffle(Array.from({ length: rows }, (_, row) => row));
  // Row and partner change roles as often as not, so the larger share may as well be always the row's own: its label
  // is then what the row is counted right by.
  const share = Math.max(drawn, 1 - drawn);
  if (!cuts) return { partners, share, box: null };
  const box = drawBox(size, 1 - share, random);
  const cut = (box.bottom - box.top) * (box.right - box.left);
  return { partners, share: 1 - cut / (size[0] * size[1]), box };
}

/** A box of the images' aspect around a uniformly drawn centre, clipped at the borders. `area`: of the whole, 0 to 1. */
function drawBox([height, width]: readonly [number, number], area: number, random: Random): Box {
  const side = Math.sqrt(area);
  const [tall, wide] = [Math.round(height * side), Math.round(width * side)];
  const top = random.below(height) - (tall >> 1);
  const left = random.below(width) - (wide >> 1);
  return {
    top: Math.max(0, top),
    left: Math.max(0, left),
    bottom: Math.max(0, Math.min(height, top + tall)),
    right: Math.max(0, Math.min(width, left + wide)),
  };
}

/** A draw from Beta(α, α) as the share of one of two gamma variables. */
function beta(alpha: number, random: Random): number {
  // In logarithms: with a small α both variables may be too small for a number.
  const difference = logGamma(alpha, random) - logGamma(alpha, random);
  return 1 / (1 + Math.exp(-difference));
}

/** Logarithm of a draw from Gamma(α, 1). Marsaglia & Tsang 2000; below 1 by their α + 1 with a power of a uniform draw. */
function logGamma(alpha: number, random: Random): number {
  if (alpha < 1) return logGamma(alpha + 1, random) + Math.log(1 - random.uniform()) / alpha;
  const d = alpha - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random.uniform()) < x * x * 0.5 + d - d * v + d * Math.log(v)) {
      return Math.log(d * v);
    }
  }
}

/** The inputs of a batch, mixed: every value of its rows that hold images, bytes rounded. The rest stays as it is. */
export function mixFeeds(feeds: ReadonlyMap<string, Tensor>, mix: Mix): Map<string, Tensor> {
  return new Map(
    [...feeds].map(([name, feed]) => [name, mix.box ? pasted(feed, mix, mix.box) : blended(feed, mix)]),
  );
}

function blended(feed: Tensor, { partners, share }: Mix): Tensor {
  const from = feed.data as Float32Array;
  const data = from.slice();
  const length = from.length / feed.dims[0]!;
  const bytes = feed.dtype === 'uint8';
  for (const [row, partner] of partners.entries()) {
    if (row === partner) continue;
    for (let own = row * length, other = partner * length; own < (row + 1) * length; own++, other++) {
      const value = share * from[own]! + (1 - share) * from[other]!;
      data[own] = bytes ? Math.round(value) : value;
    }
  }
  return { ...feed, data } as Tensor;
}

function pasted(feed: Tensor, { partners }: Mix, { top, left, bottom, right }: Box): Tensor {
  const from = feed.data as Float32Array;
  const data = from.slice();
  const [, planes, height, width] = feed.dims as [number, number, number, number];
  for (const [row, partner] of partners.entries()) {
    for (let plane = 0; plane < planes; plane++) {
      for (let line = top; line < bottom; line++) {
        const at = (image: number) => ((image * planes + plane) * height + line) * width;
        data.set(from.subarray(at(partner) + left, at(partner) + right), at(row) + left);
      }
    }
  }
  return { ...feed, data } as Tensor;
}

/**
 * Targets [rows, classes] and weights [rows] of a mixed batch: the loss of a mixed row is that of its own label times
 * its share plus that of the partner's label times the rest, each with the weight of its image.
 */
export function mixTargets(
  target: Tensor,
  weight: Tensor,
  { partners, share }: Mix,
): { readonly target: Tensor; readonly weight: Tensor } {
  const classes = target.dims[1]!;
  const from = target.data as Float32Array;
  const weights = weight.data as Float32Array;
  const rows = from.slice();
  const sums = weights.slice();
  for (const [row, partner] of partners.entries()) {
    const own = share * weights[row]!;
    const other = (1 - share) * weights[partner]!;
    sums[row] = own + other;
    if (own + other === 0) continue;
    for (let label = 0; label < classes; label++) {
      const mixed = own * from[row * classes + label]! + other * from[partner * classes + label]!;
      rows[row * classes + label] = mixed / (own + other);
    }
  }
  return { target: floatTensor(target.dims, rows), weight: floatTensor(weight.dims, sums) };
}
