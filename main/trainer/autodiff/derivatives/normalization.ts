import { floatAttribute, int, intAttribute } from '../../graph/attributes.ts';
import { type DerivativeContext, registerDerivative } from '../registry.ts';

/** Derivative of batch normalisation with fixed statistics: an affine map per channel, whose scale and shift may be trained. */
export function registerNormalization(): void {
  registerDerivative('BatchNormalization', batchNormalization);
}

function batchNormalization(at: DerivativeContext): readonly (string | undefined)[] {
  if (intAttribute(at.node, 'training_mode', 0) !== 0)
    throw at.refuse('it updates its statistics; only inference mode can be trained through');
  if (at.needs(3) || at.needs(4)) throw at.refuse('its running statistics are not trainable');
  const dims = at.dims(at.input(0));
  const perChannel = [1, dims[1]!, ...dims.slice(2).map(() => 1)];
  const epsilon = at.builder.scalar(floatAttribute(at.node, 'epsilon', 1e-5));
  const deviation = at.emit('Sqrt', [at.emit('Add', [at.input(4), epsilon])]);
  const others = at.builder.ints(dims.flatMap((_, axis) => (axis === 1 ? [] : [axis])));
  const sum = (value: string) => at.emit('ReduceSum', [value, others], { keepdims: int(0) });
  const factor = () => at.reshape(at.emit('Div', [at.input(1), deviation]), perChannel);
  const centred = () => at.emit('Sub', [at.input(0), at.reshape(at.input(3), perChannel)]);
  return [
    at.needs(0) ? at.emit('Mul', [at.dy, factor()]) : undefined,
    at.needs(1) ? at.emit('Div', [sum(at.emit('Mul', [at.dy, centred()])), deviation]) : undefined,
    at.needs(2) ? sum(at.dy) : undefined,
  ];
}
