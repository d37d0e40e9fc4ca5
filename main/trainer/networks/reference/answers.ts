import { floatsFromHalf } from '../../graph/tensor.ts';
import type { Tensor } from '../../graph/types.ts';
import { referenceError } from './errors.ts';
import type { NumpyArray } from './npy.ts';

/** What a network must say of a reference's photos: one row a photo. */
export interface Answers {
  readonly features: readonly Float32Array[] | null;
  readonly logits: readonly Float32Array[] | null;
  /** The class that must come first, by its position in the logits. */
  readonly classes: readonly number[] | null;
  /** Rows of an array that bears no name: features or logits, as their length says. */
  readonly unnamed: readonly Float32Array[] | null;
  /** Names of the photos' files, in the order of the rows. */
  readonly files: readonly string[] | null;
}

const texts = new Set(['files', 'names']);

/** Takes answers by their names; an array alone (.npy) has none. WEIGHTS_MISMATCH where there are none, or not as many of each. */
export function answersOf(arrays: ReadonlyMap<string, NumpyArray>): Answers {
  const rows = (name: string) => {
    const array = arrays.get(name);
    return array?.kind === 'numbers' ? rowsOf(array.tensor) : null;
  };
  const classes = numbersOf(arrays.get('classes')) ?? numbersOf(arrays.get(''));
  const files = [...arrays].find(([name]) => texts.has(name))?.[1];
  const answers: Answers = {
    features: rows('features'),
    logits: rows('logits'),
    classes,
    unnamed: rows(''),
    files: files?.kind === 'texts' ? files.texts : null,
  };
  const { features, logits, unnamed } = answers;
  if (features === null && logits === null && classes === null && unnamed === null)
    throw referenceError(
      'referenceAnswers',
      'it needs "features" or "logits", float32 [N, …], or "classes", whole numbers [N]',
    );
  return answers;
}

/** Rows of a table of real numbers; null for anything else. */
function rowsOf(tensor: Tensor): readonly Float32Array[] | null {
  const { dtype, dims } = tensor;
  if (dims.length < 2 || (dtype !== 'float32' && dtype !== 'float64' && dtype !== 'float16')) return null;
  const data = dtype === 'float16' ? floatsFromHalf(tensor.data) : Float32Array.from(tensor.data);
  const [count = 0] = dims;
  const length = count === 0 ? 0 : data.length / count;
  return Array.from({ length: count }, (_, at) => data.slice(at * length, (at + 1) * length));
}

/** A list of whole numbers; null for anything else. */
function numbersOf(array: NumpyArray | undefined): readonly number[] | null {
  if (array?.kind !== 'numbers') return null;
  const { dtype, dims, data } = array.tensor;
  const isWhole = dtype === 'int64' || dtype === 'int32' || dtype === 'uint8' || dtype === 'int8';
  return isWhole && dims.length === 1 ? Array.from(data, Number) : null;
}

/** Whether all rows are what a softmax gives: parts of one. */
export function areProbabilities(rows: readonly Float32Array[]): boolean {
  return rows.every((row) => {
    const sum = row.reduce((total, value) => (value >= 0 ? total + value : Number.NaN), 0);
    return Math.abs(sum - 1) < 1e-3;
  });
}

/** Refuses answers of another number than that of the photos, and what is no number. */
export function checkRows(answers: Answers, images: number): void {
  for (const what of ['features', 'logits', 'unnamed'] as const) {
    if (answers[what]?.some((row) => !row.every(Number.isFinite)))
      throw referenceError('referenceNumbers', 'some of its numbers are infinite or none (NaN)');
  }
  for (const what of ['features', 'logits', 'classes', 'unnamed', 'files'] as const) {
    const rows = answers[what]?.length;
    if (rows !== undefined && (rows !== images || images === 0))
      throw referenceError('referenceRows', `"${what}" has ${rows} rows for ${images} images`, {
        what: what === 'unnamed' ? '.npy' : what,
        rows,
        images,
      });
  }
}
