import { describe, expect, it } from 'vitest';
import {
  confusedPairs,
  type ImagePrediction,
  labelDoubts,
} from '../../../main/engine/validation/mistakes.ts';
import { createRandom } from '../../../shared/domain/random.ts';

const predictions: readonly ImagePrediction[] = [
  { imageId: 'right', truth: 0, probabilities: [0.9, 0.1] },
  { imageId: 'slip', truth: 0, probabilities: [0.45, 0.55] },
  { imageId: 'blunder', truth: 1, probabilities: [0.99, 0.01] },
  { imageId: 'also right', truth: 1, probabilities: [0.2, 0.8] },
];

describe('confused pairs', () => {
  it('come by images, then by share of the class, in both directions', () => {
    const matrix = [
      [5, 3, 0],
      [3, 1, 0],
      [1, 0, 9],
    ];
    expect(confusedPairs(matrix, 10)).toEqual([
      { truth: 1, predicted: 0, images: 3, share: 0.75 },
      { truth: 0, predicted: 1, images: 3, share: 0.375 },
      { truth: 2, predicted: 0, images: 1, share: 0.1 },
    ]);
  });
});

describe('doubted labels', () => {
  it('find the labels that were swapped on purpose, ahead of honest errors', () => {
    const random = createRandom(6);
    const swapped = new Set<string>();
    const made = Array.from({ length: 300 }, (_, image): ImagePrediction => {
      const real = image % 3;
      const imageId = `image ${String(image).padStart(3, '0')}`;
      const swap = image % 20 === 0;
      if (swap) swapped.add(imageId);
      const scores = [0, 1, 2].map((index) => Math.exp((index === real ? 3 : 0) + 0.8 * random.normal()));
      const sum = scores.reduce((total, score) => total + score, 0);
      return {
        imageId,
        truth: swap ? (real + 1) % 3 : real,
        probabilities: scores.map((score) => score / sum),
      };
    });
    const doubts = labelDoubts(made);
    const first = doubts.slice(0, 15);
    const found = doubts.filter((doubt) => swapped.has(doubt.imageId)).length;
    // Two in three of the fifteen at least, and few honest errors beside them.
    expect(found).toBeGreaterThanOrEqual(10);
    expect(first.filter((doubt) => swapped.has(doubt.imageId)).length).toBeGreaterThanOrEqual(10);
    expect(doubts.length).toBeLessThan(40);
  });

  it('are none where the model agrees', () => {
    expect(labelDoubts(predictions.filter((one) => one.imageId.includes('right')))).toEqual([]);
    expect(labelDoubts([])).toEqual([]);
  });

  it('are refused for predictions that are none', () => {
    expect(() => labelDoubts([{ imageId: 'x', truth: 0, probabilities: [Number.NaN, 0] }])).toThrow(
      /Image 0/,
    );
    expect(() => labelDoubts([{ imageId: 'x', truth: 5, probabilities: [1, 0] }])).toThrow(/class 5/);
  });
});
