import type { OperatorCase } from './case.ts';
import { elementwiseCases } from './elementwise.ts';
import { normalizationCases } from './normalization.ts';
import { productCases } from './products.ts';
import { shapingCases } from './shaping.ts';

/** The operator suite: every operator that has a derivative, in the settings that differ. */
export const operatorCases: readonly OperatorCase[] = [
  ...elementwiseCases,
  ...normalizationCases,
  ...productCases,
  ...shapingCases,
];
