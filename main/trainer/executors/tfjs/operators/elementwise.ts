import { floatAttribute, intAttribute, stringAttribute } from '../../../graph/attributes.ts';
import { elementTypeOf } from '../../../graph/onnx-types.ts';
import { clipBounds, isReluSix } from '../fusion.ts';
import { inOrder } from '../order.ts';
import type { Slot } from '../plan.ts';
import type { NodeContext, Planner } from './context.ts';

/** Operators of one operand, by TensorFlow.js's kernel of the same meaning. */
const unaryKernels: Readonly<Record<string, string>> = {
  Relu: 'Relu',
  Sigmoid: 'Sigmoid',
  Erf: 'Erf',
  Tanh: 'Tanh',
  Exp: 'Exp',
  Log: 'Log',
  Sqrt: 'Sqrt',
  Neg: 'Neg',
  Abs: 'Abs',
  Reciprocal: 'Reciprocal',
  Softplus: 'Softplus',
  Floor: 'Floor',
  Ceil: 'Ceil',
  Round: 'Round',
  Sign: 'Sign',
  Sin: 'Sin',
  Cos: 'Cos',
  Not: 'LogicalNot',
  IsNaN: 'IsNan',
  Identity: 'Identity',
};

/** Operators of two operands (or more, taken one after the other). */
const binaryKernels: Readonly<Record<string, string>> = {
  Add: 'Add',
  Sub: 'Sub',
  Mul: 'Multiply',
  Pow: 'Pow',
  Max: 'Maximum',
  Min: 'Minimum',
  Sum: 'Add',
  Equal: 'Equal',
  Greater: 'Greater',
  GreaterOrEqual: 'GreaterEqual',
  Less: 'Less',
  LessOrEqual: 'LessEqual',
  And: 'LogicalAnd',
  Or: 'LogicalOr',
};

/** Plans of everything that is computed element by element. */
export const elementwisePlanners: Readonly<Record<string, Planner>> = {
  ...Object.fromEntries(
    Object.entries(unaryKernels).map(([operator, kernel]) => [
      operator,
      (at: NodeContext) => map(at, (x) => at.unary(kernel, x)),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(binaryKernels).map(([operator, kernel]) => [
      operator,
      (at: NodeContext) => combine(at, (a, b) => at.binary(kernel, a, b)),
    ]),
  ),
  Div: (at) => combine(at, (a, b) => divide(at, a, b)),
  Mean: (at) =>
    combine(
      at,
      (a, b) => at.binary('Add', a, b),
      (sum) => at.binary('Multiply', sum, at.scalar(1 / at.node.inputs.length)),
    ),
  Mod: (at) => combine(at, (a, b) => modulo(at, a, b)),
  Elu: (at) => map(at, (x) => elu(at, x)),
  LeakyRelu: (at) =>
    map(at, (x) => at.unary('LeakyRelu', x, { alpha: floatAttribute(at.node, 'alpha', 0.01) })),
  PRelu: (at) => combine(at, (x, alpha) => prelu(at, x, alpha)),
  Clip: clip,
  HardSigmoid: (at) =>
    map(at, (x) =>
      hardSigmoid(at, x, floatAttribute(at.node, 'alpha', 0.2), floatAttribute(at.node, 'beta', 0.5)),
    ),
  HardSwish: (at) => map(at, (x) => at.binary('Multiply', x, hardSigmoid(at, x, 1 / 6, 0.5))),
  Gelu: (at) => map(at, (x) => gelu(at, x)),
  Where: select,
  Cast: cast,
  Dropout: dropout,
  ReluGradient: (at) => {
    const { slots, order } = at.aligned([at.name(0), at.name(1)]);
    at.result(reluGradient(at, slots[0]!, slots[1]!), order);
  },
  ClipGradient: clipGradient,
};

/** A function of one value, whatever order it lies in. */
function map(at: NodeContext, compute: (x: Slot) => Slot): void {
  const { slots, order } = at.aligned([at.name(0)]);
  at.result(compute(slots[0]!), order);
}

/** A function of several broadcast values. */
function combine(
  at: NodeContext,
  compute: (a: Slot, b: Slot) => Slot,
  finish: (value: Slot) => Slot = (value) => value,
): void {
  const { slots, order } = at.aligned(at.node.inputs);
  const [first, ...rest] = slots as [Slot, ...Slot[]];
  at.result(finish(rest.reduce(compute, rest.length === 0 ? at.unary('Identity', first) : first)), order);
}

/** ONNX divides whole numbers towards zero. */
function divide(at: NodeContext, a: Slot, b: Slot): Slot {
  if (at.dtype(0) === 'float32') return at.binary('RealDiv', a, b);
  const float = (x: Slot) => at.unary('Cast', x, { dtype: 'float32' });
  return at.unary('Cast', at.binary('RealDiv', float(a), float(b)), { dtype: 'int32' });
}

/** With the sign of the divisor, or (fmod) of the dividend. */
function modulo(at: NodeContext, a: Slot, b: Slot): Slot {
  if (intAttribute(at.node, 'fmod', 0) === 0) return at.binary('Mod', a, b);
  const quotient = at.binary('RealDiv', a, b);
  const whole = at.binary(
    'Multiply',
    at.unary('Sign', quotient),
    at.unary('Floor', at.unary('Abs', quotient)),
  );
  return at.binary('Sub', a, at.binary('Multiply', whole, b));
}

function elu(at: NodeContext, x: Slot): Slot {
  const alpha = floatAttribute(at.node, 'alpha', 1);
  if (alpha === 1) return at.unary('Elu', x);
  const below = at.binary(
    'Multiply',
    at.unary('Elu', at.binary('Minimum', x, at.scalar(0))),
    at.scalar(alpha),
  );
  return at.binary('Add', at.unary('Relu', x), below);
}

function prelu(at: NodeContext, x: Slot, alpha: Slot): Slot {
  const below = at.binary('Multiply', at.binary('Minimum', x, at.scalar(0)), alpha);
  return at.binary('Add', at.unary('Relu', x), below);
}

function hardSigmoid(at: NodeContext, x: Slot, alpha: number, beta: number): Slot {
  const line = at.binary('Add', at.binary('Multiply', x, at.scalar(alpha)), at.scalar(beta));
  return clipped(at, line, 0, 1);
}

function gelu(at: NodeContext, x: Slot): Slot {
  const half = at.binary('Multiply', x, at.scalar(0.5));
  const one = at.scalar(1);
  if (stringAttribute(at.node, 'approximate', 'none') === 'tanh') {
    const cube = at.binary('Multiply', at.binary('Multiply', x, x), x);
    const inner = at.binary('Add', x, at.binary('Multiply', cube, at.scalar(0.044715)));
    const bent = at.unary('Tanh', at.binary('Multiply', inner, at.scalar(Math.sqrt(2 / Math.PI))));
    return at.binary('Multiply', half, at.binary('Add', bent, one));
  }
  const bell = at.unary('Erf', at.binary('Multiply', x, at.scalar(Math.SQRT1_2)));
  return at.binary('Multiply', half, at.binary('Add', bell, one));
}

function clipped(at: NodeContext, x: Slot, low: number, high: number): Slot {
  return at.unary('ClipByValue', x, { clipValueMin: low, clipValueMax: high });
}

function clip(at: NodeContext): void {
  const bounds = clipBounds(at.plan.graph, at.node);
  map(at, (x) => {
    if (bounds && bounds.low === 0 && bounds.high === Number.POSITIVE_INFINITY) return at.unary('Relu', x);
    if (bounds && bounds.low === 0 && bounds.high === 6) return at.unary('Relu6', x);
    if (bounds && Number.isFinite(bounds.low) && Number.isFinite(bounds.high))
      return clipped(at, x, bounds.low, bounds.high);
    const raised = at.has(1) ? at.binary('Maximum', x, at.plain(1)) : x;
    if (at.has(2)) return at.binary('Minimum', raised, at.plain(2));
    return at.has(1) ? raised : at.unary('Identity', x);
  });
}

/** TensorFlow.js's Select broadcasts nothing, so its operands are repeated first. */
function select(at: NodeContext): void {
  const { slots, order } = at.aligned(at.node.inputs);
  const shape = inOrder(at.resultDims(), order);
  const [condition, t, e] = slots.map((slot, index) => {
    const dims = at.dims(index);
    const padded = [...Array<number>(shape.length - dims.length).fill(1), ...dims];
    return broadcast(at, slot, inOrder(padded, order), shape);
  }) as [Slot, Slot, Slot];
  at.result(at.kernel('Select', { condition, t, e }), order);
}

/** Repeats a value (whose shape may lack leading axes) over a shape that it broadcasts to; shapes as they lie in memory. */
export function broadcast(at: NodeContext, slot: Slot, from: readonly number[], to: readonly number[]): Slot {
  const reps = to.map((length, axis) => length / from[axis]!);
  if (reps.every((times) => times === 1)) return at.plan.reshape(slot, to);
  return at.kernel('Tile', { x: at.plan.reshape(slot, from) }, { reps });
}

function cast(at: NodeContext): void {
  const to = elementTypeOf(intAttribute(at.node, 'to', 1));
  // There are no doubles: what a network computes in them between two casts is computed in single precision.
  const dtype = { float32: 'float32', float64: 'float32', bool: 'bool', int32: 'int32', int64: 'int32' }[
    to as string
  ];
  if (dtype === undefined) throw at.refuse(`it does not compute with ${to ?? 'such numbers'}`);
  map(at, (x) => at.unary('Cast', x, { dtype }));
}

function dropout(at: NodeContext): void {
  if (at.has(2)) {
    const training = at.constant(2);
    if (training === undefined || Number(training.data[0]) !== 0)
      throw at.refuse('its training mode draws numbers of its own; dropout masks are inputs here');
  }
  map(at, (x) => at.unary('Identity', x));
}

function masked(at: NodeContext, dy: Slot, condition: Slot): Slot {
  return at.binary('Multiply', dy, at.unary('Cast', condition, { dtype: 'float32' }));
}

/** dy where y > 0. */
function reluGradient(at: NodeContext, dy: Slot, y: Slot): Slot {
  const direct = at.device.operations?.activationGradient('ReluGrad');
  if (direct) return at.plan.step([dy, y], direct);
  return masked(at, dy, at.binary('Greater', y, at.scalar(0)));
}

function clipGradient(at: NodeContext): void {
  const { slots, order } = at.aligned([at.name(0), at.name(1)]);
  const [dy, y] = slots as [Slot, Slot];
  if (isReluSix(at.plan.graph, at.plan.producerOf(at.name(1)))) {
    at.result(reluSixGradient(at, dy, y), order);
    return;
  }
  const bound = (index: number) => at.aligned([at.node.inputs[index]!]).slots[0]!;
  const above = at.node.inputs[2] ? [at.binary('Greater', y, bound(2))] : [];
  const below = at.node.inputs[3] ? [at.binary('Less', y, bound(3))] : [];
  at.result(
    [...above, ...below].reduce((value, mask) => masked(at, value, mask), dy),
    order,
  );
}

/** dy where 0 < y < 6. */
function reluSixGradient(at: NodeContext, dy: Slot, y: Slot): Slot {
  const direct = at.device.operations?.activationGradient('Relu6Grad');
  if (direct) return at.plan.step([dy, y], direct);
  const below = at.binary('Sub', at.scalar(6), y);
  return masked(at, dy, at.binary('Greater', at.binary('Multiply', y, below), at.scalar(0)));
}
