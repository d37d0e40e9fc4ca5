import type { GraphBuilder } from '../graph/builder.ts';
import type { OptimiserSpec } from './types.ts';

/** One parameter's update: what the optimiser reads. */
export interface UpdateInputs {
  readonly parameter: string;
  readonly gradient: string;
  /** Scalar value: the learning rate of the parameter's group. */
  readonly learningRate: string;
  /** 0 where the parameter is not decayed. */
  readonly weightDecay: number;
  /** Values of the slots, in the order of `slotNames`. */
  readonly slots: readonly string[];
}

/** What it computes: the parameter's and the slots' new values. */
export interface UpdateOutputs {
  readonly parameter: string;
  readonly slots: readonly string[];
}

/** An optimiser bound to a graph: shared scalars are written once, then one update per parameter. */
export type Update = (inputs: UpdateInputs) => UpdateOutputs;

/** The arrays an optimiser keeps beside each parameter, all of the parameter's shape and zero at first. */
export function slotNames(spec: OptimiserSpec): readonly string[] {
  if (spec.kind === 'adamw') return ['mean', 'square'];
  return spec.momentum === 0 ? [] : ['momentum'];
}

/** Prepares an optimiser in a graph; `step` is the scalar value holding the number of the step, from 1. */
export function buildOptimiser(builder: GraphBuilder, spec: OptimiserSpec, step: string): Update {
  return spec.kind === 'adamw' ? adamW(builder, spec, step) : stochasticGradientDescent(builder, spec);
}

/** AdamW with decoupled decay, bias correction as in torch.optim.AdamW. Loshchilov and Hutter 2019. */
function adamW(builder: GraphBuilder, spec: Extract<OptimiserSpec, { kind: 'adamw' }>, step: string): Update {
  const op = (operator: string, ...inputs: readonly string[]) =>
    builder.op(operator, inputs, { name: `adamw/${operator}` });
  const meanCorrection = oneMinusPower(builder, spec.beta1, step);
  const squareCorrection = op('Sqrt', oneMinusPower(builder, spec.beta2, step));
  // m̂/(√v̂ + ε) = (√c₂/c₁)·m/(√v + ε·√c₂): the corrections become two scalars, the arrays are passed over once less.
  const epsilon = op('Mul', squareCorrection, builder.scalar(spec.epsilon));
  const rateFactor = op('Div', squareCorrection, meanCorrection);
  return ({ parameter, gradient, learningRate, weightDecay, slots }) => {
    const [oldMean, oldSquare] = slots as [string, string];
    const mean = op('Add', oldMean, op('Mul', op('Sub', gradient, oldMean), builder.scalar(1 - spec.beta1)));
    const growth = op(
      'Mul',
      op('Sub', op('Mul', gradient, gradient), oldSquare),
      builder.scalar(1 - spec.beta2),
    );
    const square = op('Add', oldSquare, growth);
    const direction = op('Div', mean, op('Add', op('Sqrt', square), epsilon));
    const change = op('Mul', direction, op('Mul', learningRate, rateFactor));
    const kept =
      weightDecay === 0 ? parameter : op('Mul', parameter, decayFactor(builder, learningRate, weightDecay));
    return { parameter: op('Sub', kept, change), slots: [mean, square] };
  };
}

function decayFactor(builder: GraphBuilder, learningRate: string, weightDecay: number): string {
  return builder.op('Sub', [
    builder.scalar(1),
    builder.op('Mul', [learningRate, builder.scalar(weightDecay)]),
  ]);
}

/** 1 − βᵗ without cancellation in float32: with z = t·ln β, 1 − eᶻ = −2·tanh(z/2) ÷ (1 − tanh(z/2)). */
function oneMinusPower(builder: GraphBuilder, beta: number, step: string): string {
  const tanh = builder.op('Tanh', [builder.op('Mul', [step, builder.scalar(Math.log(beta) / 2)])]);
  const numerator = builder.op('Mul', [tanh, builder.scalar(-2)]);
  return builder.op('Div', [numerator, builder.op('Sub', [builder.scalar(1), tanh])]);
}

/** SGD with momentum and optional Nesterov look-ahead, decay as an L2 term, as torch.optim.SGD (dampening 0). */
function stochasticGradientDescent(
  builder: GraphBuilder,
  spec: Extract<OptimiserSpec, { kind: 'sgd' }>,
): Update {
  const op = (operator: string, ...inputs: readonly string[]) =>
    builder.op(operator, inputs, { name: `sgd/${operator}` });
  return ({ parameter, gradient, learningRate, weightDecay, slots }) => {
    const decayed =
      weightDecay === 0 ? gradient : op('Add', gradient, op('Mul', parameter, builder.scalar(weightDecay)));
    const [oldMomentum] = slots;
    if (oldMomentum === undefined)
      return { parameter: op('Sub', parameter, op('Mul', decayed, learningRate)), slots: [] };
    const momentum = op('Add', op('Mul', oldMomentum, builder.scalar(spec.momentum)), decayed);
    const direction = spec.nesterov
      ? op('Add', decayed, op('Mul', momentum, builder.scalar(spec.momentum)))
      : momentum;
    return { parameter: op('Sub', parameter, op('Mul', direction, learningRate)), slots: [momentum] };
  };
}
