import { floatAttribute, int, intAttribute } from './attributes.ts';
import type { GraphBuilder } from './builder.ts';
import { writerBeside } from './node-names.ts';
import type { Node } from './types.ts';

/**
 * Whether a batch normalisation standardises weights instead of maps, as Big Transfer's and NFNet's convolutions have it
 * (Qiao et al. 2019): PyTorch exports it in training mode, or with statistics that the graph computes.
 */
export function standardisesWeights(
  builder: GraphBuilder,
  node: Node,
  isFromImage: (value: string) => boolean,
): boolean {
  if (node.operator !== 'BatchNormalization' || node.domain !== '' || node.inputs.some(isFromImage))
    return false;
  return (
    intAttribute(node, 'training_mode', 0) !== 0 ||
    node.inputs.some((input) => !builder.initializers.has(input))
  );
}

/** Writes it in operators that have derivatives for all they read; returns the name of its result. */
export function standardisedWeights(builder: GraphBuilder, node: Node): string {
  const [x, scale, shift, mean, variance] = node.inputs as [string, string, string, string, string];
  const dims = builder.dims(x);
  const shape = dims.map((length, axis) => (axis === 1 ? length : 1));
  const emit = writerBeside(builder, node);
  const perChannel = (value: string) => emit('Reshape', [value, builder.ints(shape)]);
  const axes = builder.ints(dims.flatMap((_, axis) => (axis === 1 ? [] : [axis])));
  const average = (value: string) => emit('ReduceMean', [value, axes], { keepdims: int(1) });
  const ofWeights = intAttribute(node, 'training_mode', 0) !== 0;
  const centred = emit('Sub', [x, ofWeights ? average(x) : perChannel(mean)]);
  const spread = ofWeights ? average(emit('Mul', [centred, centred])) : perChannel(variance);
  const epsilon = builder.scalar(floatAttribute(node, 'epsilon', 1e-5));
  const deviation = emit('Sqrt', [emit('Add', [spread, epsilon])]);
  const isAll = (value: string, number: number) => {
    const known = builder.initializers.get(value);
    return known?.dtype === 'float32' && known.data.every((each) => each === number);
  };
  // Scales of one and shifts of zero are what the exporter filled in: they are not to be learned.
  const scaled = isAll(scale, 1)
    ? emit('Div', [centred, deviation])
    : emit('Mul', [centred, emit('Div', [perChannel(scale), deviation])]);
  return isAll(shift, 0) ? scaled : emit('Add', [scaled, perChannel(shift)]);
}
