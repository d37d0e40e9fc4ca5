import type { Executor, Program } from '../executors/types.ts';
import { floatTensor } from '../graph/tensor.ts';
import type { Tensor } from '../graph/types.ts';
import type { LossSpec } from '../losses/types.ts';
import {
  buildEvaluationGraph,
  buildTrainingGraph,
  type EvaluationGraph,
} from '../networks/training-graph.ts';
import type { TrainingGraph } from '../networks/types.ts';
import type { PhaseNetwork } from './phase-network.ts';

/** A phase ready to run: one program that takes steps, one that only answers. */
export interface CompiledPhase {
  readonly phase: PhaseNetwork;
  readonly batch: number;
  readonly graph: TrainingGraph;
  readonly program: Program;
  readonly evaluation: EvaluationGraph;
  readonly evaluator: Program;
  readonly dispose: () => Promise<void>;
}

/** AdamW as its authors give it; the rates and the decay are the recipe's. */
const optimiser = { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** Compiles a phase for steps of `batch` images. */
export async function compilePhase(
  executor: Executor,
  phase: PhaseNetwork,
  options: {
    readonly batch: number;
    readonly loss: LossSpec;
    readonly clipNorm: number | null;
    readonly threads: number;
  },
): Promise<CompiledPhase> {
  const { batch, loss, clipNorm, threads } = options;
  const graph = buildTrainingGraph({
    network: phase.network,
    batch,
    loss,
    optimiser,
    groups: phase.groups,
    ...(clipNorm === null ? {} : { clipNorm }),
  });
  const program = await executor.compile(graph.graph, { state: graph.state, threads });
  const parameters = phase.groups.flatMap((group) => group.parameters);
  const evaluation = buildEvaluationGraph({ network: phase.network, batch, loss, parameters });
  const evaluator = await executor.compile(evaluation.graph, { state: evaluation.state, threads });
  return {
    phase,
    batch,
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

/** The state a phase begins with: the weights it is given where it has them, its own otherwise, and empty slots. */
export function initialState(
  compiled: CompiledPhase,
  weights: ReadonlyMap<string, Tensor>,
): Map<string, Tensor> {
  return new Map(
    compiled.graph.state.map((variable) => [
      variable.name,
      (variable.role === 'parameter' ? weights.get(variable.name) : undefined) ?? variable.initial,
    ]),
  );
}

/** The weights among the state variables: what is kept when a phase is over. */
export function weightsOf(compiled: CompiledPhase, state: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  return new Map(
    compiled.graph.state
      .filter((variable) => variable.role === 'parameter')
      .map((variable) => [variable.name, state.get(variable.name)!]),
  );
}

/** A number as the scalar tensor that steps and rates are passed in. */
export function scalarTensor(value: number): Tensor {
  return floatTensor([], [value]);
}
