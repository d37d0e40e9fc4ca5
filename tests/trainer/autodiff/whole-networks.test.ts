import { describe, expect, it } from 'vitest';
import { onnxExecutor } from '../../../main/trainer/executors/onnx/executor.ts';
import { floatTensor } from '../../../main/trainer/graph/tensor.ts';
import type { Tensor } from '../../../main/trainer/graph/types.ts';
import { distance, topologies } from '../support/topologies.ts';
import { openTopology, optimisers, stepFeeds, stepGraph, type Topology } from '../support/train-topology.ts';

/** ‖difference‖ ≤ TOLERANCE · (‖reference‖ + floor). */
const TOLERANCE = 1e-3;
/**
 * The floor, as a part of the largest norm among the network's tensors: some gradients are exactly zero (softmax does
 * not see a key's bias) or nearly cancel, and what float32 leaves of them is rounding of the terms they are sums of.
 */
const FLOOR = 1e-3;

/** What is further from PyTorch than allowed, in words. */
function deviations(
  { held, network, referenceOf }: Topology,
  kind: 'gradient' | 'sgd' | 'adamw',
  valueIn: (name: string) => Tensor,
): readonly string[] {
  const floor = FLOOR * Math.max(...network.parameters.map((name) => referenceOf(name)[kind].norm));
  return network.parameters.flatMap((name) => {
    const { difference, norm } = distance(valueIn(name), held.get(name)!, referenceOf(name)[kind]);
    const share = difference / (norm + floor);
    return share <= TOLERANCE
      ? []
      : [`${kind} of ${referenceOf(name).name}: ${share.toExponential(1)} of ${norm}`];
  });
}

/** a − factor·b, divided by `by`. */
function combined(a: Tensor, b: Tensor, factor: number, by = 1): Tensor {
  const values = (a.data as Float32Array).map((value, at) => (value - factor * Number(b.data[at])) / by);
  return floatTensor(a.dims, values);
}

// Each exporter's file goes through one layout and one optimiser, so that a network goes through both.
const cases = topologies.map(
  ([name, exporter]) =>
    [
      name,
      exporter,
      ...(exporter === 'legacy' ? (['batch-major', 'adamw'] as const) : (['channel-major', 'sgd'] as const)),
    ] as const,
);

describe('whole networks', () => {
  it.each(cases)(
    '%s, %s exporter, %s: loss, gradients and a step of %s are PyTorch’s',
    async (name, exporter, layout, kind) => {
      const topology = openTopology(name, exporter);
      const { network, peer, referenceOf } = topology;
      const training = stepGraph(topology, kind);
      const program = await onnxExecutor.compile(training.graph, {
        state: training.state,
        threads: 2,
        layout,
      });
      await program.setState(new Map(training.state.map((variable) => [variable.name, variable.initial])));
      const { rate, decay } = optimisers[kind];
      const results = await program.run(stepFeeds(training, topology, rate), [training.loss]);
      const state = await program.state();
      await program.dispose();
      expect(Math.abs(Number(results.get(training.loss)!.data[0]) / peer.loss - 1)).toBeLessThan(1e-5);
      const start = (parameter: string) => network.graph.initializers.get(parameter)!;
      // From zero, the first step leaves in the slots the gradient (with SGD's decay in it) or a tenth of it (AdamW).
      const gradient = (parameter: string) =>
        kind === 'sgd'
          ? combined(
              state.get(`${parameter}.slot.momentum`)!,
              start(parameter),
              referenceOf(parameter).decay ? decay : 0,
            )
          : combined(
              state.get(`${parameter}.slot.mean`)!,
              start(parameter),
              0,
              1 - optimisers.adamw.spec.beta1,
            );
      expect(deviations(topology, 'gradient', gradient)).toEqual([]);
      const change = (parameter: string) => combined(state.get(parameter)!, start(parameter), 1);
      expect(deviations(topology, kind, change)).toEqual([]);
    },
  );
});
