/** One measured line. `pass` says whether the target was met; `null` where there was nothing to measure against. */
export type BenchRow = {
  readonly group: string;
  readonly name: string;
  readonly value: number | null;
  readonly unit: string;
  readonly target: string;
  /** Ours ÷ the peer's, and the peer's own value, measured in the same call. */
  readonly ratio?: number | null;
  readonly peer?: number | null;
  readonly pass: boolean | null;
  /** What else the number needs to be understood: intervals, seeds, sizes. */
  readonly details?: Readonly<Record<string, unknown>>;
};

/** A measurement that gives one or more rows; `names` lets one be run alone. */
export type BenchPart = {
  readonly names: readonly string[];
  readonly measure: () => AsyncIterable<BenchRow> | Promise<readonly BenchRow[]>;
};

/** A number with as many digits as it deserves. */
export const rounded = (value: number, digits = 3): number => Number(value.toPrecision(digits));

/** The value below which the share `q` of all values lies (nearest rank); NaN without values. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

/** The middle value: robust against what else the machine was doing. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);
