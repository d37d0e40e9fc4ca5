import { describe, expect, it } from 'vitest';
import { differentiate } from '../../../main/trainer/autodiff/differentiate.ts';
import { GraphBuilder } from '../../../main/trainer/graph/builder.ts';
import { floatTensor } from '../../../main/trainer/graph/tensor.ts';
import { buildLoss } from '../../../main/trainer/losses/losses.ts';
import type { LossSpec } from '../../../main/trainer/losses/types.ts';
import { fixture } from '../support/fixtures.ts';
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

function lossGraph(spec: LossSpec) {
  const builder = new GraphBuilder();
  builder.input('logits', { dtype: 'float32', dims: [5, 4] });
  builder.input('target', { dtype: 'float32', dims: [5, 4] });
  builder.input('weight', { dtype: 'float32', dims: [5] });
  const { value: loss } = buildLoss(builder, { logits: 'logits', target: 'target', sampleWeight: 'weight' }, spec);
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
    for (const spec of [{ kind: 'cross-entropy' }, { kind: 'binary-cross-entropy' }] as const) {
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

  it('refuses class weights of another number of classes', () => {
    expect(() => lossGraph({ kind: 'cross-entropy', classWeights: [1, 2] })).toThrow(
      'There are 4 classes but 2 class weights.',
    );
  });
});
