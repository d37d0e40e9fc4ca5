import { readFileSync } from 'node:fs';

/** Reads reference values made by tests/fixtures/validation/make.py. */
export function readReference<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../fixtures/validation/${name}`, import.meta.url), 'utf8')) as T;
}

/** A single-label result with scikit-learn's values for it. */
export type SingleLabelCase = {
  readonly classCount: number;
  readonly truth: number[];
  readonly predicted: number[];
  readonly probabilities: number[][];
  readonly confusion: number[][];
  readonly accuracy: number;
  readonly balancedAccuracy: number;
  readonly precision: (number | null)[];
  readonly recall: (number | null)[];
  readonly f1: (number | null)[];
  readonly support: number[];
  readonly macroF1: number;
  readonly weightedF1: number;
  readonly top2: number;
  readonly logLoss: number;
  readonly brier: number;
};
