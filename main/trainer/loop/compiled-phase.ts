import type { Recipe } from '../../../shared/contract/recipe.ts';
import type { Executor, Program } from '../executors/types.ts';
import { floatTensor } from '../graph/tensor.ts';
import type { Tensor } from '../graph/types.ts';
import type { LossSpec } from '../losses/types.ts';
import {
  averageName,
  buildEvaluationGraph,
  buildTrainingGraph,
  type EvaluationGraph,
} from '../networks/training-graph.ts';
import type { ParameterGroup, TrainingGraph, TrainingState } from '../networks/types.ts';
import { changedBy, type PhaseNetwork } from './phase-network.ts';

/** A phase ready to run: one program that takes steps, one that only answers. */
export interface CompiledPhase {
  readonly phase: PhaseNetwork;
  /** Images at a time, and how many such parts make one step. */
  readonly batch: number;
  readonly accumulation: number;
  readonly graph: TrainingGraph;
  readonly program: Program;
  readonly evaluation: EvaluationGraph;
  readonly evaluator: Program;
  readonly dispose: () => Promise<void>;
}

/** What of a recipe decides how gradients become weights. */
export type UpdateRules = Pick<
  Recipe,
  'optimiser' | 'clipNorm' | 'decayed' | 'averaging' | 'accumulation' | 'l2sp' | 'batchNormMomentum'
>;

/** Compiles a phase for steps of `batch` images. */
export async function compilePhase(
  executor: Executor,
  phase: PhaseNetwork,
  options: {
    readonly batch: number;
    readonly loss: LossSpec;
    readonly rules: UpdateRules;
    readonly threads: number;
  },
): Promise<CompiledPhase> {
  const { batch, loss, rules, threads } = options;
  const graph = buildTrainingGraph({
    network: phase.network,
    batch,
    loss,
    optimiser: rules.optimiser,
    groups: rules.l2sp === null ? phase.groups : pulledGroups(phase, rules.l2sp),
    decayed: rules.decayed,
    average: rules.averaging !== null,
    accumulate: rules.accumulation > 1,
    batchStatistics: { momentum: rules.batchNormMomentum, moving: phase.moving },
    held: phase.held,
    ...(rules.clipNorm === null ? {} : { clipNorm: rules.clipNorm }),
  });
  const held = phase.held.map((name) => ({ name }));
  const program = await executor.compile(graph.graph, { state: [...graph.state, ...held], threads });
  const parameters = [...changedBy(phase), ...phase.held];
  const evaluation = buildEvaluationGraph({ network: phase.network, batch, loss, parameters });
  const evaluator = await executor
    .compile(evaluation.graph, { state: evaluation.state, threads })
    .catch(async (error: unknown) => {
      // Where memory does not suffice for both, the next attempt needs what this one held.
      await program.dispose();
      throw error;
    });
  return {
    phase,
    batch,
    accumulation: rules.accumulation,
    graph,
    program,
    evaluation,
    evaluator,
    dispose: async () => {
      await program.dispose();
      await evaluator.dispose();
    },
  };
}

/** L2-SP in place of decay, which pulls to zero what this pulls to where it began. A network from scratch began nowhere. */
function pulledGroups(phase: PhaseNetwork, { alpha, beta }: NonNullable<Recipe['l2sp']>) {
  return phase.groups.map((group): ParameterGroup => {
    const pull =
      group.name === 'head'
        ? ({ strength: beta, towards: 'zero' } as const)
        : ({ strength: alpha, towards: 'start' } as const);
    return { ...group, weightDecay: 0, pull };
  });
}

/** The state a training graph begins with: the weights it is given where it has them, its own otherwise, and empty slots. */
export function initialState(
  { graph }: Pick<CompiledPhase, 'graph'>,
  weights: ReadonlyMap<string, Tensor>,
): Map<string, Tensor> {
  return new Map(
    graph.state.map((variable) => [
      variable.name,
      (startsAsWeight.has(variable.role) ? weights.get(variable.parameter ?? '') : undefined) ??
        variable.initial,
    ]),
  );
}

/** The state a phase begins with, what it holds still included. */
export function firstState(
  compiled: CompiledPhase,
  weights: ReadonlyMap<string, Tensor>,
): Map<string, Tensor> {
  return new Map([...initialState(compiled, weights), ...heldOf(compiled.phase, weights)]);
}

/** A checkpoint's state for this program: sums that it did not have, since its steps were taken whole, begin at zero. */
export function completed(
  { graph }: Pick<CompiledPhase, 'graph'>,
  variables: ReadonlyMap<string, Tensor>,
): Map<string, Tensor> {
  const sums = graph.state.filter(({ role }) => role === 'sum');
  return new Map([...sums.map(({ name, initial }) => [name, initial] as const), ...variables]);
}

/** All that an evaluation needs: these weights where they are among them, else those of the phases before, else the first ones. */
export function evaluationState(
  { evaluation, phase }: CompiledPhase,
  weights: ReadonlyMap<string, Tensor>,
  before: ReadonlyMap<string, Tensor>,
): Map<string, Tensor> {
  const { initializers } = phase.network.graph;
  return new Map(
    evaluation.state.map(({ name }) => [
      name,
      weights.get(name) ?? before.get(name) ?? initializers.get(name)!,
    ]),
  );
}

/** The weights that a phase holds still: as an earlier one left them, or pretrained. */
export function heldOf(phase: PhaseNetwork, weights: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  const { initializers } = phase.network.graph;
  return new Map(phase.held.map((name) => [name, weights.get(name) ?? initializers.get(name)!]));
}

const startsAsWeight: ReadonlySet<TrainingState['role']> = new Set(['parameter', 'average', 'statistic']);
/** What of the state is the network's own. */
const ofNetwork: ReadonlySet<TrainingState['role']> = new Set(['parameter', 'statistic']);

/**
 * The weights and moving statistics among the state variables, or their running averages: what is watched, and kept when
 * a phase is over. Statistics are averaged as the weights are (torch's AveragedModel with use_buffers).
 */
export function weightsOf(
  compiled: CompiledPhase,
  state: ReadonlyMap<string, Tensor>,
  averaged: boolean,
): Map<string, Tensor> {
  return new Map(
    compiled.graph.state
      .filter((variable) => ofNetwork.has(variable.role))
      .map(({ name }) => [name, state.get(averaged ? averageName(name) : name)!]),
  );
}

/** A number as the scalar tensor that steps and rates are passed in. */
export function scalarTensor(value: number): Tensor {
  return floatTensor([], [value]);
}
