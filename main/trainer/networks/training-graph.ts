import { differentiate } from '../autodiff/differentiate.ts';
import type { StateVariable } from '../executors/types.ts';
import { absorbBatchNormalization } from '../graph/absorb-batch-normalization.ts';
import { attributes, int } from '../graph/attributes.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { NetworkError } from '../graph/errors.ts';
import { decomposeGroupNormalization } from '../graph/group-normalization.ts';
import { keepReachable } from '../graph/reachable.ts';
import { zeros } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import { buildLoss } from '../losses/losses.ts';
import type { LossSpec } from '../losses/types.ts';
import { buildOptimiser, slotNames, type Update } from '../optimisers/optimisers.ts';
import { inferenceNetwork, withBatch } from './attach.ts';
import type { Network, ParameterGroup, TrainingGraph, TrainingSpec, TrainingState } from './types.ts';

const TARGET = 'enxerto.target';
const SAMPLE_WEIGHT = 'enxerto.sampleWeight';
const STEP = 'enxerto.step';
const LOSS = 'enxerto.loss';
const GRADIENT_NORM = 'enxerto.gradientNorm';

/**
 * Writes one training step as a graph: forward, loss, backward, optimiser.
 * Throws NetworkError: UNKNOWN_VALUE (a group names a weight the network lacks), INVALID_GRAPH (a weight in two groups,
 * or no weight at all), NOT_DIFFERENTIABLE, UNKNOWN_SHAPE, SHAPE_MISMATCH.
 */
export function buildTrainingGraph(spec: TrainingSpec): TrainingGraph {
  const parameters = checkedParameters(spec);
  const forward = withLoss(spec.network, spec.batch, spec.loss);
  const { graph, gradients } = differentiate(forward, { loss: LOSS, wrt: parameters });
  const builder = new GraphBuilder(graph);
  for (const name of parameters) builder.release(name);
  const step = builder.input(STEP, { dtype: 'float32', dims: [] });
  const squares = parameters.map((name) => {
    const square = builder.op('ReduceSumSquare', [gradients.get(name)!], {
      attributes: attributes({ keepdims: int(0) }),
    });
    return square;
  });
  const norm = builder.alias(
    builder.op('Sqrt', [squares.length === 1 ? squares[0]! : builder.op('Sum', squares)]),
    GRADIENT_NORM,
  );
  const scale = spec.clipNorm === undefined ? undefined : clipScale(builder, norm, spec.clipNorm);
  const update = buildOptimiser(builder, spec.optimiser, step);
  const learningRates = new Map<string, string>();
  const state: TrainingState[] = [];
  for (const group of spec.groups) {
    const rate = builder.input(`enxerto.learningRate.${group.name}`, { dtype: 'float32', dims: [] });
    learningRates.set(group.name, rate);
    for (const name of group.parameters) {
      const gradient = gradients.get(name)!;
      const clipped = scale === undefined ? gradient : builder.op('Mul', [gradient, scale]);
      state.push(
        ...updateParameter(builder, forward, group, {
          name,
          gradient: clipped,
          rate,
          slots: slotNames(spec.optimiser),
          update,
        }),
      );
    }
  }
  const { logits } = spec.network;
  const outputs = [LOSS, logits, norm, ...state.map((variable) => variable.next)];
  return {
    graph: keepReachable(builder.finish(`${spec.network.graph.name} training`, outputs)),
    state,
    inputs: spec.network.inputs,
    masks: spec.network.masks.map((mask) => ({ ...mask, dims: [spec.batch, ...mask.dims.slice(1)] })),
    target: TARGET,
    sampleWeight: SAMPLE_WEIGHT,
    step,
    learningRates,
    loss: LOSS,
    logits,
    gradientNorm: norm,
  };
}

/** A network with its loss, for measuring without training: weights named in `parameters` are state of the program. */
export interface EvaluationGraph {
  readonly graph: Graph;
  readonly state: readonly StateVariable[];
  readonly inputs: readonly string[];
  readonly target: string;
  readonly sampleWeight: string;
  readonly loss: string;
  readonly logits: string;
}

/**
 * The network as it predicts (no dropout), with its loss, fixed to a batch. Hand the trained weights over with
 * `program.setState`; weights that are not in `parameters` are constants.
 */
export function buildEvaluationGraph(spec: {
  readonly network: Network;
  readonly batch: number;
  readonly loss: LossSpec;
  readonly parameters: readonly string[];
}): EvaluationGraph {
  const network = inferenceNetwork(spec.network);
  const builder = new GraphBuilder(withLoss(network, spec.batch, spec.loss));
  for (const name of spec.parameters) builder.release(name);
  return {
    graph: builder.finish(`${network.graph.name} evaluation`, [LOSS, network.logits]),
    state: spec.parameters.map((name) => ({ name })),
    inputs: network.inputs,
    target: TARGET,
    sampleWeight: SAMPLE_WEIGHT,
    loss: LOSS,
    logits: network.logits,
  };
}

function withLoss(network: Network, batch: number, loss: LossSpec): Graph {
  const fixed = absorbBatchNormalization(decomposeGroupNormalization(withBatch(network.graph, batch)));
  const builder = new GraphBuilder(fixed);
  const dims = builder.dims(network.logits);
  const target = builder.input(TARGET, { dtype: 'float32', dims });
  const sampleWeight = builder.input(SAMPLE_WEIGHT, { dtype: 'float32', dims: [batch] });
  builder.alias(buildLoss(builder, { logits: network.logits, target, sampleWeight }, loss), LOSS);
  return builder.finish(network.graph.name, [network.logits, LOSS]);
}

function checkedParameters({ network, groups }: TrainingSpec): readonly string[] {
  const parameters = groups.flatMap((group) => group.parameters);
  const twice = parameters.find((name, index) => parameters.indexOf(name) !== index);
  if (twice !== undefined)
    throw new NetworkError('INVALID_GRAPH', `The weight "${twice}" is in two parameter groups.`);
  const unknown = parameters.find((name) => !network.graph.initializers.has(name));
  if (unknown !== undefined)
    throw new NetworkError('UNKNOWN_VALUE', `The network has no weight named "${unknown}".`);
  if (parameters.length === 0)
    throw new NetworkError('INVALID_GRAPH', 'Nothing is left to train: choose at least the head.');
  return parameters;
}

/** min(1, limit ÷ norm), as torch's clip_grad_norm_ with its 1e-6. */
function clipScale(builder: GraphBuilder, norm: string, limit: number): string {
  const ratio = builder.op('Div', [builder.scalar(limit), builder.op('Add', [norm, builder.scalar(1e-6)])]);
  return builder.op('Min', [ratio, builder.scalar(1)]);
}

interface ParameterUpdate {
  readonly name: string;
  readonly gradient: string;
  readonly rate: string;
  readonly slots: readonly string[];
  readonly update: Update;
}

function updateParameter(
  builder: GraphBuilder,
  forward: Graph,
  group: ParameterGroup,
  at: ParameterUpdate,
): readonly TrainingState[] {
  const initial = forward.initializers.get(at.name)!;
  const slots = at.slots.map((slot) =>
    builder.input(`${at.name}.slot.${slot}`, { dtype: 'float32', dims: initial.dims }),
  );
  const next = at.update({
    parameter: at.name,
    gradient: at.gradient,
    learningRate: at.rate,
    weightDecay: initial.dims.length > 1 ? group.weightDecay : 0,
    slots,
  });
  const parameter: TrainingState = {
    name: at.name,
    next: builder.alias(next.parameter, `${at.name}.next`),
    role: 'parameter',
    parameter: at.name,
    initial,
  };
  const kept = slots.map(
    (slot, index): TrainingState => ({
      name: slot,
      next: builder.alias(next.slots[index]!, `${slot}.next`),
      role: 'slot',
      parameter: at.name,
      initial: zeros(initial.dims),
    }),
  );
  return [parameter, ...kept];
}
