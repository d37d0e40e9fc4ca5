import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { withoutRefusals } from '../../../main/trainer/executors/tfjs/webgpu.ts';
import { webGpuKernel } from '../../../main/trainer/executors/tfjs/webgpu-kernels.ts';

const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs-core') as typeof import('@tensorflow/tfjs-core');
require('@tensorflow/tfjs-backend-cpu');
await tf.setBackend('cpu');

/** The compositions are made of kernels that every backend has: plain JavaScript's say what they have to give. */
describe('compositions of kernels that WebGPU gets wrong', () => {
  const x = tf.reshape(tf.range(0, 24), [1, 2, 3, 2, 2]);

  it('pad more than four axes', () => {
    const paddings: [number, number][] = [
      [0, 0],
      [1, 0],
      [0, 2],
      [1, 1],
      [0, 0],
    ];
    const found = webGpuKernel(tf, 'PadV2', { paddings, constantValue: 7 })!([x]) as typeof x;
    const expected = tf.pad(x, paddings, 7);
    expect(found.shape).toEqual(expected.shape);
    expect(found.dataSync()).toEqual(expected.dataSync());
  });

  it('turn axes around', () => {
    const found = webGpuKernel(tf, 'Reverse', { dims: [1, 3] })!([x]) as typeof x;
    expect(found.dataSync()).toEqual(tf.reverse(x, [1, 3]).dataSync());
  });

  it('transpose what is not a float', () => {
    const mask = tf.tensor([1, 0, 1, 1, 0, 0], [2, 3], 'bool');
    const found = webGpuKernel(tf, 'Transpose', { perm: [1, 0] })!([mask]) as typeof x;
    expect(found.dtype).toBe('bool');
    expect([...found.dataSync()]).toEqual([1, 1, 0, 0, 1, 0]);
    const floats = webGpuKernel(tf, 'Cast', { dtype: 'float32' })!([mask]) as typeof x;
    expect(floats.dataSync()).toEqual(Float32Array.of(1, 0, 1, 1, 0, 0));
  });
});

describe('a device that refuses a shader', () => {
  const device = (message: string | null) => {
    const open: string[] = [];
    return {
      open,
      pushErrorScope: (filter: string) => void open.push(filter),
      popErrorScope: async () => {
        open.pop();
        return message === null ? null : { message };
      },
    };
  };

  it('makes the run fail in its own words', async () => {
    const refusing = device('\nError while parsing WGSL: cannot index type\n - While calling');
    await expect(withoutRefusals(refusing as never, async () => 1)).rejects.toMatchObject({
      code: 'UNSUPPORTED_OPERATOR',
      message: expect.stringMatching(/Error while parsing WGSL: cannot index type$/),
    });
    expect(refusing.open).toEqual([]);
  });

  it('does not hide another failure, and leaves no scope open', async () => {
    const quiet = device(null);
    await expect(withoutRefusals(quiet as never, async () => 1)).resolves.toBe(1);
    const work = async () => {
      throw new Error('out of memory');
    };
    await expect(withoutRefusals(quiet as never, work)).rejects.toThrow('out of memory');
    expect(quiet.open).toEqual([]);
  });
});
