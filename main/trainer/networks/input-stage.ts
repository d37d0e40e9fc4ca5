import { attributes, float, int, ints, string } from '../graph/attributes.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { onnxTypeNumbers } from '../graph/onnx-types.ts';
import { floatTensor } from '../graph/tensor.ts';
import type { Dim, Graph } from '../graph/types.ts';
import type { BackboneCard } from './card.ts';

/** How pixels come in and what the network wants. */
export interface InputStageOptions {
  /** Height and width of the pixels as they come; names where they differ from batch to batch. */
  readonly from: readonly [Dim, Dim];
  /** Height and width the network takes. */
  readonly to: readonly [number, number];
  /** Order of the pixels: interleaved as decoders give them, or one plane per channel. */
  readonly layout: 'NHWC' | 'NCHW';
  readonly batch?: Dim;
}

/** Name of the uint8 RGB input of an input stage. */
export const PIXELS = 'enxerto.pixels';
/** Name of its output, float32 [batch, 3, height, width]. */
export const NETWORK_INPUT = 'enxerto.input';
/** The networks behind it keep the names of their values, which exporters call `mean`, `div` or `clip` too. */
const own = (what: string) => `${NETWORK_INPUT}/${what}`;

/**
 * The first part of every network, in training, prediction and export alike: uint8 RGB pixels, antialiased cubic
 * resize (Keys, a = −0.5, as Pillow’s bicubic), clipping to 0…255, then (x − mean) / std from the backbone's card.
 */
export function inputStage(card: Pick<BackboneCard, 'mean' | 'std'>, options: InputStageOptions): Graph {
  const { from, to, layout, batch = 'N' } = options;
  const builder = new GraphBuilder();
  const dims = layout === 'NHWC' ? [batch, from[0], from[1], 3] : [batch, 3, from[0], from[1]];
  const pixels = builder.input(PIXELS, { dtype: 'uint8', dims });
  const values = builder.op('Cast', [pixels], {
    name: own('Cast'),
    attributes: attributes({ to: int(onnxTypeNumbers.float32) }),
  });
  const planes =
    layout === 'NHWC'
      ? builder.op('Transpose', [values], {
          name: own('Transpose'),
          attributes: attributes({ perm: ints([0, 3, 1, 2]) }),
        })
      : values;
  const sized = from[0] === to[0] && from[1] === to[1] ? planes : resize(builder, planes, to);
  const channels = (what: string, numbers: readonly number[]) =>
    builder.constant(floatTensor([1, 3, 1, 1], numbers), own(what));
  const centred = builder.op('Sub', [sized, channels('mean', card.mean)], { name: own('Sub') });
  const scaled = builder.op('Div', [centred, channels('std', card.std)], { name: own('Div') });
  return builder.finish('input', [builder.alias(scaled, NETWORK_INPUT)]);
}

/** Cubic filters overshoot at edges; pixels that were stored as bytes would have been clipped there, so these are too. */
function resize(builder: GraphBuilder, planes: string, to: readonly [number, number]): string {
  const resized = builder.op('Resize', [planes, '', '', builder.ints([to[0], to[1]])], {
    name: own('Resize'),
    attributes: attributes({
      axes: ints([2, 3]),
      mode: string('cubic'),
      cubic_coeff_a: float(-0.5),
      antialias: int(1),
      coordinate_transformation_mode: string('half_pixel'),
      exclude_outside: int(1),
    }),
  });
  return builder.op('Clip', [resized, builder.scalar(0), builder.scalar(255)], { name: own('Clip') });
}
