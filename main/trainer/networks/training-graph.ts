import { differentiate } from '../autodiff/differentiate.ts';
import type { StateVariable } from '../executors/types.ts';
import { absorbBatchNormalization } from '../graph/absorb-batch-normalization.ts';
import {
  type RunningStatistic,
  withBatchStatistics,
  writeOutBatchStatistics,
} from '../graph/batch-statistics.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { NetworkError } from '../graph/errors.ts';
import { decomposeGroupNormalization } from '../graph/group-normalization.ts';
import { keepReachable } from '../graph/reachable.ts';
import { zeros } from '../graph/tensor.ts';
import type { Graph, Tensor } from '../graph/types.ts';
import { buildLoss } from '../losses/losses.ts';
import type { LossSpec } from '../losses/types.ts';
import {
  averaged,
  clipped,
  type Gradients,
  gatherGradients,
  globalNorm,
  pulledBack,
} from '../optimisers/gradients.ts';
import { buildOptimiser, slotNames, type Update } from '../optimisers/optimisers.ts';
import { inferenceNetwork, withBatch } from './attach.ts';
import { isDecayed } from './parameters.ts';
import type { Network, ParameterGroup, TrainingGraph, TrainingSpec, TrainingState } from './types.ts';

const TARGET = 'enxerto.target';
const SAMPLE_WEIGHT = 'enxerto.sampleWeight';
const TEACHER = 'enxerto.teacher';
const STEP = 'enxerto.step';
const AVERAGE_RATE = 'enxerto.averageRate';
const LOSS = 'enxerto.loss';
const GRADIENT_NORM = 'enxerto.gradientNorm';
const scalarType = { dtype: 'float32', dims: [] } as const;

/**
 * Writes one training step as a graph: forward, loss, backward, optimiser.
 * Throws NetworkError: UNKNOWN_VALUE (a group names a weight the network lacks), INVALID_GRAPH (a weight in two groups,
 * or no weight at all), NOT_DIFFERENTIABLE, UNKNOWN_SHAPE, SHAPE_MISMATCH.
 */
export function buildTrainingGraph(spec: TrainingSpec): TrainingGraph {
  const parameters = checkedParameters(spec);
  const { network, statistics } = withMovingStatistics(spec);
  const { held = [] } = spec;
  const { graph: forward, share } = withLoss(network, spec.batch, spec.loss, { statistics, variable: held });
  const { graph, gradients } = differentiate(forward, { loss: LOSS, wrt: parameters });
  const builder = new GraphBuilder(writeOutBatchStatistics(graph));
  for (const name of [...parameters, ...held, ...statistics.map((moved) => moved.name)])
    builder.release(name);
  const step = builder.input(STEP, scalarType);
  const averageRate = spec.average ? builder.input(AVERAGE_RATE, scalarType) : null;
  const gathered = spec.accumulate ? gatherGradients(builder, gradients, share) : null;
  const pulled = withPull(builder, spec, gathered?.gradients ?? gradients, forward);
  // A pass over all gradients, 7 % of a step of the last blocks: only for those who shorten them.
  const norm = spec.clipNorm === undefined ? null : builder.alias(globalNorm(builder, pulled), GRADIENT_NORM);
  const final = norm === null ? pulled : clipped(builder, pulled, norm, spec.clipNorm!);
  const writer = {
    builder,
    forward,
    spec,
    averageRate,
    whenApplied: gathered?.whenApplied ?? ((updated: string) => updated),
    update: buildOptimiser(builder, spec.optimiser, step),
  };
  const learningRates = new Map<string, string>();
  const state: TrainingState[] = [];
  for (const group of spec.groups) {
    const rate = builder.input(`enxerto.learningRate.${group.name}`, scalarType);
    learningRates.set(group.name, rate);
    for (const name of group.parameters)
      state.push(...updateParameter(writer, group, { name, gradient: final.get(name)!, rate }));
  }
  for (const sum of gathered?.sums ?? [])
    state.push({ ...sum, role: 'sum', initial: zeros(builder.dims(sum.name)) });
  for (const statistic of statistics) state.push(...moveStatistic(writer, statistic));
  const { logits } = network;
  const outputs = [LOSS, logits, ...(norm === null ? [] : [norm]), ...state.map((variable) => variable.next)];
  return {
    graph: keepReachable(builder.finish(`${spec.network.graph.name} training`, outputs)),
    state,
    inputs: spec.network.inputs,
    masks: spec.network.masks.map((mask) => ({ ...mask, dims: [spec.batch, ...mask.dims.slice(1)] })),
    target: TARGET,
    sampleWeight: SAMPLE_WEIGHT,
    teacher: spec.loss.kind === 'distillation' ? TEACHER : null,
    step,
    learningRates,
    averageRate,
    gather: gathered && { carry: gathered.carry, apply: gathered.apply },
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
 * `program.setState`; weights and running statistics that are not in `parameters` are constants.
 */
export function buildEvaluationGraph(spec: {
  readonly network: Network;
  readonly batch: number;
  readonly loss: LossSpec;
  readonly parameters: readonly string[];
}): EvaluationGraph {
  const network = inferenceNetwork(spec.network);
  const { graph } = withLoss(network, spec.batch, spec.loss, { variable: spec.parameters });
  const builder = new GraphBuilder(graph);
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

/** The network with the running statistics that a step moves, where that is asked for. */
function withMovingStatistics({ network, batchStatistics }: TrainingSpec): {
  readonly network: Network;
  readonly statistics: readonly RunningStatistic[];
} {
  if (batchStatistics === undefined) return { network, statistics: [] };
  const { graph, statistics } = withBatchStatistics(network.graph, batchStatistics);
  return { network: { ...network, graph }, statistics };
}

/**
 * The network fixed to a batch with its loss behind it; `share`: what the batch counts among several. `statistics`: those
 * that the batch moves; `variable`: what is no constant although this batch leaves it as it is.
 */
function withLoss(
  network: Network,
  batch: number,
  spec: LossSpec,
  {
    statistics = [],
    variable,
  }: { readonly statistics?: readonly RunningStatistic[]; readonly variable: readonly string[] },
): { graph: Graph; share: string } {
  const fixed = decomposeGroupNormalization(withBatch(network.graph, batch));
  const builder = new GraphBuilder(absorbBatchNormalization(fixed, new Set(variable)));
  const type = { dtype: 'float32', dims: builder.dims(network.logits) } as const;
  const target = builder.input(TARGET, type);
  const sampleWeight = builder.input(SAMPLE_WEIGHT, { dtype: 'float32', dims: [batch] });
  const teacher = spec.kind === 'distillation' ? { teacher: builder.input(TEACHER, type) } : {};
  const loss = buildLoss(builder, { logits: network.logits, target, sampleWeight, ...teacher }, spec);
  builder.alias(loss.value, LOSS);
  const outputs = [network.logits, LOSS, loss.share, ...statistics.map(({ next }) => next)];
  return { graph: builder.finish(network.graph.name, outputs), share: loss.share };
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

/** The gradients with those of the groups' pulls towards where their weights began or towards zero. */
function withPull(
  builder: GraphBuilder,
  { network, groups, decayed }: TrainingSpec,
  gradients: Gradients,
  forward: Graph,
): Gradients {
  const pulled = new Map(gradients);
  for (const { parameters, pull } of groups) {
    if (pull === undefined || pull.strength === 0) continue;
    for (const parameter of parameters) {
      if (decayed !== 'everything' && !isDecayed(network.graph, parameter)) continue;
      const start =
        pull.towards === 'zero'
          ? null
          : builder.initializer(`${parameter}.start`, forward.initializers.get(parameter)!);
      const gradient = gradients.get(parameter)!;
      pulled.set(parameter, pulledBack(builder, { parameter, gradient, start }, pull.strength));
    }
  }
  return pulled;
}

/** What the updates of all parameters have in common. */
interface Writer {
  readonly builder: GraphBuilder;
  readonly forward: Graph;
  readonly spec: TrainingSpec;
  readonly averageRate: string | null;
  readonly whenApplied: (updated: string, old: string) => string;
  readonly update: Update;
}

function updateParameter(
  { builder, forward, spec, averageRate, whenApplied, update }: Writer,
  group: ParameterGroup,
  at: { readonly name: string; readonly gradient: string; readonly rate: string },
): readonly TrainingState[] {
  const { name } = at;
  const initial = forward.initializers.get(name)!;
  const type = { dtype: 'float32', dims: initial.dims } as const;
  const slots = slotNames(spec.optimiser).map((slot) => builder.input(`${name}.slot.${slot}`, type));
  const isSubject = spec.decayed === 'everything' || isDecayed(spec.network.graph, name);
  const next = update({
    parameter: name,
    gradient: at.gradient,
    learningRate: at.rate,
    weightDecay: isSubject ? group.weightDecay : 0,
    slots,
  });
  const variable = (
    variableName: string,
    value: string,
    role: TrainingState['role'],
    first: Tensor,
  ): TrainingState => ({
    name: variableName,
    next: builder.alias(whenApplied(value, variableName), `${variableName}.next`),
    role,
    parameter: name,
    initial: first,
  });
  const parameter = variable(name, next.parameter, 'parameter', initial);
  const kept = slots.map((slot, index) => variable(slot, next.slots[index]!, 'slot', zeros(initial.dims)));
  if (averageRate === null) return [parameter, ...kept];
  const average = builder.input(averageName(name), type);
  const moved = averaged(builder, average, parameter.next, averageRate);
  return [parameter, ...kept, variable(average, moved, 'average', initial)];
}

/** A running statistic has no gradient: it moves with every batch, and its average is kept like that of a weight. */
function moveStatistic(
  { builder, forward, averageRate, whenApplied }: Writer,
  { name, next }: RunningStatistic,
): readonly TrainingState[] {
  const initial = forward.initializers.get(name)!;
  const moved: TrainingState = { name, next, role: 'statistic', parameter: name, initial };
  if (averageRate === null) return [moved];
  const average = builder.input(averageName(name), { dtype: 'float32', dims: initial.dims });
  const value = whenApplied(averaged(builder, average, next, averageRate), average);
  const kept = { name: average, next: builder.alias(value, `${average}.next`), initial };
  return [moved, { ...kept, role: 'average', parameter: name }];
}

/** State variable that holds the running average of a weight or a statistic. */
export function averageName(parameter: string): string {
  return `${parameter}.average`;
}
