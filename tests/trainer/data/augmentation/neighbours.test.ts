import { describe, expect, it } from 'vitest';
import { blur } from '../../../../main/trainer/data/augmentation/neighbours.ts';
import { createRandom } from '../../../../shared/domain/random.ts';

const size = { width: 23, height: 17 };

/** The same blur written down plainly, in both directions at once and in floating point. */
function blurred(plane: Uint8Array, sigma: number): number[] {
  const reach = Math.max(1, Math.ceil(3 * sigma));
  const steps = Array.from({ length: 2 * reach + 1 }, (_, at) => at - reach);
  const parts = steps.map((step) => Math.exp(-0.5 * (step / sigma) ** 2));
  const total = parts.reduce((sum, part) => sum + part, 0);
  const within = (at: number, length: number) => length - 1 - Math.abs(length - 1 - Math.abs(at));
  return Array.from(plane, (_, at) => {
    const [x, y] = [at % size.width, Math.floor(at / size.width)];
    let sum = 0;
    for (const [row, down] of steps.entries()) {
      for (const [column, right] of steps.entries()) {
        const value = plane[within(y + down, size.height) * size.width + within(x + right, size.width)]!;
        sum += value * parts[row]! * parts[column]!;
      }
    }
    return sum / total ** 2;
  });
}

describe('a blur', () => {
  // Neighbours are added up in pairs of steps: one step, pairs only, and one left over.
  it.each([0.1, 0.3, 0.6, 1, 1.3, 1.6])('of deviation %s is the Gaussian, to one step of 255', (sigma) => {
    const random = createRandom(7);
    const plane = Uint8Array.from({ length: size.width * size.height }, () => random.below(256));
    const expected = blurred(plane, sigma);
    blur(plane, size, sigma);
    const most = Math.max(...expected.map((value, at) => Math.abs(value - plane[at]!)));
    expect(most).toBeLessThan(1);
  });
});
