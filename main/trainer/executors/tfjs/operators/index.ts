import { GRADIENT_DOMAIN } from '../../../autodiff/gradient-operators.ts';
import type { Node } from '../../../graph/types.ts';
import type { Planner } from './context.ts';
import { convolutionPlanners } from './convolution.ts';
import { einsumPlanners } from './einsum.ts';
import { elementwisePlanners } from './elementwise.ts';
import { indexingPlanners } from './indexing.ts';
import { normalizationPlanners } from './normalization.ts';
import { poolingPlanners } from './pooling.ts';
import { productPlanners } from './products.ts';
import { reductionPlanners } from './reductions.ts';
import { resizePlanners } from './resize.ts';
import { shapingPlanners } from './shaping.ts';

const planners: ReadonlyMap<string, Planner> = new Map(
  Object.entries({
    ...elementwisePlanners,
    ...convolutionPlanners,
    ...poolingPlanners,
    ...reductionPlanners,
    ...productPlanners,
    ...normalizationPlanners,
    ...shapingPlanners,
    ...indexingPlanners,
    ...resizePlanners,
    ...einsumPlanners,
  }),
);

const gradients: ReadonlySet<string> = new Set([
  'ConvInputGradient',
  'ConvWeightGradient',
  'AveragePoolGradient',
  'MaxPoolGradient',
  'ReluGradient',
  'ClipGradient',
  'TransposedMatMul',
]);

/** How a node is computed, undefined for operators that are not known here. */
export function plannerOf(node: Node): Planner | undefined {
  const own = gradients.has(node.operator);
  if (own !== (node.domain === GRADIENT_DOMAIN)) return undefined;
  return planners.get(node.operator);
}
