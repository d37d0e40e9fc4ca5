import { describe, expect, it } from 'vitest';
import { onnxExecutor } from '../../../main/trainer/executors/onnx/executor.ts';
import { GraphBuilder } from '../../../main/trainer/graph/builder.ts';
import { zeros } from '../../../main/trainer/graph/tensor.ts';
import { buildOptimiser, slotNames } from '../../../main/trainer/optimisers/optimisers.ts';
import type { OptimiserSpec } from '../../../main/trainer/optimisers/types.ts';
import { fixture, scalar } from '../support/fixtures.ts';
import { relativeError } from '../support/run.ts';

const cases: readonly (readonly [string, OptimiserSpec, number])[] = [
  ['adamw', { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }, 0.1],
  ['sgd', { kind: 'sgd', momentum: 0.9, nesterov: false }, 0.1],
  ['sgd-nesterov', { kind: 'sgd', momentum: 0.9, nesterov: true }, 0.1],
  ['sgd-plain', { kind: 'sgd', momentum: 0, nesterov: false }, 0],
];

describe('optimisers agree with torch.optim', () => {
  it.each(cases)('%s over three steps', async (name, spec, weightDecay) => {
    const builder = new GraphBuilder();
    const type = { dtype: 'float32', dims: [3, 4] } as const;
    const step = builder.input('step', { dtype: 'float32', dims: [] });
    const rate = builder.input('rate', { dtype: 'float32', dims: [] });
    const slots = slotNames(spec).map((slot) => builder.input(slot, type));
    const update = buildOptimiser(builder, spec, step);
    const next = update({
      parameter: builder.input('w', type),
      gradient: builder.input('g', type),
      learningRate: rate,
      weightDecay,
      slots,
    });
    const state = [
      { name: 'w', next: next.parameter },
      ...slots.map((slot, index) => ({ name: slot, next: next.slots[index]! })),
    ];
    const graph = builder.finish(
      'optimiser',
      state.map((variable) => variable.next),
    );
    const program = await onnxExecutor.compile(graph, { state, threads: 1 });
    await program.setState(
      new Map([['w', fixture('optimiser/start')], ...slots.map((slot) => [slot, zeros([3, 4])] as const)]),
    );
    for (let at = 0; at < 3; at++) {
      await program.run(
        new Map([
          ['step', scalar(at + 1)],
          ['rate', scalar(0.01)],
          ['g', fixture(`optimiser/gradient${at}`)],
        ]),
        [],
      );
      expect(
        relativeError((await program.state()).get('w'), fixture(`optimiser/${name}/${at}`)),
      ).toBeLessThan(2e-6);
    }
    await program.dispose();
  });

  // At 0 nothing is remembered, and there is no bias: the logarithm that the correction is made of is then infinite.
  it.each([
    [0.9, 0.999],
    [0, 0.999],
    [0.9, 0],
    [0, 0],
  ])('corrects the bias exactly after many steps, β₁ %f, β₂ %f', async (beta1, beta2) => {
    const builder = new GraphBuilder();
    const type = { dtype: 'float32', dims: [1] } as const;
    const update = buildOptimiser(
      builder,
      { kind: 'adamw', beta1, beta2, epsilon: 0 },
      builder.input('step', { dtype: 'float32', dims: [] }),
    );
    const slots = ['m', 'v'].map((slot) => builder.input(slot, type));
    const next = update({
      parameter: builder.input('w', type),
      gradient: builder.input('g', type),
      learningRate: builder.scalar(1),
      weightDecay: 0,
      slots,
    });
    const program = await onnxExecutor.compile(builder.finish('o', [next.parameter]), {
      state: [],
      threads: 1,
    });
    for (const step of [1, 10, 1000, 20_000]) {
      // Slots of a gradient that was always 1: the corrected direction is then exactly 1.
      const previous = (beta: number) => floatTensorOf(1 - beta ** (step - 1));
      const feeds = new Map([
        ['step', scalar(step)],
        ['w', floatTensorOf(0)],
        ['g', floatTensorOf(1)],
        ['m', previous(beta1)],
        ['v', previous(beta2)],
      ]);
      const moved = (await program.run(feeds, [next.parameter])).get(next.parameter);
      expect(Number(moved!.data[0])).toBeCloseTo(-1, 4);
    }
    await program.dispose();
  });
});

function floatTensorOf(value: number) {
  return { dims: [1], dtype: 'float32', data: Float32Array.of(value) } as const;
}
