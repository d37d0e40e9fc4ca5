import { int, intAttribute, ints, intsAttribute } from '../../graph/attributes.ts';
import { transposedGeometry, type WindowGeometry, windowGeometry } from '../../graph/geometry.ts';
import type { Attribute } from '../../graph/types.ts';
import type { GradientOperator } from '../gradient-operators.ts';
import { type DerivativeContext, registerDerivative } from '../registry.ts';

/** Derivatives of convolution and pooling: gradient operators with all padding resolved to numbers. */
export function registerWindows(): void {
  registerDerivative('Conv', conv);
  registerDerivative('ConvTranspose', convTranspose);
  registerDerivative('AveragePool', (at) => [
    windowGradient(at, 'AveragePoolGradient', [at.dy], poolWindow(at)),
  ]);
  registerDerivative('MaxPool', (at) => [
    windowGradient(at, 'MaxPoolGradient', [at.dy, at.input(0)], poolWindow(at)),
  ]);
  registerDerivative('GlobalMaxPool', (at) => {
    const input = at.dims(at.input(0));
    const whole = input.slice(2);
    const [ones, none] = [whole.map(() => 1), whole.map(() => 0)];
    const geometry = { kernel: whole, strides: ones, dilations: ones, before: none, after: none };
    return [windowGradient(at, 'MaxPoolGradient', [at.dy, at.input(0)], { geometry, input, output: input })];
  });
}

/** A window and the shapes its gradient operator names. */
interface GradientWindow {
  readonly geometry: Omit<WindowGeometry, 'input' | 'output'>;
  /** Shape of the forward operator's input. */
  readonly input: readonly number[];
  /** Shape of the gradient. */
  readonly output: readonly number[];
}

function poolWindow(at: DerivativeContext): GradientWindow {
  const input = at.dims(at.input(0));
  return {
    geometry: windowGeometry(at.node, input, intsAttribute(at.node, 'kernel_shape') ?? []),
    input,
    output: input,
  };
}

function conv(at: DerivativeContext): readonly (string | undefined)[] {
  const [x, w] = [at.input(0), at.input(1)];
  const input = at.dims(x);
  const geometry = windowGeometry(at.node, input, at.dims(w).slice(2));
  const gradient = (operator: GradientOperator, other: string, output: readonly number[]) =>
    windowGradient(at, operator, [at.dy, other], { geometry, input, output });
  return [
    at.needs(0) ? gradient('ConvInputGradient', w, input) : undefined,
    at.needs(1) ? gradient('ConvWeightGradient', x, at.dims(w)) : undefined,
    biasGradient(at),
  ];
}

/**
 * A transposed convolution is the input gradient of a convolution; so its own input gradient is that convolution, and its
 * weight gradient the convolution's with input and gradient exchanged.
 */
function convTranspose(at: DerivativeContext): readonly (string | undefined)[] {
  const [x, w] = [at.input(0), at.input(1)];
  const input = at.dims(x);
  const large = at.dims(at.dy);
  const { geometry, output } = transposedGeometry(at.node, input, at.dims(w).slice(2));
  if (
    [...geometry.before, ...geometry.after].some((pad) => pad < 0) ||
    output.some((size, axis) => size !== large[axis + 2])
  )
    throw at.refuse('it is padded beyond what its windows reach');
  const first = () => {
    const gradient = at.emit('Conv', [at.dy, w], {
      kernel_shape: ints(geometry.kernel),
      strides: ints(geometry.strides),
      dilations: ints(geometry.dilations),
      pads: ints([...geometry.before, ...geometry.after]),
      group: int(intAttribute(at.node, 'group', 1)),
    });
    if (at.dims(gradient).every((size, axis) => size === input[axis])) return gradient;
    // An output padding of a stride or more leaves room for windows that no input belongs to.
    const { builder } = at;
    const axes = input.map((_, axis) => axis);
    return at.emit('Slice', [
      gradient,
      builder.ints(axes.map(() => 0)),
      builder.ints(input),
      builder.ints(axes),
    ]);
  };
  const second = () =>
    windowGradient(at, 'ConvWeightGradient', [x, at.dy], { geometry, input: large, output: at.dims(w) });
  return [at.needs(0) ? first() : undefined, at.needs(1) ? second() : undefined, biasGradient(at)];
}

function biasGradient(at: DerivativeContext): string | undefined {
  const bias = at.node.inputs[2];
  if (!bias || !at.needs(2)) return undefined;
  const others = at.dims(at.dy).flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  return at.emit('ReduceSum', [at.dy, at.builder.ints(others)], { keepdims: int(0) });
}

/** Writes a window's gradient operator; a window in one dimension becomes one of height 1, so that executors see planes only. */
function windowGradient(
  at: DerivativeContext,
  operator: GradientOperator,
  inputs: readonly string[],
  { geometry, input, output }: GradientWindow,
): string {
  const flat = geometry.kernel.length === 1;
  const plane = (dims: readonly number[]) => (flat ? [...dims.slice(0, 2), 1, ...dims.slice(2)] : dims);
  const sizes = (values: readonly number[], height: number) => (flat ? [height, ...values] : values);
  const attributes = new Map<string, Attribute>([
    ...(['group', 'ceil_mode', 'count_include_pad'] as const).flatMap((name) => {
      const value = at.node.attributes.get(name);
      return value ? [[name, value] as const] : [];
    }),
    ['kernel_shape', ints(sizes(geometry.kernel, 1))],
    ['strides', ints(sizes(geometry.strides, 1))],
    ['dilations', ints(sizes(geometry.dilations, 1))],
    ['pads', ints([...sizes(geometry.before, 0), ...sizes(geometry.after, 0)])],
    ['input_shape', ints(plane(input))],
    ['output_shape', ints(plane(output))],
  ]);
  const gradient = at.emitGradient(
    operator,
    inputs.map((value) => at.reshape(value, plane(at.dims(value)))),
    attributes,
  );
  return at.reshape(gradient, output);
}
