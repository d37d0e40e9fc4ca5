import { int, intAttribute } from '../../graph/attributes.ts';
import { normaliseAxis } from '../../graph/shapes.ts';
import { elementCount } from '../../graph/tensor.ts';
import { type DerivativeContext, registerDerivative } from '../registry.ts';

/** Keeps the gradient of a norm at zero, where it is not defined, at zero: torch's choice. */
const LEAST_NORM = 1e-30;

/** Derivatives of sums, means, norms and softmax. */
export function registerReductions(): void {
  registerDerivative('ReduceSum', (at) => [spread(at, reducedAxes(at), false)]);
  registerDerivative('ReduceMean', (at) => [spread(at, reducedAxes(at), true)]);
  registerDerivative('ReduceSumSquare', (at) => [
    at.emit('Mul', [at.scaled(at.input(0), 2), kept(at, at.dy)]),
  ]);
  registerDerivative('ReduceL1', (at) => [at.emit('Mul', [at.emit('Sign', [at.input(0)]), kept(at, at.dy)])]);
  registerDerivative('ReduceL2', (at) => {
    const norm = at.emit('Max', [kept(at, at.y), at.builder.scalar(LEAST_NORM)]);
    return [at.emit('Mul', [at.input(0), at.emit('Div', [kept(at, at.dy), norm])])];
  });
  registerDerivative('ReduceLogSumExp', (at) => {
    const shares = at.emit('Exp', [at.emit('Sub', [at.input(0), kept(at, at.y)])]);
    return [at.emit('Mul', [shares, kept(at, at.dy)])];
  });
  registerDerivative('GlobalAveragePool', (at) => {
    const rank = at.dims(at.input(0)).length;
    return [
      spread(
        at,
        Array.from({ length: rank - 2 }, (_, axis) => axis + 2),
        true,
      ),
    ];
  });
  registerDerivative('CumSum', (at) => {
    // Each element is in the sums from its own place on: those of the gradient are taken from the other end.
    const attribute = (name: string) => intAttribute(at.node, name, 0);
    const settings = { exclusive: int(attribute('exclusive')), reverse: int(1 - attribute('reverse')) };
    return [at.emit('CumSum', [at.dy, at.input(1)], settings)];
  });
  registerDerivative('Softmax', (at) => {
    const weighted = at.emit('Mul', [at.dy, at.y]);
    return [at.emit('Mul', [at.y, at.emit('Sub', [at.dy, alongAxis(at, weighted)])])];
  });
  registerDerivative('LogSoftmax', (at) => {
    const probabilities = at.emit('Exp', [at.y]);
    return [at.emit('Sub', [at.dy, at.emit('Mul', [probabilities, alongAxis(at, at.dy)])])];
  });
}

/** The axes a reduction node reduces, counted from the front. */
export function reducedAxes(at: DerivativeContext): readonly number[] {
  const rank = at.dims(at.input(0)).length;
  const listed = at.constantInts(1, 'axes') ?? [];
  if (listed.length === 0 && !intAttribute(at.node, 'noop_with_empty_axes', 0))
    return Array.from({ length: rank }, (_, axis) => axis);
  return listed.map((axis) => normaliseAxis(axis, rank, at.node.name));
}

/** A reduction's result (or its gradient) with the reduced axes back, at length 1. */
function kept(at: DerivativeContext, value: string): string {
  const axes = reducedAxes(at);
  return at.reshape(
    value,
    at.dims(at.input(0)).map((dim, axis) => (axes.includes(axis) ? 1 : dim)),
  );
}

/** Gives every summed element the gradient of its sum (divided by the count, for a mean). */
function spread(at: DerivativeContext, axes: readonly number[], mean: boolean): string {
  const dims = at.dims(at.input(0));
  const ones = dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const count = elementCount(axes.map((axis) => dims[axis]!));
  const gradient = at.scaled(at.dy, mean ? 1 / count : 1);
  return at.emit('Expand', [at.reshape(gradient, ones), at.builder.ints(dims)]);
}

function alongAxis(at: DerivativeContext, value: string): string {
  return at.emit('ReduceSum', [value, at.builder.ints([intAttribute(at.node, 'axis', -1)])], {
    keepdims: int(1),
  });
}
