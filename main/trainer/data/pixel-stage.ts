import { attributes, float, int, ints, string } from '../graph/attributes.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { onnxTypeNumbers } from '../graph/onnx-types.ts';
import { floatTensor } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import type { RunShape } from './run-shape.ts';

/** Changes whenever the same file would give other resized pixels; part of every cache key and of every model. */
export const PIXEL_PIPELINE = 'rgb8-cubic-antialias-2';
/** Name of the decoded image, uint8 [1, height, width, 3], RGB. */
export const IMAGE = 'image';
/** Name of the resized image, uint8 [1, 3, height, width] of the run. */
export const RESIZED = 'resized';

/**
 * From a decoded image of any size to the run's shape: antialiased cubic resize (a = −0.5), padding with the
 * mean colour where the aspect differs, rounded back to bytes so that cached pixels are the pixels.
 * The same nodes run in training, prediction and in exported files.
 */
export function pixelStage(shape: RunShape, mean: readonly [number, number, number]): Graph {
  const builder = new GraphBuilder();
  const image = builder.input(IMAGE, { dtype: 'uint8', dims: [1, 'height', 'width', 3] });
  // Resized as bytes: a photo of 100 megapixels would take over a gigabyte more as floats.
  const planes = builder.op('Transpose', [image], { attributes: attributes({ perm: ints([0, 3, 1, 2]) }) });
  const centre = builder.constant(floatTensor([1, 3, 1, 1], mean), 'pixels.mean');
  const target = builder.ints([shape.height, shape.width]);
  const size = shape.fit === 'pad' ? fittedSize(builder, image, target) : target;
  // Padding is done with zeros around the centred values, since Pad has one value for all channels.
  const values = builder.op('Cast', [resize(builder, planes, size)], {
    attributes: attributes({ to: int(onnxTypeNumbers.float32) }),
  });
  const centred = builder.op('Sub', [values, centre]);
  const fitted = shape.fit === 'pad' ? pad(builder, centred, size, target) : centred;
  const full = builder.reshape(builder.op('Add', [fitted, centre]), [1, 3, shape.height, shape.width]);
  const rounded = builder.op('Round', [builder.op('Clip', [full, builder.scalar(0), builder.scalar(255)])]);
  const bytes = builder.op('Cast', [rounded], {
    attributes: attributes({ to: int(onnxTypeNumbers.uint8) }),
  });
  return builder.finish('pixels', [builder.alias(bytes, RESIZED)]);
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

function resize(builder: GraphBuilder, planes: string, size: string): string {
  return builder.op('Resize', [planes, '', '', size], {
    attributes: attributes({
      axes: ints([2, 3]),
      mode: string('cubic'),
      cubic_coeff_a: float(-0.5),
      antialias: int(1),
      coordinate_transformation_mode: string('half_pixel'),
      exclude_outside: int(1),
    }),
  });
}

/** Centres the image: the free pixels are shared between both sides, the odd one goes right or below. */
function pad(builder: GraphBuilder, planes: string, size: string, target: string): string {
  const free = builder.op('Sub', [target, size]);
  const before = builder.op('Div', [free, builder.ints([2])]);
  const after = builder.op('Sub', [free, before]);
  const pads = builder.op('Concat', [before, after], { attributes: attributes({ axis: int(0) }) });
  return builder.op('Pad', [planes, pads, builder.scalar(0), builder.ints([2, 3])], {
    attributes: attributes({ mode: string('constant') }),
  });
}
