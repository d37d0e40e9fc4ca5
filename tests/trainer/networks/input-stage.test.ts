import { describe, expect, it } from 'vitest';
import { floatTensor, tensor } from '../../../main/trainer/graph/tensor.ts';
import { inputStage, NETWORK_INPUT, PIXELS } from '../../../main/trainer/networks/input-stage.ts';
import { fixture } from '../support/fixtures.ts';
import { maxDifference, runGraph } from '../support/run.ts';

const bytes = (data: ArrayLike<number>, dims: readonly number[]) =>
  tensor('uint8', dims, Uint8Array.from(data));
const plain = { mean: [0, 0, 0], std: [1, 1, 1] } as const;

describe('the input stage', () => {
  it.each([
    [9, 12],
    [16, 31],
    [40, 44],
  ] as const)('resizes to %d × %d as PyTorch and Pillow do', async (height, width) => {
    const stage = inputStage(plain, { from: [23, 31], to: [height, width], layout: 'NCHW', batch: 1 });
    const pixels = fixture('resize/pixels');
    const result = (await runGraph(stage, { [PIXELS]: bytes(pixels.data, pixels.dims) })).get(NETWORK_INPUT);
    expect(maxDifference(result, fixture(`resize/${height}x${width}`))).toBeLessThan(0.01);
  });

  it('takes interleaved pixels of any size in one graph and normalises by the card', async () => {
    const card = { mean: [127, 100, 0], std: [128, 50, 2] } as const;
    const stage = inputStage(card, { from: ['H', 'W'], to: [2, 2], layout: 'NHWC' });
    expect(stage.outputs[0]?.dims).toEqual(['N', 3, 2, 2]);
    for (const size of [2, 5]) {
      const data = Array.from({ length: size * size }, () => [255, 50, 6]).flat();
      const result = (await runGraph(stage, { [PIXELS]: bytes(data, [1, size, size, 3]) })).get(
        NETWORK_INPUT,
      )!;
      const expected = [1, -1, 3].flatMap((value) => Array<number>(4).fill(value));
      expect(maxDifference(result, floatTensor([1, 3, 2, 2], expected))).toBeLessThan(1e-6);
    }
  });
});
