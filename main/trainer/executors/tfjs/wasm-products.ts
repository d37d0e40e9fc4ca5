import type { Tensor as DeviceTensor, NamedTensorMap } from '@tensorflow/tfjs-core';
import type { TensorFlowJs } from './device.ts';
import type { Compute } from './plan.ts';

/**
 * Products on the WebAssembly backend. Its fast kernel takes plain matrices only, and it remembers packed factors by
 * their memory alone: the same numbers under another shape would be multiplied as they were packed before. So operands
 * are transposed beforehand, and the second factor is always a fresh copy.
 */
export function wasmProduct(tf: TensorFlowJs, transposeA: boolean, transposeB: boolean): Compute {
  const engine = tf.engine();
  const call = (kernel: string, inputs: Readonly<Record<string, DeviceTensor>>, attributes = {}) =>
    engine.runKernel(kernel, inputs as NamedTensorMap, attributes) as DeviceTensor;
  const turned = (x: DeviceTensor) => {
    const perm = x.shape.map((_, axis) => axis);
    const last = perm.length - 1;
    return call('Transpose', { x }, { perm: [...perm.slice(0, -2), last, last - 1] });
  };
  return ([a, b]) => {
    const zero = tf.scalar(0);
    const left = transposeA ? turned(a!) : a!.clone();
    const right = transposeB ? turned(b!) : b!.clone();
    const fresh = call('Add', { a: right, b: zero });
    const product = call('BatchMatMul', { a: left, b: fresh }, { transposeA: false, transposeB: false });
    for (const temporary of [zero, left, right, fresh]) temporary.dispose();
    return product;
  };
}
