import { describe, expect, it } from 'vitest';
import { onnxExecutor } from '../../../main/trainer/executors/onnx/executor.ts';
import { surveyNetwork } from '../../../main/trainer/networks/survey.ts';
import { expectStepOfPyTorch } from '../support/parity/whole-networks.ts';
import { loadTopology, topologies } from '../support/topologies.ts';

const layouts = ['batch-major', 'channel-major', 'position-major'] as const;
const kinds = ['sgd', 'adamw'] as const;

/** Networks in which several values cross nearly everywhere, and how many cross after each of their stages. */
const wide = {
  hrnet: {
    ...{ conv1: 1, conv2: 1, layer1: 1, transition1: 2, stage2: 2, stage3: 3, stage4: 4, incre_modules: 4 },
    ...{ downsamp_modules: 3, 'downsamp_modules~2': 2, 'incre_modules~2': 2, 'downsamp_modules~3': 1 },
    final_layer: 1,
  },
  nasnet: {
    ...{ conv0: 1, cell_stem_0: 2, cell_stem_1: 2, cell_0: 2, cell_1: 2, reduction_cell_0: 2 },
    ...{ cell_6: 2, cell_7: 2, reduction_cell_1: 2, cell_12: 2, cell_13: 1 },
  },
  unet: { encoder: 4, deepest: 4, 'decoder.0': 4, 'decoder.1': 3, 'decoder.2': 1, 'decoder.3': 1 },
} as const;

const look = { order: 'rgb', size: null, features: null } as const;
const exporterOf = (name: string) => topologies.find(([each]) => each === name)![1];

describe.each(Object.entries(wide))('%s', (name, crossing) => {
  it('has stages where several values cross', () => {
    const { stages } = surveyNetwork(loadTopology(name, exporterOf(name)), look);
    const found = stages.map((stage) => [stage.name, stage.outputs.length]);
    expect(found).toEqual(Object.entries(crossing));
  });

  // One of neighbours at which as many values cross: they differ in little but how long the test takes.
  const cuts = Object.entries(crossing).flatMap(([stage, values], at, all) =>
    values > 1 && values !== all[at - 1]?.[1] ? [stage] : [],
  );
  it.each(cuts.map((frozen, at) => [frozen, layouts[at % 3]!, kinds[at % 2]!] as const))(
    'frozen up to %s, %s: loss, gradients and a step of %s above are PyTorch’s',
    (frozen, layout, optimiser) =>
      expectStepOfPyTorch(onnxExecutor, { name, exporter: exporterOf(name), layout, optimiser, frozen }),
    120_000,
  );
});

const others = topologies.filter(([name]) => !(name in wide));

it.each(others)('%s, %s exporter, has enough places where a single value crosses', (name, exporter) => {
  const { stages } = surveyNetwork(loadTopology(name, exporter), look);
  expect(stages.filter(({ outputs }) => outputs.length !== 1)).toEqual([]);
});
