import { float, floatAttribute } from '../../graph/attributes.ts';
import { type DerivativeContext, registerDerivative } from '../registry.ts';

const none = new Map();

/** Derivatives of functions of one number, most of them written in terms of the result, which is at hand. */
export function registerActivations(): void {
  registerDerivative('Relu', (at) => [at.emitGradient('ReluGradient', [at.dy, at.y], none)]);
  registerDerivative('Clip', (at) => {
    const bounds = at.node.inputs.slice(1, 3);
    return [at.emitGradient('ClipGradient', [at.dy, at.y, ...bounds], none)];
  });
  registerDerivative('LeakyRelu', leakyRelu);
  registerDerivative('Sigmoid', (at) => [times(at, at.emit('Mul', [at.y, oneMinus(at, at.y)]))]);
  registerDerivative('HardSigmoid', (at) => {
    const alpha = floatAttribute(at.node, 'alpha', 0.2);
    return [times(at, at.scaled(inside(at, at.y), alpha))];
  });
  registerDerivative('PRelu', pRelu);
  registerDerivative('Elu', elu);
  registerDerivative('HardSwish', hardSwish);
  registerDerivative('Tanh', (at) => [times(at, oneMinus(at, at.emit('Mul', [at.y, at.y])))]);
  registerDerivative('Exp', (at) => [times(at, at.y)]);
  registerDerivative('Log', (at) => [at.emit('Div', [at.dy, at.input(0)])]);
  registerDerivative('Sqrt', (at) => [at.emit('Div', [at.scaled(at.dy, 0.5), at.y])]);
  registerDerivative('Neg', (at) => [at.emit('Neg', [at.dy])]);
  registerDerivative('Abs', (at) => [times(at, at.emit('Sign', [at.input(0)]))]);
  registerDerivative('Reciprocal', (at) => [at.emit('Neg', [times(at, at.emit('Mul', [at.y, at.y]))])]);
  registerDerivative('Softplus', (at) => [times(at, at.emit('Sigmoid', [at.input(0)]))]);
  registerDerivative('Sin', (at) => [times(at, at.emit('Cos', [at.input(0)]))]);
  registerDerivative('Cos', (at) => [at.emit('Neg', [times(at, at.emit('Sin', [at.input(0)]))])]);
  registerDerivative('Erf', (at) => {
    const square = at.emit('Mul', [at.input(0), at.input(0)]);
    const bell = at.emit('Exp', [at.emit('Neg', [square])]);
    return [times(at, at.scaled(bell, 2 / Math.sqrt(Math.PI)))];
  });
}

function times(at: DerivativeContext, factor: string): string {
  return at.emit('Mul', [at.dy, factor]);
}

function oneMinus(at: DerivativeContext, value: string): string {
  return at.emit('Sub', [at.builder.scalar(1), value]);
}

/** 1 where a value lies strictly between 0 and 1, the sloped part of a hard sigmoid. */
function inside(at: DerivativeContext, value: string): string {
  return at.mask(at.emit('Greater', [at.emit('Mul', [value, oneMinus(at, value)]), at.builder.scalar(0)]));
}

function leakyRelu(at: DerivativeContext): readonly string[] {
  const alpha = floatAttribute(at.node, 'alpha', 0.01);
  return [times(at, at.emit('Add', [at.scaled(positive(at), 1 - alpha), at.builder.scalar(alpha)]))];
}

/** 1 where the input is above zero. */
function positive(at: DerivativeContext): string {
  return at.mask(at.emit('Greater', [at.input(0), at.builder.scalar(0)]));
}

/** A leaky ReLU whose slope below zero is a weight. */
function pRelu(at: DerivativeContext): readonly (string | undefined)[] {
  const [x, slope] = [at.input(0), at.input(1)];
  const above = at.emit('Greater', [x, at.builder.scalar(0)]);
  const below = () => at.emit('Mul', [at.dy, at.emit('Min', [x, at.builder.scalar(0)])]);
  return [
    at.needs(0) ? at.emit('Where', [above, at.dy, at.emit('Mul', [at.dy, slope])]) : undefined,
    at.needs(1) ? at.sumTo(below(), at.dims(slope)) : undefined,
  ];
}

/** Below zero y = α(eˣ − 1), whose slope is y + α. */
function elu(at: DerivativeContext): readonly string[] {
  const alpha = floatAttribute(at.node, 'alpha', 1);
  const below = at.emit('Add', [at.emit('Min', [at.y, at.builder.scalar(0)]), at.builder.scalar(alpha)]);
  const slope = at.emit('Where', [
    at.emit('Greater', [at.input(0), at.builder.scalar(0)]),
    at.builder.scalar(1),
    below,
  ]);
  return [times(at, slope)];
}

/** x·h(x) with h the hard sigmoid of slope 1/6: h + x·h′. */
function hardSwish(at: DerivativeContext): readonly string[] {
  const x = at.input(0);
  const h = at.emit('HardSigmoid', [x], { alpha: float(1 / 6), beta: float(0.5) });
  const slope = at.emit('Mul', [at.scaled(x, 1 / 6), inside(at, h)]);
  return [times(at, at.emit('Add', [h, slope]))];
}
