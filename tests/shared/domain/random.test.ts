import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom, deriveSeed, restoreRandom } from '../../../shared/domain/random.ts';

const seeds = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

describe('the seeded generator', () => {
  it('draws what the published xoshiro128** draws from state 1, 2, 3, 4', () => {
    const random = restoreRandom([1, 2, 3, 4]);
    expect(Array.from({ length: 8 }, random.uint32)).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849,
    ]);
  });

  it('repeats itself for a seed and differs for another', () => {
    fc.assert(
      fc.property(seeds, seeds, (one, other) => {
        const draw = (seed: number) => Array.from({ length: 4 }, createRandom(seed).uint32);
        expect(draw(one)).toEqual(draw(one));
        if (one !== other) expect(draw(one)).not.toEqual(draw(other));
      }),
    );
  });

  it('goes on from a stored state', () => {
    const random = createRandom(7);
    random.normal();
    const again = restoreRandom(random.state());
    expect(Array.from({ length: 20 }, again.uniform)).toEqual(Array.from({ length: 20 }, random.uniform));
  });

  it('draws below n evenly and never outside', () => {
    const random = createRandom(11);
    const counts = new Array<number>(7).fill(0);
    for (let draw = 0; draw < 70_000; draw++) counts[random.below(7)]! += 1;
    // Chi-square with 6 degrees of freedom stays under 22.5 in 99.9 of 100 cases; the seed makes it certain.
    expect(counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)).toBeLessThan(22.5);
    const large = Array.from({ length: 20_000 }, () => random.below(3 * 2 ** 30));
    expect(large.filter((value) => value < 2 ** 30).length / 20_000).toBeCloseTo(1 / 3, 1);
    expect(Math.max(...large)).toBeLessThan(3 * 2 ** 30);
    expect(random.below(1)).toBe(0);
    expect(random.below(2 ** 32)).toBeLessThan(2 ** 32);
    for (const bad of [0, -1, 1.5, Number.NaN, 2 ** 33]) expect(() => random.below(bad)).toThrow(RangeError);
  });

  it('has the moments of the uniform and of the normal distribution', () => {
    const random = createRandom(3);
    const moments = (values: number[]) => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return [mean, values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length] as const;
    };
    const [uniformMean, uniformVariance] = moments(Array.from({ length: 100_000 }, random.uniform));
    expect(uniformMean).toBeCloseTo(0.5, 2);
    expect(uniformVariance).toBeCloseTo(1 / 12, 2);
    const [normalMean, normalVariance] = moments(Array.from({ length: 100_000 }, random.normal));
    expect(Math.abs(normalMean)).toBeLessThan(0.013);
    expect(Math.abs(normalVariance - 1)).toBeLessThan(0.02);
  });

  it('shuffles into every order, without changing its argument', () => {
    const random = createRandom(5);
    const items = Object.freeze(['a', 'b', 'c']);
    const seen = new Map<string, number>();
    for (let round = 0; round < 6_000; round++) {
      const order = random.shuffle(items).join('');
      seen.set(order, (seen.get(order) ?? 0) + 1);
    }
    expect(seen.size).toBe(6);
    for (const count of seen.values()) expect(Math.abs(count - 1_000)).toBeLessThan(130);
  });

  it('refuses what is no seed and no state', () => {
    for (const bad of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => createRandom(bad)).toThrow(RangeError);
      expect(() => deriveSeed(bad, 'split')).toThrow(RangeError);
    }
    expect(() => restoreRandom([0, 0, 0, 0])).toThrow(RangeError);
  });

  it('derives a seed of its own for each purpose', () => {
    expect(deriveSeed(1, 'split')).toBe(deriveSeed(1, 'split'));
    const derived = [1, 2, 2 ** 40].flatMap((seed) =>
      ['split', 'fold 1', 'fold 2'].map((p) => deriveSeed(seed, p)),
    );
    expect(new Set(derived).size).toBe(derived.length);
  });
});
