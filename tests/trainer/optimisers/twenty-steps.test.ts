import { describe, expect, it } from 'vitest';
import { onnxExecutor } from '../../../main/trainer/executors/onnx/executor.ts';
import { attributes, int } from '../../../main/trainer/graph/attributes.ts';
import { GraphBuilder } from '../../../main/trainer/graph/builder.ts';
import { floatTensor } from '../../../main/trainer/graph/tensor.ts';
import type { Tensor } from '../../../main/trainer/graph/types.ts';
import { averageRate } from '../../../main/trainer/loop/averaging.ts';
import { initialState } from '../../../main/trainer/loop/compiled-phase.ts';
import { rateAt } from '../../../main/trainer/loop/schedule.ts';
import { averageName, buildTrainingGraph } from '../../../main/trainer/networks/training-graph.ts';
import type { Network, TrainingSpec } from '../../../main/trainer/networks/types.ts';
import { type Averaging, type TrainingPhase, trainingPhase } from '../../../shared/contract/recipe.ts';
import { ruleFixture, scalar } from '../support/fixtures.ts';
import { relativeError } from '../support/run.ts';

const STEPS = 20;
const EPOCHS = 4;
const SAMPLES = 8;
const names = ['body.weight', 'body.bias', 'head.weight', 'head.bias'];

/** The two layers of make_training_rules.py. */
function network(): Network {
  const builder = new GraphBuilder();
  const weight = (name: string) => builder.initializer(name, ruleFixture(`steps/first/${name}`));
  const linear = (x: string, layer: string) =>
    builder.op('Gemm', [x, weight(`${layer}.weight`), weight(`${layer}.bias`)], {
      attributes: attributes({ transB: int(1) }),
    });
  const hidden = builder.op('Relu', [
    linear(builder.input('x', { dtype: 'float32', dims: ['N', 6] }), 'body'),
  ]);
  const logits = builder.alias(linear(hidden, 'head'), 'logits');
  return {
    graph: builder.finish('two layers', [logits]),
    inputs: ['x'],
    logits,
    masks: [],
    parameters: names,
  };
}

interface Case {
  readonly rate: number;
  readonly schedule: Pick<TrainingPhase, 'schedule' | 'warmUp'>;
  readonly averaging: Averaging | null;
  readonly spec: Partial<TrainingSpec>;
}

const adamw = { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
const sgd = { kind: 'sgd', momentum: 0.9, nesterov: true } as const;
const cosine = { schedule: 'cosine', warmUp: 0.2 } as const;
const down = { schedule: 'step', warmUp: 0 } as const;
const groups = (decay: readonly [number, number]) => [
  { name: 'body', parameters: ['body.weight', 'body.bias'], weightDecay: decay[0] },
  { name: 'head', parameters: ['head.weight', 'head.bias'], weightDecay: decay[1] },
];
const pulled = groups([0, 0]).map((group) => ({
  ...group,
  pull:
    group.name === 'body'
      ? ({ strength: 0.1, towards: 'start' } as const)
      : ({ strength: 0.01, towards: 'zero' } as const),
}));

const cases: Readonly<Record<string, Case>> = {
  'adamw-ema': {
    rate: 0.02,
    schedule: cosine,
    averaging: { kind: 'ema', decay: 0.9, warmUp: 'none' },
    spec: { optimiser: adamw, clipNorm: 0.3 },
  },
  'adamw-everything-ramp': {
    rate: 0.02,
    schedule: down,
    averaging: { kind: 'ema', decay: 0.95, warmUp: 'ramp' },
    spec: { optimiser: adamw, decayed: 'everything' },
  },
  'adamw-corrected': {
    rate: 0.01,
    schedule: { schedule: 'constant', warmUp: 0 },
    averaging: { kind: 'ema', decay: 0.9, warmUp: 'biasCorrection' },
    spec: { optimiser: adamw },
  },
  'sgd-swa': {
    rate: 0.05,
    schedule: down,
    averaging: { kind: 'swa', start: 0.5, rate: null },
    spec: { optimiser: sgd },
  },
  'sgd-l2sp': {
    rate: 0.05,
    schedule: cosine,
    averaging: null,
    spec: { optimiser: sgd, clipNorm: 1, groups: pulled },
  },
};

/** Rows of a fixture's step. */
function rows(name: string, step: number, from: number, to: number): Float32Array {
  const { dims, data } = ruleFixture(`steps/${name}`);
  const width = dims[2] ?? 1;
  return data.subarray((step * SAMPLES + from) * width, (step * SAMPLES + to) * width);
}

/** Twenty steps, each in `parts` batches; calls back after each with the program's state. */
async function take(
  { rate, schedule, averaging, spec }: Case,
  parts: number,
  after: (step: number, state: ReadonlyMap<string, Tensor>, loss: number) => void,
): Promise<void> {
  const batch = SAMPLES / parts;
  const training = buildTrainingGraph({
    network: network(),
    batch,
    loss: { kind: 'cross-entropy' },
    optimiser: adamw,
    groups: groups([0.05, 0.01]),
    average: averaging !== null,
    accumulate: parts > 1,
    ...spec,
  });
  const program = await onnxExecutor.compile(training.graph, { state: training.state, threads: 1 });
  await program.setState(new Map(training.state.map(({ name, initial }) => [name, initial])));
  const phase = trainingPhase.parse({
    name: 'head',
    trainableBlocks: [],
    epochs: EPOCHS,
    learningRate: rate,
    backboneFactor: 0.25,
    blockDecay: 1,
    weightDecay: 0,
    drop: { factor: 0.5, epochs: 1 },
    ...schedule,
  });
  for (let step = 0; step < STEPS; step++) {
    const now = rateAt(phase, step, STEPS);
    let loss = 0;
    for (let part = 0; part < parts; part++) {
      const [from, to] = [part * batch, (part + 1) * batch];
      const feeds = new Map<string, Tensor>([
        ['x', floatTensor([batch, 6], rows('samples', step, from, to))],
        [training.target, floatTensor([batch, 3], rows('targets', step, from, to))],
        [training.sampleWeight, floatTensor([batch], rows('counts', step, from, to))],
        [training.step, scalar(step + 1)],
        [training.learningRates.get('body')!, scalar(now * 0.25)],
        [training.learningRates.get('head')!, scalar(now)],
      ]);
      if (averaging !== null) {
        const isLastOfEpoch = step % (STEPS / EPOCHS) === STEPS / EPOCHS - 1;
        const epoch = Math.floor((step * EPOCHS) / STEPS);
        const moves = averageRate(averaging, {
          step: step + 1,
          epoch,
          since: 0,
          epochs: EPOCHS,
          isLastOfEpoch,
        });
        feeds.set(training.averageRate!, scalar(moves));
      }
      if (training.gather) {
        feeds.set(training.gather.carry, scalar(part === 0 ? 0 : 1));
        feeds.set(training.gather.apply, scalar(part === parts - 1 ? 1 : 0));
      }
      loss = Number((await program.run(feeds, [training.loss])).get(training.loss)!.data[0]);
    }
    after(step, await program.state(), loss);
  }
  await program.dispose();
}

describe('twenty steps with groups and schedules agree with torch.optim', () => {
  it.each(Object.keys(cases))('%s', async (name) => {
    let last: ReadonlyMap<string, Tensor> = new Map();
    await take(cases[name]!, 1, (step, state, loss) => {
      last = state;
      expect(relativeError(scalar(loss), ruleFixture(`steps/${name}/loss${step}`))).toBeLessThan(1e-5);
      if (![0, 9, 19].includes(step)) return;
      for (const weight of names)
        expect(
          relativeError(state.get(weight), ruleFixture(`steps/${name}/${step}/${weight}`)),
          `${weight} after step ${step}`,
        ).toBeLessThan(1e-5);
    });
    if (cases[name]!.averaging === null) return;
    for (const weight of names) {
      const expected = ruleFixture(`steps/${name}/average/${weight}`);
      expect(relativeError(last.get(averageName(weight)), expected), weight).toBeLessThan(1e-5);
    }
  });

  it.each(Object.keys(cases))('%s gathered over four batches, padding and weights included', async (name) => {
    await take(cases[name]!, 4, (step, state) => {
      if (step !== 19) return;
      for (const weight of names)
        expect(
          relativeError(state.get(weight), ruleFixture(`steps/${name}/${step}/${weight}`)),
          weight,
        ).toBeLessThan(1e-5);
      if (cases[name]!.averaging === null) return;
      for (const weight of names) {
        const expected = ruleFixture(`steps/${name}/average/${weight}`);
        expect(relativeError(state.get(averageName(weight)), expected), weight).toBeLessThan(1e-5);
      }
    });
  });
});

it('a phase begins with the weights it is given, averages included, and with empty slots and sums', () => {
  const graph = buildTrainingGraph({
    network: network(),
    batch: 2,
    loss: { kind: 'cross-entropy' },
    optimiser: sgd,
    groups: groups([0, 0]),
    average: true,
    accumulate: true,
  });
  const given = floatTensor([3], [1, 2, 3]);
  const state = initialState({ graph }, new Map([['head.bias', given]]));
  expect(state.get('head.bias')).toBe(given);
  expect(state.get(averageName('head.bias'))).toBe(given);
  expect(state.get('head.bias.slot.momentum')?.data).toEqual(new Float32Array(3));
  expect(state.get('head.bias.gradientSum')?.data).toEqual(new Float32Array(3));
});
