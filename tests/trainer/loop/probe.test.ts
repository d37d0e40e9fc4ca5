import { expect, test } from 'vitest';
import { innerFolds } from '../../../main/trainer/data/inner-folds.ts';
import { onnxExecutor } from '../../../main/trainer/executors/onnx/executor.ts';
import { choosePenalty } from '../../../main/trainer/loop/probe/choose-penalty.ts';
import { openLinearObjective } from '../../../main/trainer/loop/probe/linear-objective.ts';
import { minimise } from '../../../main/trainer/loop/probe/minimise.ts';
import { lossOfAnswer } from '../../../main/trainer/loop/targets.ts';
import { createRandom } from '../../../shared/domain/random.ts';
import reference from '../../fixtures/trainer/logistic-probe.json' with { type: 'json' };

test('L-BFGS finds the minimum of a badly scaled quadratic and of a flat valley', async () => {
  const scales = [1, 10, 100, 1000];
  const quadratic = await minimise(
    async (point) => ({
      value: point.reduce((sum, x, index) => sum + 0.5 * scales[index]! * (x - index) ** 2, 0),
      gradient: point.map((x, index) => scales[index]! * (x - index)),
    }),
    new Float64Array(4),
    { tolerance: 1e-8, steps: 200 },
  );
  for (const [index, x] of quadratic.entries()) expect(x).toBeCloseTo(index, 7);
  const start = Float64Array.from([3]);
  const stays = await minimise(async () => ({ value: 1, gradient: new Float64Array(1) }), start, {
    tolerance: 0,
    steps: 5,
  });
  expect(stays).toBe(start);
});

const { features, classes, penalties } = reference;
const data = {
  features,
  classes,
  x: Float32Array.from(reference.x.flat()),
  targets: Float32Array.from(
    reference.labels.flatMap((label) => Array.from({ length: classes }, (_, at) => (at === label ? 1 : 0))),
  ),
};
const ones = new Float32Array(reference.labels.length).fill(1);
const open = (of = data) =>
  openLinearObjective(onnxExecutor, of, { loss: { kind: 'cross-entropy', labelSmoothing: 0 }, threads: 1 });

test.each(penalties.map((each) => [each.penalty, each] as const))(
  'with a penalty of %d the head is scikit-learn’s LogisticRegression',
  async (penalty, expected) => {
    const objective = await open();
    const size = classes * (features + 1);
    const slopeAt = (point: Float64Array) => objective.slope(point, ones, penalty);
    const point = await minimise(slopeAt, new Float64Array(size), { tolerance: 1e-6, steps: 500 });
    const logits = await objective.logits(point);
    await objective.dispose();
    const weights = expected.weights.flat();
    const difference = Math.hypot(...weights.map((value, index) => value - point[index]!));
    expect(difference / Math.hypot(...weights)).toBeLessThan(2e-3);
    const loss = reference.labels.reduce((sum, _, row) => {
      const at = row * classes;
      return (
        sum +
        lossOfAnswer(
          'singleLabel',
          logits.subarray(at, at + classes),
          data.targets.subarray(at, at + classes),
        )
      );
    }, 0);
    expect(loss / reference.labels.length).toBeCloseTo(expected.loss, 4);
  },
);

test('rows of weight 0 do not learn, and more rows than one run takes are all counted', async () => {
  const times = 12;
  const many = {
    ...data,
    x: Float32Array.from({ length: data.x.length * times }, (_, at) => data.x[at % data.x.length]!),
    targets: Float32Array.from(
      { length: data.targets.length * times },
      (_, at) => data.targets[at % data.targets.length]!,
    ),
  };
  const point = Float64Array.from({ length: classes * (features + 1) }, (_, at) => Math.sin(at));
  const [one, all] = [await open(), await open(many)];
  const expected = await one.slope(point, ones, 0.1);
  const weights = Float32Array.from({ length: ones.length * times }, (_, row) =>
    row % ones.length < 40 ? 1 : 0,
  );
  const half = await one.slope(
    point,
    Float32Array.from(ones, (_, row) => (row < 40 ? 1 : 0)),
    0.1,
  );
  for (const [found, wanted] of [
    [await all.slope(point, new Float32Array(ones.length * times).fill(2), 0.1), expected],
    [await all.slope(point, weights, 0.1), half],
  ] as const) {
    expect(found.value).toBeCloseTo(wanted.value, 5);
    for (const [at, value] of found.gradient.entries()) expect(value).toBeCloseTo(wanted.gradient[at]!, 5);
  }
  expect(half.value).not.toBeCloseTo(expected.value, 3);
  await one.dispose();
  await all.dispose();
});

test('cross-validation takes a strong penalty where features are noise, a weak one where they tell', async () => {
  const random = createRandom(4);
  const labels = Array.from({ length: 120 }, (_, row) => row % 2);
  const chosen = async (signal: number) => {
    const x = Float32Array.from({ length: 120 * 20 }, (_, at) => {
      const label = labels[Math.floor(at / 20)]!;
      return random.normal() + (at % 20 === 0 ? signal * (label - 0.5) : 0);
    });
    const targets = Float32Array.from({ length: 240 }, (_, at) => (at % 2 === labels[at >> 1]! ? 1 : 0));
    const objective = await open({ features: 20, classes: 2, x, targets });
    const parts = Array.from({ length: 4 }, (_, part) => ({
      learning: Float32Array.from(labels, (_, row) => ((row >> 1) % 4 === part ? 0 : 1)),
      judge: (logits: Float32Array) => {
        const judged = labels.flatMap((_, row) => ((row >> 1) % 4 === part ? [row] : []));
        const losses = judged.map((row) =>
          lossOfAnswer(
            'singleLabel',
            logits.subarray(2 * row, 2 * row + 2),
            targets.subarray(2 * row, 2 * row + 2),
          ),
        );
        return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
      },
    }));
    const choice = await choosePenalty(objective, parts, 2 * 21, () => Promise.resolve());
    await objective.dispose();
    return choice;
  };
  const noise = await chosen(0);
  expect(noise.penalty).toBeGreaterThan(0.5);
  expect(noise.loss).toBeCloseTo(Math.LN2, 1);
  const clear = await chosen(6);
  expect(clear.penalty).toBeLessThan(0.05);
  expect(clear.loss).toBeLessThan(0.1);
});

test('inner parts keep groups together and share the classes out', () => {
  const items = Array.from({ length: 60 }, (_, index) => ({
    labels: [index % 3],
    group: `g${Math.floor(index / 2)}`,
  }));
  const folds = innerFolds(items, 5, 1);
  for (let at = 0; at < 60; at += 2) expect(folds[at + 1]).toBe(folds[at]);
  for (let fold = 0; fold < 5; fold++) {
    const own = items.filter((_, at) => folds[at] === fold);
    expect(own).toHaveLength(12);
    for (let label = 0; label < 3; label++) {
      expect(Math.abs(own.filter(({ labels }) => labels[0] === label).length - 4)).toBeLessThanOrEqual(1);
    }
  }
  expect(innerFolds(items, 5, 1)).toEqual(folds);
  expect(innerFolds(items, 5, 2)).not.toEqual(folds);
  const alone = innerFolds(
    items.map((item) => ({ ...item, group: 'one' })),
    5,
    1,
  );
  expect(new Set(alone)).toEqual(new Set([0]));
});
