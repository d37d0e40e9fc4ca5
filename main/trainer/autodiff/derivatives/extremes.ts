import { normaliseAxis } from '../../graph/shapes.ts';
import { type DerivativeContext, registerDerivative } from '../registry.ts';
import { reducedAxes } from './reductions.ts';

/** Derivatives of maxima and minima: where several elements tie they share the gradient, as in torch.maximum and amax. */
export function registerExtremes(): void {
  registerDerivative('Max', elementwise);
  registerDerivative('Min', elementwise);
  registerDerivative('ReduceMax', reduction);
  registerDerivative('ReduceMin', reduction);
}

function elementwise(at: DerivativeContext): readonly (string | undefined)[] {
  const { inputs } = at.node;
  if (inputs.length === 1) return [at.dy];
  const masks = inputs.map((input) => at.mask(at.emit('Equal', [input, at.y])));
  const share = at.emit('Div', [at.dy, masks.reduce((left, right) => at.emit('Add', [left, right]))]);
  return inputs.map((input, index) =>
    at.needs(index) ? at.sumTo(at.emit('Mul', [share, masks[index]!]), at.dims(input)) : undefined,
  );
}

function reduction(at: DerivativeContext): readonly string[] {
  const dims = at.dims(at.input(0));
  const axes = reducedAxes(at).map((axis) => normaliseAxis(axis, dims.length, at.node.name));
  if (axes.length === 0) return [at.dy];
  const kept = dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const winners = at.mask(at.emit('Equal', [at.input(0), at.reshape(at.y, kept)]));
  const share = at.emit('Div', [at.reshape(at.dy, kept), at.overAxes('ReduceSum', winners, axes)]);
  return [at.emit('Mul', [winners, share])];
}
