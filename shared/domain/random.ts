/**
 * The state of a generator: four unsigned 32-bit words, as stored in a checkpoint so that a resumed run
 * draws the very numbers the uninterrupted one would have drawn.
 */
export type RandomState = readonly [number, number, number, number];

/** A seeded generator: every random decision of a run comes from one of these, so that it can be rebuilt. */
export type Random = {
  /** An unsigned 32-bit integer, each equally likely. */
  readonly uint32: () => number;
  /** A number in [0, 1) with 53 random bits. */
  readonly uniform: () => number;
  /** An integer in [0, n), without modulo bias. `n`: 1 … 2^32, else RangeError. */
  readonly below: (n: number) => number;
  /** A draw from the standard normal distribution (mean 0, deviation 1). */
  readonly normal: () => number;
  /** A new array with the same items in random order (Fisher–Yates); the argument is not changed. */
  readonly shuffle: <T>(items: readonly T[]) => T[];
  /** The present state, for a checkpoint. */
  readonly state: () => RandomState;
};

const TWO_32 = 2 ** 32;
/** 2^32 / φ: splitmix's step. */
const GOLDEN = 0x9e3779b9;

/** Up to here the product with 32 random bits is exact in a double. */
const EXACT_PRODUCT = 2 ** 21;

/** The finaliser of splitmix32 (a bijection): spreads a seed's bits over a word. */
function mix32(word: number): number {
  let z = word | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

/** Throws RangeError for what is not an integer in [0, 2^53): a seed that silently became NaN would hide a bug. */
function checkSeed(seed: number): void {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`A seed is a whole number from 0 to 2^53 - 1, not ${seed}.`);
  }
}

/**
 * The generator for a seed (a whole number from 0 to 2^53 − 1, else RangeError).
 * xoshiro128** (Blackman & Vigna 2021, "Scrambled linear pseudorandom number generators"). The first two words
 * hold the whole seed, so that different seeds never share a state. Equal seeds give equal numbers on every
 * machine. Not for secrets.
 */
export function createRandom(seed: number): Random {
  checkSeed(seed);
  const first = mix32((seed % TWO_32) + GOLDEN);
  const second = mix32(first ^ mix32(Math.floor(seed / TWO_32) + GOLDEN));
  return restoreRandom([first, second, mix32(second + GOLDEN), mix32(second + 2 * GOLDEN)]);
}

/** Goes on from a stored state; RangeError for the all-zero state, from which xoshiro never leaves zero. */
export function restoreRandom(state: RandomState): Random {
  let [a, b, c, d] = state.map((value) => value | 0) as [number, number, number, number];
  if ((a | b | c | d) === 0) throw new RangeError('The generator state is all zero.');

  const uint32 = (): number => {
    const scrambled = Math.imul(b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  const uniform = (): number => ((uint32() >>> 5) * 67_108_864 + (uint32() >>> 6)) / 9_007_199_254_740_992;
  const below = (n: number): number => {
    if (!Number.isInteger(n) || n < 1 || n > TWO_32) throw new RangeError(`Not a range to draw from: ${n}.`);
    if (n > EXACT_PRODUCT) return belowLarge(n, uint32);
    // Lemire 2019: the upper half of a 64-bit product, drawn again in the few cases that would be biased.
    let drawn = uint32();
    let low = Math.imul(drawn, n) >>> 0;
    if (low < n) {
      const biased = TWO_32 % n;
      while (low < biased) {
        drawn = uint32();
        low = Math.imul(drawn, n) >>> 0;
      }
    }
    return (drawn * n - low) / TWO_32;
  };
  return {
    uint32,
    uniform,
    below,
    // Box–Muller with the second value thrown away: the state stays four words, with no spare to store.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    shuffle: (items) => shuffled(items, below),
    state: () => [a >>> 0, b >>> 0, c >>> 0, d >>> 0],
  };
}

/** By remainder, with the incomplete last round drawn again. */
function belowLarge(n: number, uint32: () => number): number {
  const limit = TWO_32 - (TWO_32 % n);
  let drawn = uint32();
  while (drawn >= limit) drawn = uint32();
  return drawn % n;
}

function shuffled<T>(items: readonly T[], below: (n: number) => number): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = below(last + 1);
    [result[last], result[other]] = [result[other] as T, result[last] as T];
  }
  return result;
}

/**
 * A seed for one purpose ("split", "augmentation", "fold 3") out of a run's seed, so that drawing more numbers
 * for one purpose never changes another. FNV-1a over the purpose, mixed with the seed; result 0 … 2^32 − 1.
 */
export function deriveSeed(seed: number, purpose: string): number {
  checkSeed(seed);
  let hash = 0x811c9dc5;
  for (let index = 0; index < purpose.length; index++) {
    hash = Math.imul(hash ^ purpose.charCodeAt(index), 0x01000193);
  }
  return mix32(mix32((seed % TWO_32) + GOLDEN) ^ mix32(Math.floor(seed / TWO_32) + 2 * GOLDEN) ^ hash);
}
