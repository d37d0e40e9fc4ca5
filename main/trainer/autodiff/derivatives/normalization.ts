import { floatAttribute, intAttribute } from '../../graph/attributes.ts';
import { normaliseAxis } from '../../graph/shapes.ts';
import { type DerivativeContext, registerDerivative } from '../registry.ts';

/** Derivatives of normalisations, all followed by a scale and a shift that may be trained. */
export function registerNormalization(): void {
  registerDerivative('BatchNormalization', (at) =>
    intAttribute(at.node, 'training_mode', 0) === 0 ? fixedStatistics(at) : batchStatistics(at),
  );
  registerDerivative('LayerNormalization', layerNormalization);
  registerDerivative('InstanceNormalization', (at) => {
    const dims = at.dims(at.input(0));
    return standardised(at, { value: at.input(0), axes: range(2, dims.length), shape: perChannel(dims) });
  });
  registerDerivative('GroupNormalization', groupNormalization);
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at);

const perChannel = (dims: readonly number[]) => [1, dims[1]!, ...dims.slice(2).map(() => 1)];

const allButChannels = (dims: readonly number[]) => [0, ...range(2, dims.length)];

/** Batch normalisation by its running statistics: an affine map per channel. */
function fixedStatistics(at: DerivativeContext): readonly (string | undefined)[] {
  if (at.needs(3) || at.needs(4)) throw at.refuse('its running statistics are not trainable');
  const dims = at.dims(at.input(0));
  const shape = perChannel(dims);
  const epsilon = at.builder.scalar(floatAttribute(at.node, 'epsilon', 1e-5));
  const deviation = at.emit('Sqrt', [at.emit('Add', [at.input(4), epsilon])]);
  const sum = (value: string) => at.sumTo(value, shape);
  const channels = (value: string) => at.reshape(value, [dims[1]!]);
  const factor = () => at.reshape(at.emit('Div', [at.input(1), deviation]), shape);
  const centred = () => at.emit('Sub', [at.input(0), at.reshape(at.input(3), shape)]);
  return [
    at.needs(0) ? at.emit('Mul', [at.dy, factor()]) : undefined,
    at.needs(1) ? at.emit('Div', [channels(sum(at.emit('Mul', [at.dy, centred()]))), deviation]) : undefined,
    at.needs(2) ? channels(sum(at.dy)) : undefined,
  ];
}

/**
 * Batch normalisation by the statistics of the batch itself (training_mode 1); the running ones are not differentiated.
 * Scale is one number a channel here, so the sums over a channel that its own gradient and the shift's are made of serve
 * the input too: ∂x = scale/√(variance + ε)·(dy − Σdy/m − x̂·Σ(dy·x̂)/m) over the m values of a channel.
 */
function batchStatistics(at: DerivativeContext): readonly (string | undefined)[] {
  const x = at.input(0);
  const dims = at.dims(x);
  const shape = perChannel(dims);
  const axes = allButChannels(dims);
  const count = axes.reduce((product, axis) => product * dims[axis]!, 1);
  const centred = at.emit('Sub', [x, at.overAxes('ReduceMean', x, axes)]);
  const variance = at.overAxes('ReduceMean', at.emit('Mul', [centred, centred]), axes);
  const epsilon = at.builder.scalar(floatAttribute(at.node, 'epsilon', 1e-5));
  const inverse = at.emit('Reciprocal', [at.emit('Sqrt', [at.emit('Add', [variance, epsilon])])]);
  const normalised = at.emit('Mul', [centred, inverse]);
  const ofShift = at.overAxes('ReduceSum', at.dy, axes);
  const ofScale = at.overAxes('ReduceSum', at.emit('Mul', [at.dy, normalised]), axes);
  const input = () => {
    const across = at.emit('Sub', [at.dy, at.scaled(ofShift, 1 / count)]);
    const along = at.emit('Mul', [normalised, at.scaled(ofScale, 1 / count)]);
    const factor = at.emit('Mul', [at.reshape(at.input(1), shape), inverse]);
    return at.emit('Mul', [at.emit('Sub', [across, along]), factor]);
  };
  const channels = [dims[1]!];
  return [
    at.needs(0) ? input() : undefined,
    at.needs(1) ? at.reshape(ofScale, channels) : undefined,
    at.needs(2) ? at.reshape(ofShift, channels) : undefined,
  ];
}

function layerNormalization(at: DerivativeContext): readonly (string | undefined)[] {
  const dims = at.dims(at.input(0));
  const axis = normaliseAxis(intAttribute(at.node, 'axis', -1), dims.length, at.node.name);
  return standardised(at, { value: at.input(0), axes: range(axis, dims.length) });
}

function groupNormalization(at: DerivativeContext): readonly (string | undefined)[] {
  const dims = at.dims(at.input(0));
  const groups = intAttribute(at.node, 'num_groups', 1);
  if (at.dims(at.input(1))[0] !== dims[1])
    throw at.refuse('it has a scale per group instead of one per channel');
  const grouped = [dims[0]!, groups, dims[1]! / groups, ...dims.slice(2)];
  return standardised(at, {
    value: at.reshape(at.input(0), grouped),
    axes: range(2, grouped.length),
    shape: perChannel(dims),
  });
}

interface Standardisation {
  /** The input, in the shape in which it is normalised. */
  readonly value: string;
  /** Axes over which mean and variance are taken. */
  readonly axes: readonly number[];
  /** Shape in which scale and shift broadcast against the input; their own if left out. */
  readonly shape?: readonly number[];
}

/**
 * y = x̂·scale + shift with x̂ = (x − mean)/√(variance + ε), mean and variance taken over `axes` of the input itself:
 * ∂x = (g − mean(g) − x̂·mean(g·x̂))/√(variance + ε) with g = dy·scale. Ba, Kiros and Hinton 2016.
 */
function standardised(
  at: DerivativeContext,
  { value, axes, shape }: Standardisation,
): readonly (string | undefined)[] {
  const dims = at.dims(at.input(0));
  const mean = (of: string) => at.overAxes('ReduceMean', of, axes);
  const centred = at.emit('Sub', [value, mean(value)]);
  const variance = mean(at.emit('Mul', [centred, centred]));
  const epsilon = at.builder.scalar(floatAttribute(at.node, 'epsilon', 1e-5));
  const inverse = at.emit('Reciprocal', [at.emit('Sqrt', [at.emit('Add', [variance, epsilon])])]);
  const normalised = at.emit('Mul', [centred, inverse]);
  const parameter = (index: number) => at.node.inputs[index] ?? '';
  const sumTo = (gradient: string, index: number) => {
    const own = at.dims(parameter(index));
    return at.reshape(at.sumTo(gradient, shape ?? own), own);
  };
  const input = () => {
    const scale = shape ? at.reshape(parameter(1), shape) : parameter(1);
    const scaled = at.reshape(at.emit('Mul', [at.dy, scale]), at.dims(value));
    const along = at.emit('Mul', [normalised, mean(at.emit('Mul', [scaled, normalised]))]);
    const across = at.emit('Sub', [at.emit('Sub', [scaled, mean(scaled)]), along]);
    return at.reshape(at.emit('Mul', [across, inverse]), dims);
  };
  return [
    at.needs(0) ? input() : undefined,
    at.needs(1) ? sumTo(at.emit('Mul', [at.dy, at.reshape(normalised, dims)]), 1) : undefined,
    at.needs(2) ? sumTo(at.dy, 2) : undefined,
  ];
}
