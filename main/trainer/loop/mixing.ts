import type { TrainingPhase } from '../../../shared/contract/recipe.ts';
import type { Random } from '../../../shared/domain/random.ts';
import { floatTensor } from '../graph/tensor.ts';
import type { Tensor } from '../graph/types.ts';

/** Rows that are fed together, with what each counts in the loss. */
export interface Rows {
  readonly inputs: ReadonlyMap<string, Tensor>;
  /** float32 [rows, classes] and [rows]. */
  readonly target: Tensor;
  readonly weight: Tensor;
}

/** How the images of one step are mixed in pairs. */
export interface Mix {
  /** Row that each row is mixed with. */
  readonly partners: readonly number[];
  /** Share of a row's own image and label, 0.5 to 1. */
  readonly share: number;
  /** Part of the partner's image that is pasted in; null where the two are blended. */
  readonly box: Box | null;
}

/** What of it concerns the rows of one part: partners are counted from its first row, those outside after its last. */
export interface PartMix extends Mix {
  /** Rows of the step, outside the part, that are partners of its own; each is one of them only. */
  readonly outside: readonly number[];
}

interface Box {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/**
 * Draws how a step of `rows` images is mixed, one share and one box for all of them as in the papers; null where the phase mixes
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

/** The part of a step's mix for `count` of its rows from `first` on. */
export function mixOfPart(mix: Mix, first: number, count: number): PartMix {
  const outside: number[] = [];
  const partners = mix.partners.slice(first, first + count).map((partner) => {
    const row = partner - first;
    return row >= 0 && row < count ? row : count + outside.push(partner) - 1;
  });
  return { ...mix, partners, outside };
}

/**
 * The rows of a part, mixed: every value of those that hold images, bytes rounded; the rest stays as it is. `outside`: the
 * partners that lie outside the part, null where there are none.
 */
export function mixRows(own: Rows, outside: Rows | null, mix: PartMix): Rows {
  const inputs = [...own.inputs].map(([name, feed]) => {
    const pair = { own: feed, outside: outside?.inputs.get(name) ?? null };
    return [name, mix.box ? pasted(pair, mix, mix.box) : blended(pair, mix)] as const;
  });
  return { inputs: new Map(inputs), ...mixTargets(own, outside, mix) };
}

/** One feed of a part and of the partners outside it. */
interface Pair {
  readonly own: Tensor;
  readonly outside: Tensor | null;
}

/** The values of a row's partner. */
function partnerValues({ own, outside }: Pair, { partners }: Mix, row: number): Float32Array {
  const partner = partners[row]!;
  const beyond = partner - partners.length;
  const [from, at] = beyond < 0 ? [own, partner] : [outside!, beyond];
  const length = from.data.length / from.dims[0]!;
  return (from.data as Float32Array).subarray(at * length, (at + 1) * length);
}

function blended(pair: Pair, mix: Mix): Tensor {
  const { own } = pair;
  const data = (own.data as Float32Array).slice();
  const length = data.length / own.dims[0]!;
  const bytes = own.dtype === 'uint8';
  const { partners, share } = mix;
  for (const [row, partner] of partners.entries()) {
    if (row === partner) continue;
    const other = partnerValues(pair, mix, row);
    for (let index = 0, at = row * length; index < length; index++, at++) {
      const value = share * data[at]! + (1 - share) * other[index]!;
      data[at] = bytes ? Math.round(value) : value;
    }
  }
  return { ...own, data } as Tensor;
}

function pasted(pair: Pair, mix: Mix, { top, left, bottom, right }: Box): Tensor {
  const { own } = pair;
  const data = (own.data as Float32Array).slice();
  const [, planes, height, width] = own.dims as [number, number, number, number];
  for (const row of mix.partners.keys()) {
    const other = partnerValues(pair, mix, row);
    const first = row * planes * height * width;
    for (let plane = 0; plane < planes; plane++) {
      for (let line = top; line < bottom; line++) {
        const at = (plane * height + line) * width;
        data.set(other.subarray(at + left, at + right), first + at + left);
      }
    }
  }
  return { ...own, data } as Tensor;
}

/**
 * The loss of a mixed row is that of its own label times its share plus that of the partner's label times the rest, each
 * with the weight of its image.
 */
function mixTargets(own: Rows, outside: Rows | null, mix: Mix): Pick<Rows, 'target' | 'weight'> {
  const { partners, share } = mix;
  const targets = { own: own.target, outside: outside?.target ?? null };
  const weights = { own: own.weight, outside: outside?.weight ?? null };
  const classes = own.target.dims[1]!;
  const rows = (own.target.data as Float32Array).slice();
  const sums = (own.weight.data as Float32Array).slice();
  for (const row of partners.keys()) {
    const mine = share * sums[row]!;
    const theirs = (1 - share) * partnerValues(weights, mix, row)[0]!;
    sums[row] = mine + theirs;
    if (mine + theirs === 0) continue;
    const other = partnerValues(targets, mix, row);
    for (let label = 0; label < classes; label++) {
      const mixed = mine * rows[row * classes + label]! + theirs * other[label]!;
      rows[row * classes + label] = mixed / (mine + theirs);
    }
  }
  return { target: floatTensor(own.target.dims, rows), weight: floatTensor(own.weight.dims, sums) };
}
