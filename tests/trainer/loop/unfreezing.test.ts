import { describe, expect, it, test } from 'vitest';
import { verdictOf } from '../../../main/trainer/loop/judge-phase.ts';
import { signFlipTest } from '../../../main/trainer/loop/paired-test.ts';
import {
  decideThaw,
  firstThaw,
  isStale,
  patienceOf,
  type Thaw,
  thawCounts,
} from '../../../main/trainer/loop/unfreezing.ts';
import { type TrainingPhase, trainingPhase } from '../../../shared/contract/recipe.ts';
import { createRandom } from '../../../shared/domain/random.ts';

const phase = (change: Record<string, unknown>): TrainingPhase =>
  trainingPhase.parse({
    name: 'fineTuning',
    trainableBlocks: ['low', 'middle', 'top'],
    epochs: 20,
    learningRate: 1,
    backboneFactor: 0.1,
    blockDecay: 0.5,
    weightDecay: 0,
    schedule: 'constant',
    warmUp: 0,
    ...change,
  });

/** The blocks that learn in each epoch of a phase whose watched losses are given. */
function play(of: TrainingPhase, losses: readonly number[]): string {
  let thaw = firstThaw(of);
  let best: { epoch: number; loss: number } | null = null;
  const seen: string[] = [];
  for (const [epoch, loss] of losses.entries()) {
    seen.push(String(thaw.blocks));
    const least = of.unfreezing.kind === 'performance' ? of.unfreezing.improvement : 0;
    if (best === null || loss < best.loss * (1 - least)) best = { epoch, loss };
    const change = decideThaw(of, thaw, epoch + 1, best);
    if (change?.kind === 'end') return `${seen.join('')}.`;
    if (change) {
      thaw = change.thaw;
      seen.push(change.from === 'best' ? '<' : '+');
    }
  }
  return seen.join('');
}

test('by schedule one more block learns every so many epochs, from the head down', () => {
  const one = phase({ unfreezing: { kind: 'schedule', start: 0, every: 1 } });
  expect(thawCounts(one)).toEqual([0, 1, 2, 3]);
  expect(play(one, Array(6).fill(1))).toBe('0+1+2+333');
  const two = phase({ unfreezing: { kind: 'schedule', start: 1, every: 2 } });
  expect(play(two, Array(8).fill(1))).toBe('11+22+3333');
  expect(thawCounts(phase({}))).toEqual([3]);
  expect(play(phase({}), [3, 2, 1])).toBe('333');
});

test('by performance a plateau thaws the next block from the best weights, and one that brings nothing is frozen again', () => {
  const of = phase({ unfreezing: { kind: 'performance', start: 1, patience: 2, improvement: 0 } });
  // Better, better, plateau (2 epochs) → a block; better once, plateau → another; nothing → frozen again; nothing → end.
  expect(play(of, [5, 4, 4, 4, 3, 3, 3, 3, 3, 3, 3])).toBe('1111<222<33<22.');
  // All blocks learn and the last helped: the next plateau is the end.
  expect(play(of, [5, 5, 5, 4, 4, 4, 3, 3, 3])).toBe('111<222<333.');
});

test('an improvement too small to count is none', () => {
  const of = phase({ unfreezing: { kind: 'performance', start: 1, patience: 2, improvement: 0.1 } });
  expect(play(of, [5, 4.8, 4.6])).toBe('111<');
  const all = phase({ unfreezing: { kind: 'performance', start: 1, patience: 2, improvement: 0 } });
  expect(play(all, [5, 4.8, 4.6])).toBe('111');
});

test('nobody watching, nothing is thawed by performance', () => {
  const of = phase({ unfreezing: { kind: 'performance', start: 0, patience: 1, improvement: 0 } });
  expect(decideThaw(of, firstThaw(of), 5, null)).toBeNull();
});

test('patience is counted from the last thaw and not before all blocks learn', () => {
  const of = phase({ unfreezing: { kind: 'schedule', start: 0, every: 4 } });
  const thaw = (blocks: number, since: number): Thaw => ({ blocks, since, grown: true, refused: false });
  const watched = { best: { epoch: 0 }, patience: 3 };
  expect(isStale(of, thaw(2, 8), 12, watched)).toBe(false);
  expect(isStale(of, thaw(3, 12), 14, watched)).toBe(false);
  expect(isStale(of, thaw(3, 12), 15, watched)).toBe(true);
  expect(isStale(of, thaw(3, 12), 15, { ...watched, patience: null })).toBe(false);
});

test('a phase may end by its own rule', () => {
  expect(patienceOf(phase({}), 5)).toBe(5);
  expect(patienceOf(phase({ stopping: { kind: 'never' } }), 5)).toBeNull();
  expect(patienceOf(phase({ stopping: { kind: 'patience', epochs: 2 } }), null)).toBe(2);
});

test('the sign-flip test: exact for few pairs, level kept where nothing is to be found, power where there is', () => {
  // All eight patterns of three differences: only the observed one reaches the sum.
  expect(signFlipTest([1, 2, 3], 1)).toBeCloseTo(1 / 8, 1);
  expect(signFlipTest([-1, -2, -3], 1)).toBe(1);
  expect(signFlipTest([0, 0, 0], 1)).toBe(1);
  const random = createRandom(3);
  const rejected = (shift: number) =>
    Array.from({ length: 60 }, (_, trial) =>
      signFlipTest(
        Array.from({ length: 20 }, () => random.normal() + shift),
        trial,
      ),
    ).filter((p) => p <= 0.05).length;
  // 3 of 60 are expected; more than 9 would happen once in a thousand times.
  expect(rejected(0)).toBeLessThan(10);
  expect(rejected(1)).toBeGreaterThan(55);
});

describe('a phase is kept', () => {
  const images = Array.from({ length: 12 }, (_, index) => ({ loss: 1 + index / 100, right: index > 2 }));
  const by = (fall: (index: number) => number, right = (index: number) => index > 2) =>
    images.map(({ loss }, index) => ({ loss: loss - fall(index), right: right(index) }));
  const verdict = (now: typeof images, level = 0.05) => verdictOf(images, now, { level, seed: 4 });

  it('where the loss falls by more than chance and no answer is lost', () => {
    const { isBetter, before, after, p } = verdict(by(() => 0.1));
    expect({ isBetter, fall: before - after }).toEqual({ isBetter: true, fall: expect.closeTo(0.1, 9) });
    // One of 2¹² patterns of signs, as far as 9999 draws tell.
    expect(p).toBeLessThan(0.002);
  });

  it('not where an answer that was right is wrong, however much the loss falls', () => {
    expect(
      verdict(
        by(
          () => 0.5,
          (index) => index > 3,
        ),
      ).isBetter,
    ).toBe(false);
    expect(
      verdict(
        by(
          () => 0.5,
          (index) => index !== 3 && index > 1,
        ),
      ).isBetter,
    ).toBe(true);
  });

  it('not where the fall may be chance, nor where the loss rises', () => {
    const halves = by((index) => (index % 2 === 0 ? 0.3 : -0.2));
    expect(verdict(halves).p).toBeGreaterThan(0.05);
    expect(verdict(halves).isBetter).toBe(false);
    expect(verdict(halves, 0.5).isBetter).toBe(true);
    expect(
      verdict(
        by(() => -0.1),
        0.5,
      ).isBetter,
    ).toBe(false);
  });
});
