import type { DataType, Tensor as DeviceTensor, NamedTensorMap } from '@tensorflow/tfjs-core';
import type { TensorFlowJs } from './device.ts';
import type { Compute } from './plan.ts';

/** Axes that the backend's shader of padding can index. */
const SHADER_RANK = 4;

/**
 * Kernels of the WebGPU backend 4.22 that give other numbers, seen on an NVIDIA card: its transposition takes floats
 * only, its padding four axes at most (both leave the result unwritten), its reversal goes astray, and what it casts to
 * float stays whole numbers under another name. Each is composed of kernels that are right; undefined where the kernel is.
 */
export function webGpuKernel(tf: TensorFlowJs, kernel: string, attributes: object): Compute | undefined {
  const call = (name: string, inputs: Readonly<Record<string, DeviceTensor>>, settings: object) =>
    tf.engine().runKernel(name, inputs as NamedTensorMap, { ...settings }) as DeviceTensor;
  if (kernel === 'Transpose')
    return ([x]) => (x!.dtype === 'float32' ? call(kernel, { x: x! }, attributes) : asFloat(x!));
  if (kernel === 'PadV2')
    return ([x]) => (x!.rank <= SHADER_RANK ? call(kernel, { x: x! }, attributes) : padByJoining(x!));
  if (kernel === 'Cast') return ([x]) => cast(x!, (attributes as { readonly dtype: DataType }).dtype);
  if (kernel === 'Reverse') return ([x]) => backwards(x!);
  return undefined;

  /** A sum is computed, and so gives floats. */
  function cast(x: DeviceTensor, dtype: DataType): DeviceTensor {
    const renamed = dtype === 'float32' && x.dtype !== 'float32';
    return tf.tidy(() => (renamed ? tf.add(tf.cast(x, dtype), tf.scalar(0)) : tf.cast(x, dtype)));
  }

  function asFloat(x: DeviceTensor): DeviceTensor {
    const { dtype } = x;
    return tf.tidy(() => tf.cast(call('Transpose', { x: cast(x, 'float32') }, attributes), dtype));
  }

  function padByJoining(x: DeviceTensor): DeviceTensor {
    const { paddings, constantValue } = attributes as {
      readonly paddings: readonly (readonly [number, number])[];
      readonly constantValue: number;
    };
    return tf.tidy(() =>
      paddings.reduce((padded, ends, axis) => {
        const [before, after] = ends.map((length) => {
          const shape = padded.shape.with(axis, length);
          return length === 0 ? [] : [tf.fill(shape, constantValue)];
        });
        const parts = [...before!, padded, ...after!];
        return parts.length === 1 ? padded : tf.concat(parts, axis);
      }, x.clone()),
    );
  }

  function backwards(x: DeviceTensor): DeviceTensor {
    const { dims } = attributes as { readonly dims: readonly number[] };
    return tf.tidy(() =>
      dims.reduce((turned, axis) => {
        const length = turned.shape[axis]!;
        const places = Int32Array.from({ length }, (_, at) => length - 1 - at);
        return tf.gather(turned, tf.tensor1d(places, 'int32'), axis);
      }, x.clone()),
    );
  }
}
