import { afterAll, describe, expect, it } from 'vitest';
import { isOutOfMemory } from '../../../main/trainer/executors/failures.ts';
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
import { fill } from '../support/wasm-memory.ts';

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

describe('the memory of WebAssembly', () => {
  it('is never too small for a step without being said: it is right, or it changes nothing', async () => {
    const device = await startWebAssembly();
    const graph = training();
    const feeds = feedsOf(graph);
    const open = async () => {
      const program = await createTensorFlowJsExecutor('tfjs', device).compile(graph.graph, {
        state: graph.state,
        threads: 1,
      });
      await program.setState(new Map(graph.state.map(({ name, initial }) => [name, initial])));
      return program;
    };
    const counts = () => {
      const { numTensors, numDataBuffers } = device.tf.memory();
      const backend = device.tf.backend();
      return { numTensors, numDataBuffers, ofBackend: backend.numDataIds() };
    };
    const undisturbed = await open();
    const losses: number[] = [];
    for (let step = 0; step < 2; step++)
      losses.push((await undisturbed.run(feeds, [graph.loss])).get(graph.loss)!.data[0] as number);
    const usual = counts();
    await undisturbed.dispose();
    const program = await open();
    const memory = fill(device, 1024);
    const failures = new Set<string>();
    for (let step = 0; step < losses.length; ) {
      try {
        expect((await program.run(feeds, [graph.loss])).get(graph.loss)!.data[0]).toBe(losses[step]);
        step++;
      } catch (error) {
        expect(isOutOfMemory(error), String(error)).toBe(true);
        failures.add(String(error));
        memory.leave(1024);
      }
    }
    // It ends at many places of a step.
    expect(failures.size).toBeGreaterThan(3);
    memory.clear();
    expect(counts()).toEqual(usual);
    await program.dispose();
  });
});
