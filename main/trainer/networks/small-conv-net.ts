import { createRandom } from '../../../shared/domain/random.ts';
import { attributes, float, int, ints } from '../graph/attributes.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { groupNormalization } from '../graph/group-normalization.ts';
import { floatTensor } from '../graph/tensor.ts';
import { applyDropout, LOGITS, linear, randomWeights } from './head.ts';
import { NETWORK_INPUT } from './input-stage.ts';
import type { DropoutMask, Network } from './types.ts';

/** The network trained from scratch. */
export interface SmallConvNetOptions {
  readonly classes: number;
  /** Height and width of its input. */
  readonly size: readonly [number, number];
  readonly dropout: number;
  readonly seed: number;
  /** What the stages normalise over: groups of channels within an image (usual), or the batch. */
  readonly norm?: 'group' | 'batch';
  /** Channels of the stages; each halves the resolution. */
  readonly widths?: readonly number[];
}

/** Channels that are normalised together, about. */
const CHANNELS_PER_GROUP = 8;

/** The most groups that divide the channels evenly, none smaller than that. */
function groupsFor(channels: number): number {
  let groups = Math.max(1, Math.floor(channels / CHANNELS_PER_GROUP));
  while (channels % groups !== 0) groups--;
  return groups;
}

/** A normalisation that changes nothing but the scale at first; running statistics begin as in torch. */
function normalise(
  builder: GraphBuilder,
  value: string,
  { name, width, norm }: { readonly name: string; readonly width: number; readonly norm: 'group' | 'batch' },
): string {
  const channels = (what: string, first: number) =>
    builder.initializer(`${name}.${what}`, floatTensor([width], new Float32Array(width).fill(first)));
  const scale = channels('weight', 1);
  const shift = channels('bias', 0);
  if (norm === 'group') return groupNormalization(builder, value, { groups: groupsFor(width), scale, shift });
  return builder.op(
    'BatchNormalization',
    [value, scale, shift, channels('mean', 0), channels('variance', 1)],
    { name, attributes: attributes({ epsilon: float(1e-5) }) },
  );
}

/**
 * The rival of transfer learning: the same task, no pretrained weights. Four stages of 3×3 convolution (stride 2),
 * group normalisation and ReLU, spatial mean, dropout, linear; 0.39 M weights at the default widths, few enough for a
 * few hundred images. Group normalisation unless the batch is asked for, because batch statistics of eight images are noise.
 * Recipe under which it is compared: input scaled as (x − 127)/128, AdamW 1e-3, decay 0.05, cosine with 10 % warm-up,
 * mirroring and small changes of brightness and contrast anew each epoch, dropout 0.2, 30 epochs.
 */
export function smallConvNet(options: SmallConvNetOptions): Network {
  const { classes, size, dropout, seed, norm = 'group', widths = [32, 64, 128, 256] } = options;
  const random = createRandom(seed);
  const builder = new GraphBuilder();
  const masks: DropoutMask[] = [];
  let channels = 3;
  let value = builder.input(NETWORK_INPUT, { dtype: 'float32', dims: ['N', channels, size[0], size[1]] });
  for (const [stage, width] of widths.entries()) {
    const name = `stage${stage}`;
    const deviation = Math.sqrt(2 / (channels * 9));
    const weight = builder.initializer(
      `${name}.conv.weight`,
      randomWeights([width, channels, 3, 3], deviation, random),
    );
    const convolved = builder.op('Conv', [value, weight], {
      name: `${name}.conv`,
      attributes: attributes({
        kernel_shape: ints([3, 3]),
        strides: ints([2, 2]),
        pads: ints([1, 1, 1, 1]),
        group: int(1),
      }),
    });
    const normalised = normalise(builder, convolved, { name: `${name}.norm`, width, norm });
    value = builder.op('Relu', [normalised], { name: `${name}.relu` });
    channels = width;
  }
  value = builder.op('ReduceMean', [value, builder.ints([2, 3])], {
    name: 'pool',
    attributes: attributes({ keepdims: int(0) }),
  });
  value = applyDropout(builder, value, { input: 'head.mask', rate: dropout, dims: ['N', channels] }, masks);
  const logits = builder.alias(linear(builder, value, 'head.linear', channels, classes, random), LOGITS);
  const graph = builder.finish('small-conv-net', [logits]);
  // By name: scale and shift of the normalisation reach their arithmetic through a Reshape.
  const parameters = [...graph.initializers.keys()].filter((name) => /\.(weight|bias)$/.test(name));
  return { graph, inputs: [NETWORK_INPUT], logits, masks, parameters };
}
