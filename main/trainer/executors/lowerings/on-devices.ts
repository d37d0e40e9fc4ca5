import { usualFormBut } from './batch-major/registry.ts';

/**
 * Compositions that graphics cards are bad at, as measured with CUDA on an H100. ONNX Runtime sends a transposed
 * convolution with uneven padding back to the processor, with all of its data; a convolution whose kernels are whole
 * gradients takes longer than the slices and products that it saves on a processor.
 */
const forProcessors: ReadonlySet<string> = new Set([
  'ConvTranspose',
  'convolution by the gradient',
  'convolution over the images',
]);

export const bestOnDevices = usualFormBut(forProcessors);
