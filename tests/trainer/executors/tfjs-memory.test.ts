import { afterAll, describe, expect, it } from 'vitest';
import type { Device } from '../../../main/trainer/executors/tfjs/device.ts';
import { createTensorFlowJsExecutor } from '../../../main/trainer/executors/tfjs/executor.ts';
import { startJavaScript, startWebAssembly } from '../../../main/trainer/executors/tfjs/runtime.ts';
import { attributes, ints } from '../../../main/trainer/graph/attributes.ts';
import { GraphBuilder } from '../../../main/trainer/graph/builder.ts';
import { elementCount, floatTensor } from '../../../main/trainer/graph/tensor.ts';
import type { Tensor } from '../../../main/trainer/graph/types.ts';
import { buildTrainingGraph } from '../../../main/trainer/networks/training-graph.ts';
import { createRandom } from '../../../shared/domain/random.ts';
import { scalar } from '../support/fixtures.ts';
import { smallNetwork } from '../support/small-network.ts';

const BATCH = 2;

function training() {
  const network = smallNetwork();
  return buildTrainingGraph({
    network,
    batch: BATCH,
    loss: { kind: 'cross-entropy' },
    optimiser: { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    groups: [{ name: 'all', parameters: network.parameters, weightDecay: 1e-4 }],
  });
}

function feedsOf(graph: ReturnType<typeof training>): ReadonlyMap<string, Tensor> {
  const random = createRandom(1);
  const drawn = [...graph.inputs, graph.target].map((name): [string, Tensor] => {
    const dims = graph.graph.types.get(name)!.dims as readonly number[];
    const data = Float32Array.from({ length: elementCount(dims) }, () => random.uniform());
    return [name, floatTensor(dims, data)];
  });
  return new Map([
    ...drawn,
    [graph.sampleWeight, floatTensor([BATCH], [1, 1])],
    [graph.step, scalar(1)],
    [graph.learningRates.get('all')!, scalar(1e-3)],
  ]);
}

describe.each([
  ['JavaScript', startJavaScript],
  ['WebAssembly', startWebAssembly],
] as const)('tensors on the %s backend', (_, start: () => Promise<Device>) => {
  afterAll(async () => {
    const { tf } = await start();
    expect(tf.memory().numTensors).toBe(0);
  });

  it('stay as many from the second to the fiftieth step', async () => {
    const device = await start();
    const graph = training();
    const program = await createTensorFlowJsExecutor('tfjs', device).compile(graph.graph, {
      state: graph.state,
      threads: 1,
    });
    await program.setState(new Map(graph.state.map(({ name, initial }) => [name, initial])));
    const counts = new Set<string>();
    for (let step = 1; step <= 50; step++) {
      await program.run(feedsOf(graph), step % 2 === 0 ? [graph.loss] : []);
      const { numTensors, numDataBuffers } = device.tf.memory();
      if (step > 1) counts.add(`${numTensors} tensors, ${numDataBuffers} buffers`);
    }
    expect(counts.size).toBe(1);
    await program.dispose();
  });

  it('are given back when a run fails', async () => {
    const device = await start();
    const builder = new GraphBuilder();
    builder.input('x', { dtype: 'float32', dims: [4] });
    const program = await createTensorFlowJsExecutor('tfjs', device).compile(
      builder.finish('echo', [builder.op('Exp', ['x'])]),
      { state: [], threads: 1 },
    );
    const before = device.tf.memory().numTensors;
    const feeds = new Map([['x', floatTensor([4], [1, 2, 3, 4])]]);
    await expect(program.run(feeds, ['nothing of this name'])).rejects.toMatchObject({
      code: 'UNKNOWN_VALUE',
    });
    expect(device.tf.memory().numTensors).toBe(before);
    await program.dispose();
  });

  it('are given back when a network is refused, which names the operator and the node', async () => {
    const device = await start();
    const builder = new GraphBuilder();
    builder.input('x', { dtype: 'float32', dims: [1, 1, 8, 8] });
    const shifted = builder.op('Add', [
      'x',
      builder.constant(floatTensor([1, 1, 8, 8], new Float32Array(64))),
    ]);
    const pooled = builder.op('AveragePool', [shifted], {
      name: '/head/pool',
      attributes: attributes({ kernel_shape: ints([2, 2]), dilations: ints([2, 2]) }),
    });
    const before = device.tf.memory().numTensors;
    const compiling = createTensorFlowJsExecutor('tfjs', device).compile(builder.finish('odd', [pooled]), {
      state: [],
      threads: 1,
    });
    await expect(compiling).rejects.toMatchObject({
      code: 'UNSUPPORTED_OPERATOR',
      operator: 'AveragePool',
      node: '/head/pool',
    });
    expect(device.tf.memory().numTensors).toBe(before);
  });
});
