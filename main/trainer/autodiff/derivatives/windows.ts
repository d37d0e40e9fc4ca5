import { int, ints, intsAttribute } from '../../graph/attributes.ts';
import { windowGeometry } from '../../graph/geometry.ts';
import type { Attribute } from '../../graph/types.ts';
import { type DerivativeContext, registerDerivative } from '../registry.ts';

/** Derivatives of convolution and pooling: gradient operators with all padding resolved to numbers. */
export function registerWindows(): void {
  registerDerivative('Conv', conv);
  registerDerivative('AveragePool', (at) => {
    const attributes = resolved(at, intsAttribute(at.node, 'kernel_shape') ?? [], at.dims(at.input(0)));
    return [at.emitGradient('AveragePoolGradient', [at.dy], attributes)];
  });
  registerDerivative('MaxPool', (at) => {
    const attributes = resolved(at, intsAttribute(at.node, 'kernel_shape') ?? [], at.dims(at.input(0)));
    return [at.emitGradient('MaxPoolGradient', [at.dy, at.input(0)], attributes)];
  });
}

function conv(at: DerivativeContext): readonly (string | undefined)[] {
  const [x, w] = [at.input(0), at.input(1)];
  const kernel = at.dims(w).slice(2);
  const others = at.builder.ints(at.dims(x).flatMap((_, axis) => (axis === 1 ? [] : [axis])));
  return [
    at.needs(0)
      ? at.emitGradient('ConvInputGradient', [at.dy, w], resolved(at, kernel, at.dims(x)))
      : undefined,
    at.needs(1)
      ? at.emitGradient('ConvWeightGradient', [at.dy, x], resolved(at, kernel, at.dims(w)))
      : undefined,
    at.node.inputs[2] && at.needs(2)
      ? at.emit('ReduceSum', [at.dy, others], { keepdims: int(0) })
      : undefined,
  ];
}

function resolved(
  at: DerivativeContext,
  kernel: readonly number[],
  shape: readonly number[],
): ReadonlyMap<string, Attribute> {
  const input = at.dims(at.input(0));
  const geometry = windowGeometry(at.node, input, kernel);
  const attributes = new Map(at.node.attributes);
  attributes.delete('auto_pad');
  return attributes
    .set('kernel_shape', ints(geometry.kernel))
    .set('strides', ints(geometry.strides))
    .set('dilations', ints(geometry.dilations))
    .set('pads', ints([...geometry.before, ...geometry.after]))
    .set('input_shape', ints(input))
    .set('output_shape', ints(shape));
}
