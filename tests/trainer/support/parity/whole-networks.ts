import { expect } from 'vitest';
import type { CompileOptions, Executor } from '../../../../main/trainer/executors/types.ts';
import { floatTensor } from '../../../../main/trainer/graph/tensor.ts';
import type { Tensor } from '../../../../main/trainer/graph/types.ts';
import { distance, type Exporter } from '../topologies.ts';
import {
  aboveStage,
  openTopology,
  optimisers,
  stepFeeds,
  stepGraph,
  type Topology,
} from '../train-topology.ts';

/**
 * ‖difference‖ ≤ TOLERANCE · (‖reference‖ + floor). Float32 itself comes to 1e-6 or 1e-5, unless a value lies within its
 * rounding of a kink: ReLU's zero, ReLU6's six, a tie in a maximum. Then the gradient of one element is all or nothing,
 * which is 4e-3 to 3e-2 of the tensors before it where maps are small. The networks here do not meet that; of 43 others
 * with random weights, from timm and Keras, six did: Keras's DenseNet-121 (one ReLU, at 6e-8, of a map of 2 × 2 pixels),
 * ESE-VoVNet-19b (one window of a pooling), Xception-41 (three ReLUs), ReXNet-1.0 (one ReLU6, off by 8e-9), MobileNetV2 and
 * ResNet-101 V2. PyTorch met it in two of them with its own float32. No derivative is wrong: the same training graphs
 * computed in float64 were within 3e-7 of PyTorch's float64 (mostly 1e-15; the rest is constants rounded to float32), and
 * where they were told the float32 run's side of each kink, within 5e-5 of its gradients.
 */
const TOLERANCE = 1e-3;
/**
 * The floor, as a part of the largest norm among the network's tensors: some gradients are exactly zero (softmax does
 * not see a key's bias) or nearly cancel, and what float32 leaves of them is rounding of the terms they are sums of.
 */
const FLOOR = 1e-3;

/** How far one tensor is from PyTorch's and how far it may be. */
interface Deviation {
  readonly name: string;
  readonly difference: number;
  readonly allowed: number;
}

function deviations(
  { held, network, referenceOf }: Topology,
  kind: 'gradient' | keyof typeof optimisers,
  tensorOf: (name: string) => Tensor,
): readonly Deviation[] {
  const floor = FLOOR * Math.max(...network.parameters.map((name) => referenceOf(name)[kind].norm));
  return network.parameters.map((name) => {
    const { difference, norm } = distance(tensorOf(name), held.get(name)!, referenceOf(name)[kind]);
    return { name: referenceOf(name).name, difference, allowed: TOLERANCE * (norm + floor) };
  });
}

const tooFar = (found: readonly Deviation[]) =>
  found.filter(({ difference, allowed }) => !(difference <= allowed));

/**
 * AdamW divides a gradient by its own size, so where it is smaller than epsilon an error of δ moves the weight by
 * rate·δ/ε. Twice, because distances are estimates.
 */
const AMPLIFICATION = (2 * optimisers.adamw.rate) / optimisers.adamw.spec.epsilon;

/** a − factor·b, divided by `by`. */
function combined(a: Tensor, b: Tensor, factor: number, by = 1): Tensor {
  const values = (a.data as Float32Array).map((value, at) => (value - factor * Number(b.data[at])) / by);
  return floatTensor(a.dims, values);
}

/** A whole network and the step of it that is compared. */
interface WholeNetwork {
  readonly name: string;
  readonly exporter: Exporter;
  readonly layout: NonNullable<CompileOptions['layout']>;
  readonly optimiser: keyof typeof optimisers;
  /** The last stage that is not trained but run once before. */
  readonly frozen?: string;
}

/**
 * One step of a network, all of it trainable or what lies above a stage, has the loss, gradients and weight changes PyTorch
 * computed in float64.
 */
export async function expectStepOfPyTorch(
  executor: Executor,
  { name, exporter, layout, optimiser: kind, frozen }: WholeNetwork,
): Promise<void> {
  const whole = openTopology(name, exporter);
  const topology = frozen === undefined ? whole : await aboveStage(whole, frozen);
  const { network, peer, referenceOf } = topology;
  const { loss, state } = await stepOf(executor, topology, { kind, layout });
  expect(Math.abs(loss / peer.loss - 1)).toBeLessThan(1e-5);
  const start = (parameter: string) => network.graph.initializers.get(parameter)!;
  // From zero, the first step leaves in the slots the gradient (with SGD's decay in it) or a tenth of it (AdamW).
  const gradient = (parameter: string) =>
    kind === 'sgd'
      ? combined(
          state.get(`${parameter}.slot.momentum`)!,
          start(parameter),
          referenceOf(parameter).decay ? optimisers.sgd.decay : 0,
        )
      : combined(state.get(`${parameter}.slot.mean`)!, start(parameter), 0, 1 - optimisers.adamw.spec.beta1);
  const found = deviations(topology, 'gradient', gradient);
  expect(tooFar(found)).toEqual([]);
  const steps = deviations(topology, kind, (parameter) =>
    combined(state.get(parameter)!, start(parameter), 1),
  );
  const amplified = kind === 'adamw' ? AMPLIFICATION : 0;
  expect(
    tooFar(steps.map((step, at) => ({ ...step, allowed: step.allowed + amplified * found[at]!.difference }))),
  ).toEqual([]);
}

async function stepOf(
  executor: Executor,
  topology: Topology,
  { kind, layout }: { readonly kind: keyof typeof optimisers; readonly layout: WholeNetwork['layout'] },
): Promise<{ readonly loss: number; readonly state: ReadonlyMap<string, Tensor> }> {
  const training = stepGraph(topology, kind);
  const program = await executor.compile(training.graph, { state: training.state, threads: 2, layout });
  try {
    await program.setState(new Map(training.state.map((variable) => [variable.name, variable.initial])));
    const results = await program.run(stepFeeds(training, topology, optimisers[kind].rate), [training.loss]);
    return { loss: Number(results.get(training.loss)!.data[0]), state: await program.state() };
  } finally {
    await program.dispose();
  }
}
