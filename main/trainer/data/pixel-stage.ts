import { attributes, float, int, ints, string } from '../graph/attributes.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { onnxTypeNumbers } from '../graph/onnx-types.ts';
import { tensor } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import type { RunShape } from './run-shape.ts';

/** Changes whenever the same file would give other resized pixels; part of every cache key and of every model. */
export const PIXEL_PIPELINE = 'rgb8-cubic-antialias-3';
/** Name of the decoded image, uint8 [1, height, width, 3], RGB. */
export const IMAGE = 'image';
/** Name of the resized image, uint8 [1, 3, height, width] of the run. */
export const RESIZED = 'resized';

/**
 * From a decoded image of any size to the run's shape: antialiased cubic resize (a = −0.5), padding with the
 * mean colour where the aspect differs, in bytes again so that cached pixels are the pixels.
 * The same nodes run in training, prediction and in exported files.
 *
 * Channels are resized one after the other as floats: 1.6 times as fast as on bytes, without their rounding between
 * the two axes, and a photo of 100 megapixels needs the memory of one float channel, not of three.
 */
export function pixelStage(shape: RunShape, mean: readonly [number, number, number]): Graph {
  const builder = new GraphBuilder();
  const image = builder.input(IMAGE, { dtype: 'uint8', dims: [1, 'height', 'width', 3] });
  const planes = builder.op('Transpose', [image], { attributes: attributes({ perm: ints([0, 3, 1, 2]) }) });
  const channels = builder.ops('Split', [planes], {
    outputs: 3,
    attributes: attributes({ axis: int(1), num_outputs: int(3) }),
  });
  const target = builder.ints([shape.height, shape.width]);
  const size = shape.fit === 'pad' ? fittedSize(builder, image, target) : target;
  const pads = shape.fit === 'pad' ? centringPads(builder, size, target) : null;
  const fitted = channels.map((channel, index) => {
    const resized = resize(builder, channel, size);
    return pads ? pad(builder, resized, pads, mean[index]!) : resized;
  });
  const joined = builder.op('Concat', fitted, { attributes: attributes({ axis: int(1) }) });
  const full = builder.reshape(joined, [1, 3, shape.height, shape.width]);
  return builder.finish('pixels', [builder.alias(full, RESIZED)]);
}

/** Largest size of the image's own aspect within the target; at least one pixel each way. int64 [height, width]. */
function fittedSize(builder: GraphBuilder, image: string, target: string): string {
  const toFloat = attributes({ to: int(onnxTypeNumbers.float32) });
  const shape = builder.op('Shape', [image]);
  const sides = builder.op('Slice', [shape, builder.ints([1]), builder.ints([3]), builder.ints([0])]);
  const own = builder.op('Cast', [sides], { attributes: toFloat });
  const wanted = builder.op('Cast', [target], { attributes: toFloat });
  const scale = builder.op('ReduceMin', [builder.op('Div', [wanted, own])], {
    attributes: attributes({ keepdims: int(1) }),
  });
  const rounded = builder.op('Round', [builder.op('Mul', [own, scale])]);
  // Rounding must neither lose a thin side nor step over the target.
  const clipped = builder.op('Min', [builder.op('Max', [rounded, builder.scalar(1)]), wanted]);
  return builder.op('Cast', [clipped], { attributes: attributes({ to: int(onnxTypeNumbers.int64) }) });
}

/** One channel of bytes to another size; overshoot of the cubic is clipped, halves are rounded to even. */
function resize(builder: GraphBuilder, channel: string, size: string): string {
  const values = builder.op('Cast', [channel], {
    attributes: attributes({ to: int(onnxTypeNumbers.float32) }),
  });
  const resized = builder.op('Resize', [values, '', '', size], {
    attributes: attributes({
      axes: ints([2, 3]),
      mode: string('cubic'),
      cubic_coeff_a: float(-0.5),
      antialias: int(1),
      coordinate_transformation_mode: string('half_pixel'),
      exclude_outside: int(1),
    }),
  });
  // Of scale 1 and zero point 0: clip, round and cast in one pass.
  return builder.op('QuantizeLinear', [resized, builder.scalar(1), byte(builder, 0)]);
}

/** How much to add on each side: the free pixels are shared, the odd one goes right or below. int64 [4]. */
function centringPads(builder: GraphBuilder, size: string, target: string): string {
  const free = builder.op('Sub', [target, size]);
  const before = builder.op('Div', [free, builder.ints([2])]);
  const after = builder.op('Sub', [free, before]);
  return builder.op('Concat', [before, after], { attributes: attributes({ axis: int(0) }) });
}

function pad(builder: GraphBuilder, channel: string, pads: string, colour: number): string {
  const fill = byte(builder, Math.min(255, Math.max(0, Math.round(colour))));
  return builder.op('Pad', [channel, pads, fill, builder.ints([2, 3])], {
    attributes: attributes({ mode: string('constant') }),
  });
}

function byte(builder: GraphBuilder, value: number): string {
  return builder.constant(tensor('uint8', [], Uint8Array.of(value)));
}
