import { describe, expect, it } from 'vitest';
import { differentiate } from '../../../main/trainer/autodiff/differentiate.ts';
import { GraphBuilder } from '../../../main/trainer/graph/builder.ts';
import { floatTensor } from '../../../main/trainer/graph/tensor.ts';
import { buildLoss } from '../../../main/trainer/losses/losses.ts';
import type { LossSpec } from '../../../main/trainer/losses/types.ts';
import { fixture, ruleFixture } from '../support/fixtures.ts';
import { relativeError, runGraph } from '../support/run.ts';

const classWeights = [0.5, 2, 1, 1.5];
const cases: readonly (readonly [string, string, LossSpec, readonly number[]])[] = [
  ['cross-entropy', 'hard', { kind: 'cross-entropy' }, [1, 1, 1, 1, 1]],
  [
    'cross-entropy-smoothed-weighted',
    'hard',
    { kind: 'cross-entropy', labelSmoothing: 0.1, classWeights },
    [1, 1, 1, 1, 1],
  ],
  ['cross-entropy-soft', 'soft', { kind: 'cross-entropy', labelSmoothing: 0.05 }, [1, 1, 1, 1, 1]],
  ['cross-entropy-padded', 'hard', { kind: 'cross-entropy' }, [1, 1, 1, 0, 0]],
  ['binary', 'multi', { kind: 'binary-cross-entropy' }, [1, 1, 1, 1, 1]],
  [
    'binary-weighted',
    'multi',
    { kind: 'binary-cross-entropy', classWeights, positiveWeights: classWeights.map((weight) => weight + 1) },
    [1, 1, 1, 1, 1],
  ],
];

const plain: readonly (readonly [string, LossSpec])[] = [
  ['focal', { kind: 'focal', gamma: 2 }],
  ['focal-weighted-smoothed', { kind: 'focal', gamma: 1.5, labelSmoothing: 0.1, classWeights }],
  ['focal-half', { kind: 'focal', gamma: 0.5 }],
  ['focal-padded', { kind: 'focal', gamma: 2 }],
  ['binary-focal', { kind: 'binary-focal', gamma: 2 }],
  ['binary-focal-alpha', { kind: 'binary-focal', gamma: 1.5, alpha: 0.25 }],
  ['dice', { kind: 'dice', activation: 'softmax', smooth: 1 }],
  ['dice-sigmoid-weighted', { kind: 'dice', activation: 'sigmoid', smooth: 1, classWeights: [1, 2, 0.5] }],
  ['mse', { kind: 'mse' }],
  ['huber', { kind: 'huber', delta: 1.5 }],
  ['smooth-l1', { kind: 'smooth-l1', beta: 0.5 }],
  ['iou', { kind: 'iou' }],
  ['giou', { kind: 'giou' }],
  [
    'distillation',
    {
      kind: 'distillation',
      temperature: 3,
      share: 0.7,
      hard: { kind: 'cross-entropy', labelSmoothing: 0.1 },
    },
  ],
];

/** A loss of an output with these axes, with a teacher where one is learned from. */
function lossOf(spec: LossSpec, dims: readonly number[]) {
  const builder = new GraphBuilder();
  const type = { dtype: 'float32', dims } as const;
  const inputs = {
    logits: builder.input('logits', type),
    target: builder.input('target', type),
    sampleWeight: builder.input('weight', { dtype: 'float32', dims: [dims[0]!] }),
  };
  const teacher = spec.kind === 'distillation' ? { teacher: builder.input('teacher', type) } : {};
  const { value } = buildLoss(builder, { ...inputs, ...teacher }, spec);
  return { loss: value, ...differentiate(builder.finish('loss', []), { loss: value, wrt: ['logits'] }) };
}

function lossGraph(spec: LossSpec) {
  const builder = new GraphBuilder();
  builder.input('logits', { dtype: 'float32', dims: [5, 4] });
  builder.input('target', { dtype: 'float32', dims: [5, 4] });
  builder.input('weight', { dtype: 'float32', dims: [5] });
  const { value: loss } = buildLoss(
    builder,
    { logits: 'logits', target: 'target', sampleWeight: 'weight' },
    spec,
  );
  return { loss, ...differentiate(builder.finish('loss', []), { loss, wrt: ['logits'] }) };
}

describe('losses agree with PyTorch', () => {
  it.each(cases)('%s', async (name, target, spec, weights) => {
    const { graph, loss, gradients } = lossGraph(spec);
    const results = await runGraph(graph, {
      logits: fixture(`loss/${name}/logits`),
      target: fixture(`loss/${target}`),
      weight: floatTensor([5], weights),
    });
    expect(relativeError(results.get(loss), fixture(`loss/${name}/value`))).toBeLessThan(1e-5);
    expect(
      relativeError(results.get(gradients.get('logits')!), fixture(`loss/${name}/gradient`)),
    ).toBeLessThan(1e-5);
  });

  it.each(plain)('%s', async (name, spec) => {
    const logits = ruleFixture(`loss/${name}/logits`);
    const { graph, loss, gradients } = lossOf(spec, logits.dims);
    const count = logits.dims[0]!;
    const results = await runGraph(graph, {
      logits,
      target: ruleFixture(`loss/${name}/target`),
      weight: floatTensor(
        [count],
        Float32Array.from({ length: count }, (_, at) => (name === 'focal-padded' && at > 2 ? 0 : 1)),
      ),
      ...(spec.kind === 'distillation' ? { teacher: ruleFixture('loss/teacher') } : {}),
    });
    expect(relativeError(results.get(loss), ruleFixture(`loss/${name}/value`))).toBeLessThan(1e-5);
    expect(
      relativeError(results.get(gradients.get('logits')!), ruleFixture(`loss/${name}/gradient`)),
    ).toBeLessThan(1e-5);
  });

  it('is zero with zero gradients for a batch of padding only', async () => {
    const { graph, loss, gradients } = lossGraph({ kind: 'cross-entropy', classWeights });
    const none = floatTensor([5], [0, 0, 0, 0, 0]);
    const results = await runGraph(graph, {
      logits: fixture('loss/binary/logits'),
      target: fixture('loss/hard'),
      weight: none,
    });
    expect(results.get(loss)?.data[0]).toBeCloseTo(0, 10);
    for (const value of results.get(gradients.get('logits')!)!.data) expect(Number(value)).toBeCloseTo(0, 10);
  });

  it('stays finite for extreme logits', async () => {
    const extreme = floatTensor(
      [5, 4],
      Float32Array.from({ length: 20 }, (_, at) => (at % 2 ? 1e4 : -1e4)),
    );
    for (const spec of [
      { kind: 'cross-entropy' },
      { kind: 'focal', gamma: 0.5 },
      { kind: 'focal', gamma: 2 },
      { kind: 'binary-cross-entropy' },
      { kind: 'binary-focal', gamma: 0.5 },
      { kind: 'binary-focal', gamma: 2 },
    ] as const) {
      const { graph } = lossGraph(spec);
      const results = await runGraph(graph, {
        logits: extreme,
        target: fixture('loss/hard'),
        weight: floatTensor([5], [1, 1, 1, 1, 1]),
      });
      for (const value of results.values())
        expect([...value.data].every((element) => Number.isFinite(Number(element)))).toBe(true);
    }
  });

  it('refuses outputs and teachers that do not fit', () => {
    const dice = { kind: 'dice', activation: 'softmax', smooth: 1 } as const;
    expect(() => lossOf(dice, [5, 4])).toThrow('masks [batch, classes, height, width]');
    expect(() => lossOf({ kind: 'giou' }, [5, 3])).toThrow('[batch, 4]');
    expect(() =>
      lossGraph({ kind: 'distillation', temperature: 1, share: 1, hard: { kind: 'cross-entropy' } }),
    ).toThrow('needs the answers of a teacher');
  });

  it('refuses class weights of another number of classes', () => {
    expect(() => lossGraph({ kind: 'cross-entropy', classWeights: [1, 2] })).toThrow(
      'There are 4 classes but 2 class weights.',
    );
  });
});
