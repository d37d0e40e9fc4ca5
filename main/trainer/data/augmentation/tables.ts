import { assertNever } from '../../../../shared/domain/errors.ts';
import { luma } from './colour.ts';
import type { PointStep } from './view.ts';

/** Steps on single values, waiting to be done at once. */
export interface Tables {
  readonly add: (step: PointStep) => void;
  readonly apply: () => void;
}

const unchanged = Uint8Array.from({ length: 256 }, (_, value) => value);

/** Tables for these channels of one picture (uint8 planes of equal size), changed in place by `apply`. */
export function createTables(channels: readonly Uint8Array[]): Tables {
  const tables = channels.map(() => unchanged.slice());
  let counted: readonly Uint32Array[] | null = null;
  /** How often each value occurs in each channel as the tables have made it. */
  const histograms = () => {
    counted ??= channels.map(histogramOf);
    return counted.map((counts, channel) => through(counts, tables[channel]!));
  };
  const change = (answer: (value: number, channel: number) => number) => {
    for (let channel = 0; channel < tables.length; channel++) {
      const table = tables[channel]!;
      // Clipped and truncated, as PIL's blending does it.
      for (let at = 0; at < 256; at++) table[at] = Math.min(Math.max(answer(table[at]!, channel), 0), 255);
    }
  };
  return {
    add: (step) => change(answerOf(step, { histograms, greyMean: () => meanGrey(channels, tables) })),
    apply: () => {
      for (const [channel, plane] of channels.entries()) lookUp(plane, tables[channel]!);
    },
  };
}

/** What some steps need to know of the picture as the tables have made it. */
interface Statistics {
  readonly histograms: () => readonly Uint32Array[];
  readonly greyMean: () => number;
}

function answerOf(
  step: PointStep,
  { histograms, greyMean }: Statistics,
): (value: number, channel: number) => number {
  switch (step[0]) {
    case 'brightness':
      return (value) => value * step[1];
    case 'contrast': {
      const mean = greyMean();
      return (value) => mean + (value - mean) * step[1];
    }
    case 'posterize': {
      const mask = 256 - 2 ** (8 - step[1]);
      return (value) => value & mask;
    }
    case 'solarize':
      return (value) => (value < step[1] ? value : 255 - value);
    case 'autoContrast':
      return perChannel(histograms().map(stretchedTable));
    case 'equalize':
      return perChannel(histograms().map(equalizedTable));
    default:
      return assertNever(step, 'Every step on single values has its answer');
  }
}

const perChannel = (tables: readonly (Uint8Array | null)[]) => (value: number, channel: number) =>
  tables[channel]?.[value] ?? value;

function histogramOf(plane: Uint8Array): Uint32Array {
  // Four counters for neighbouring pixels: equal values one after the other need not wait for one another.
  const counts = new Uint32Array(4 * 256);
  const last = plane.length - (plane.length % 4);
  for (let at = 0; at < last; at += 4) {
    counts[plane[at]!]! += 1;
    counts[256 + plane[at + 1]!]! += 1;
    counts[512 + plane[at + 2]!]! += 1;
    counts[768 + plane[at + 3]!]! += 1;
  }
  for (let at = last; at < plane.length; at++) counts[plane[at]!]! += 1;
  for (let value = 0; value < 256; value++) {
    counts[value]! += counts[256 + value]! + counts[512 + value]! + counts[768 + value]!;
  }
  return counts.subarray(0, 256);
}

function through(counts: Uint32Array, table: Uint8Array): Uint32Array {
  const result = new Uint32Array(256);
  for (let value = 0; value < 256; value++) result[table[value]!]! += counts[value]!;
  return result;
}

/** Mean of the grey picture to the nearest whole value; pixels of it need not be rounded one by one for that. */
function meanGrey(channels: readonly Uint8Array[], tables: readonly Uint8Array[]): number {
  const sum = channels.reduce(
    (grey, plane, channel) => grey + total(plane, tables[channel]!) * luma[channel]!,
    0,
  );
  return Math.floor(sum / (65536 * channels[0]!.length) + 0.5);
}

/** Sum of a channel's values as a table makes them; half of what counting them costs. */
function total(plane: Uint8Array, table: Uint8Array): number {
  // Two sums, neither of which waits for the other.
  let [even, odd] = [0, 0];
  const last = plane.length - (plane.length % 4);
  for (let at = 0; at < last; at += 4) {
    even += table[plane[at]!]! + table[plane[at + 2]!]!;
    odd += table[plane[at + 1]!]! + table[plane[at + 3]!]!;
  }
  for (let at = last; at < plane.length; at++) even += table[plane[at]!]!;
  return even + odd;
}

/** From the darkest to the lightest value that occurs, onto 0…255 (PIL's `autocontrast`); null: one value only. */
function stretchedTable(counts: Uint32Array): Uint8Array | null {
  const low = counts.findIndex((count) => count > 0);
  const high = counts.findLastIndex((count) => count > 0);
  if (high <= low) return null;
  const scale = 255 / (high - low);
  return Uint8Array.from({ length: 256 }, (_, value) =>
    Math.min(Math.max(Math.trunc(value * scale - low * scale), 0), 255),
  );
}

/** Every value about equally often (PIL's `equalize`); null where there is nothing to even out. */
function equalizedTable(counts: Uint32Array): Uint8Array | null {
  const used = counts.filter((count) => count > 0);
  const last = used.at(-1);
  if (last === undefined || used.length <= 1) return null;
  const step = Math.floor((used.reduce((sum, count) => sum + count, 0) - last) / 255);
  if (step === 0) return null;
  let sum = Math.floor(step / 2);
  return Uint8Array.from(counts, (count) => {
    const value = Math.min(Math.floor(sum / step), 255);
    sum += count;
    return value;
  });
}

function lookUp(plane: Uint8Array, table: Uint8Array): void {
  const last = plane.length - (plane.length % 4);
  for (let at = 0; at < last; at += 4) {
    plane[at] = table[plane[at]!]!;
    plane[at + 1] = table[plane[at + 1]!]!;
    plane[at + 2] = table[plane[at + 2]!]!;
    plane[at + 3] = table[plane[at + 3]!]!;
  }
  for (let at = last; at < plane.length; at++) plane[at] = table[plane[at]!]!;
}
