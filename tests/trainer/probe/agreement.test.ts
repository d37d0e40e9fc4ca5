import { describe, expect, it } from 'vitest';
import { isOutOfMemory, watched } from '../../../main/trainer/executors/failures.ts';
import { onnxExecutor } from '../../../main/trainer/executors/onnx/executor.ts';
import type { Executor, Program } from '../../../main/trainer/executors/types.ts';
import type { Tensor } from '../../../main/trainer/graph/types.ts';
import { AGREEMENT, disagreement, relativeDifference } from '../../../main/trainer/probe/agreement.ts';

/** The reference with its results changed on the way out. */
function altered(change: (name: string, values: Float32Array) => void): Executor {
  return {
    name: 'altered',
    compile: async (graph, options) => {
      const program = await onnxExecutor.compile(graph, options);
      const run: Program['run'] = async (feeds, fetches) => {
        const results = await program.run(feeds, fetches);
        for (const [name, value] of results) change(name, value.data as Float32Array);
        return results;
      };
      return { ...programOf(program), run };
    },
  };
}

const programOf = (program: Program): Program => ({
  choices: program.choices,
  run: (feeds, fetches) => program.run(feeds, fetches),
  state: () => program.state(),
  setState: (state: ReadonlyMap<string, Tensor>) => program.setState(state),
  dispose: () => program.dispose(),
});

describe('the check of an executor', () => {
  it('finds the reference right by the slope of its own loss', async () => {
    expect(await disagreement(onnxExecutor, 1)).toBeLessThan(AGREEMENT / 10);
  });

  it('finds another layout of the same arithmetic right', async () => {
    const other: Executor = {
      name: 'other',
      compile: (graph, options) => onnxExecutor.compile(graph, { ...options, layout: 'batch-major' }),
    };
    const difference = await disagreement(other, 1);
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThan(AGREEMENT / 10);
  });

  it.each([
    ['one gradient two per mille too large', (values: Float32Array) => values.set([values[0]! * 1.002])],
    ['not-a-number', (values: Float32Array) => values.set([Number.NaN])],
    ['all zeros, as a lost device answers', (values: Float32Array) => values.fill(0)],
  ])('does not accept %s', async (_, spoil) => {
    const difference = await disagreement(
      altered((__, values) => {
        if (values.length > 0) spoil(values);
      }),
      1,
    );
    expect(difference < AGREEMENT).toBe(false);
  });

  it('does not take rounding noise around an exactly zero gradient for a difference', () => {
    const reference = new Map([
      ['weight', Float32Array.of(1, -2)],
      ['key.bias', Float32Array.of(0, 0)],
    ]);
    const found = new Map([
      ['weight', Float32Array.of(1, -2)],
      ['key.bias', Float32Array.of(3e-8, -5e-8)],
    ]);
    expect(relativeDifference(found, reference)).toBeLessThan(AGREEMENT);
    expect(relativeDifference(new Map(), reference)).toBeNaN();
  });
});

describe('failures of an executor', () => {
  const failing = (error: Error): Executor => ({ name: 'failing', compile: () => Promise.reject(error) });
  const compiled = (error: Error) =>
    watched(failing(error), 'Some executor').compile({} as never, {} as never);

  it.each([
    'std::bad_alloc',
    'bad allocation',
    'Failed to allocate memory for requested buffer of size 1228800000',
    'OOM when allocating tensor with shape[8,96,112,112] and type float',
    'CUDA failure 2: out of memory ; GPU=0',
    'vkCreateBuffer failed with VK_ERROR_OUT_OF_DEVICE_MEMORY',
    'Dispatch size exceeds WebGPU limits in Y or Z dimension.',
    'Array buffer allocation failed',
    'OpenVINO failed to run "net" (-17): std::bad_alloc',
    'OpenVINO failed to run "net" (-1): Could not allocate memory',
    'OpenVINO failed to compile "net" (-1): can\'t alloc',
    'OpenVINO failed to compile "network" (-1): Resource temporarily unavailable',
    'Node stage0.conv of type Convolution could not create a memory object',
    '[GPU] Exceeded max size of memory object allocation: requested 8589934592 bytes',
    'Unable to allocate 1228800000 bytes',
  ])('for lack of memory are told apart: %s', async (message) => {
    await expect(compiled(new Error(message))).rejects.toMatchObject({ code: 'OUT_OF_MEMORY' });
    expect(isOutOfMemory(new Error('wrapped', { cause: new Error(message) }))).toBe(true);
  });

  it.each([
    'The GPU device was lost',
    'DXGI_ERROR_DEVICE_REMOVED (0x887A0005)',
    'CUDA failure 700: an illegal memory access was encountered',
    'Device lost: reset',
  ])('of a device that went away are told apart: %s', async (message) => {
    await expect(compiled(new Error(message))).rejects.toMatchObject({
      code: 'DEVICE_LOST',
      params: { executor: 'Some executor' },
    });
  });

  it('of any other kind stay what they are', async () => {
    const error = new Error('The shape does not fit.');
    await expect(compiled(error)).rejects.toBe(error);
  });
});
