import { registerConvolutionLowerings } from './convolution.ts';
import { registerElementwiseLowerings } from './elementwise.ts';
import { registerPoolingLowerings } from './pooling.ts';

registerElementwiseLowerings();
registerConvolutionLowerings();
registerPoolingLowerings();

export type { Lowering, LoweringChoice } from './registry.ts';
/** The alternatives of every gradient operator, registered. */
export { applicableLowerings, firstApplicable, LoweringContext } from './registry.ts';
