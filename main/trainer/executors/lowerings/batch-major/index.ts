import { registerConvolutionLowerings } from './convolution.ts';
import { registerElementwiseLowerings } from './elementwise.ts';
import { registerPoolingLowerings } from './pooling.ts';
import { LoweringRegistry } from './registry.ts';

/** The alternatives of every gradient operator on feature maps [N, C, H, W]. */
export const batchMajorLowerings = new LoweringRegistry();

registerElementwiseLowerings(batchMajorLowerings);
registerConvolutionLowerings(batchMajorLowerings);
registerPoolingLowerings(batchMajorLowerings);
