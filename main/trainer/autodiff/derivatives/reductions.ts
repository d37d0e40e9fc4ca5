import { int, intAttribute } from '../../graph/attributes.ts';
import { normaliseAxis } from '../../graph/shapes.ts';
import { elementCount, tensorInts } from '../../graph/tensor.ts';
import { type DerivativeContext, registerDerivative } from '../registry.ts';

/** Derivatives of sums, means and softmax. */
export function registerReductions(): void {
  registerDerivative('ReduceSum', (at) => [spread(at, reducedAxes(at), false)]);
  registerDerivative('ReduceMean', (at) => [spread(at, reducedAxes(at), true)]);
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
  registerDerivative('Softmax', (at) => {
    const weighted = at.emit('Mul', [at.dy, at.y]);
    return [at.emit('Mul', [at.y, at.emit('Sub', [at.dy, alongAxis(at, weighted)])])];
  });
  registerDerivative('LogSoftmax', (at) => {
    const probabilities = at.emit('Exp', [at.y]);
    return [at.emit('Sub', [at.dy, at.emit('Mul', [probabilities, alongAxis(at, at.dy)])])];
  });
}

function reducedAxes(at: DerivativeContext): readonly number[] {
  const rank = at.dims(at.input(0)).length;
  const all = Array.from({ length: rank }, (_, axis) => axis);
  const given = at.node.inputs[1];
  if (!given) return intAttribute(at.node, 'noop_with_empty_axes', 0) ? [] : all;
  const axes = at.builder.initializers.get(given);
  if (axes === undefined) throw at.refuse('its axes are computed');
  const listed = tensorInts(axes).map((axis) => normaliseAxis(axis, rank, at.node.name));
  return listed.length === 0 && !intAttribute(at.node, 'noop_with_empty_axes', 0) ? all : listed;
}

/** Gives every summed element the gradient of its sum (divided by the count, for a mean). */
function spread(at: DerivativeContext, axes: readonly number[], mean: boolean): string {
  const dims = at.dims(at.input(0));
  const kept = dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const count = elementCount(axes.map((axis) => dims[axis]!));
  const gradient = mean ? at.emit('Mul', [at.dy, at.builder.scalar(1 / count)]) : at.dy;
  return at.emit('Expand', [at.reshape(gradient, kept), at.builder.ints(dims)]);
}

function alongAxis(at: DerivativeContext, value: string): string {
  return at.emit('ReduceSum', [value, at.builder.ints([intAttribute(at.node, 'axis', -1)])], {
    keepdims: int(1),
  });
}
