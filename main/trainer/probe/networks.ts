import { createRandom, type Random } from '../../../shared/domain/random.ts';
import { attributes, int, ints } from '../graph/attributes.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { elementCount, floatTensor } from '../graph/tensor.ts';
import type { FloatTensor, Graph, Tensor } from '../graph/types.ts';
import { linear, randomWeights } from '../networks/head.ts';

/** A small network with a scalar loss, and what it is fed; the same numbers on every machine. */
export interface CheckNetwork {
  readonly name: string;
  readonly graph: Graph;
  readonly loss: string;
  /** Weights whose gradients are compared. */
  readonly parameters: readonly string[];
  readonly feeds: ReadonlyMap<string, Tensor>;
}

const BATCH = 2;
const CLASSES = 5;

/**
 * What convolutional backbones are made of: dense, depthwise and pointwise convolutions, each with stride 2 as well
 * (one runtime gets only pointwise ones with a stride wrong), odd sizes,
 * batch normalisation, relu6 and hard swish, a residual sum, both poolings.
 */
export function convolutionCheck(): CheckNetwork {
  const random = createRandom(224);
  const builder = new GraphBuilder();
  const image = builder.input('image', { dtype: 'float32', dims: [BATCH, 3, 17, 15] });
  const stem = clipped(
    builder,
    normalised(builder, conv(builder, image, { to: 8, kernel: 3, stride: 2 }, random), random),
  );
  const wide = clipped(builder, conv(builder, stem, { to: 16, kernel: 1 }, random));
  const same = clipped(builder, conv(builder, wide, { to: 16, kernel: 3, group: 16 }, random));
  const narrow = conv(builder, same, { to: 8, kernel: 1 }, random);
  const sum = builder.op('Add', [stem, narrow]);
  const halved = builder.op('HardSwish', [
    conv(builder, sum, { to: 8, kernel: 5, stride: 2, group: 8 }, random),
  ]);
  const window = { kernel_shape: ints([3, 3]), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) };
  const pooled = builder.op('MaxPool', [conv(builder, halved, { to: 12, kernel: 3 }, random)], {
    attributes: attributes(window),
  });
  const fewer = conv(builder, pooled, { to: 12, kernel: 1, stride: 2 }, random);
  const mean = builder.op('GlobalAveragePool', [fewer]);
  const logits = linear(builder, builder.op('Flatten', [mean]), 'head', 12, CLASSES, random);
  return finished(builder, 'convolutions', logits, { image: drawn([BATCH, 3, 17, 15], random) });
}

/** What transformers are made of: layer normalisation as exporters write it, attention with two heads, gelu by Erf. */
export function transformerCheck(): CheckNetwork {
  const [tokens, width, heads] = [7, 16, 2];
  const random = createRandom(197);
  const builder = new GraphBuilder();
  const x = builder.input('tokens', { dtype: 'float32', dims: [BATCH, tokens, width] });
  const input = layerNormalised(builder, x, width, 'norm1', random);
  const part = (name: string, perm: readonly number[]) =>
    builder.op(
      'Transpose',
      [
        builder.reshape(projected(builder, input, [width, width], name, random), [
          BATCH,
          tokens,
          heads,
          width / heads,
        ]),
      ],
      { attributes: attributes({ perm: ints(perm) }) },
    );
  const scores = builder.op('Mul', [
    builder.op('MatMul', [part('query', [0, 2, 1, 3]), part('key', [0, 2, 3, 1])]),
    builder.scalar(1 / Math.sqrt(width / heads)),
  ]);
  const attention = builder.op('Softmax', [scores], { attributes: attributes({ axis: int(-1) }) });
  const mixed = builder.op('Transpose', [builder.op('MatMul', [attention, part('value', [0, 2, 1, 3])])], {
    attributes: attributes({ perm: ints([0, 2, 1, 3]) }),
  });
  const merged = projected(
    builder,
    builder.reshape(mixed, [BATCH, tokens, width]),
    [width, width],
    'output',
    random,
  );
  const attended = builder.op('Add', [x, merged]);
  const hidden = projected(
    builder,
    layerNormalised(builder, attended, width, 'norm2', random),
    [width, 32],
    'up',
    random,
  );
  const down = projected(builder, gelu(builder, hidden), [32, width], 'down', random);
  const block = builder.op('Add', [attended, down]);
  const mean = builder.op('ReduceMean', [block, builder.ints([1])], {
    attributes: attributes({ keepdims: int(0) }),
  });
  const logits = linear(builder, mean, 'head', width, CLASSES, random);
  return finished(builder, 'transformer', logits, { tokens: drawn([BATCH, tokens, width], random) });
}

function finished(
  builder: GraphBuilder,
  name: string,
  logits: string,
  data: Readonly<Record<string, FloatTensor>>,
): CheckNetwork {
  const target = builder.input('target', { dtype: 'float32', dims: [BATCH, CLASSES] });
  const logProbabilities = builder.op('LogSoftmax', [logits], { attributes: attributes({ axis: int(1) }) });
  const product = builder.op('Mul', [target, logProbabilities]);
  const sum = builder.op('ReduceSum', [product, builder.ints([0, 1])], {
    attributes: attributes({ keepdims: int(0) }),
  });
  const loss = builder.alias(builder.op('Mul', [sum, builder.scalar(-1 / BATCH)]), 'loss');
  const graph = builder.finish(`check of ${name}`, [loss]);
  const rows = new Float32Array(BATCH * CLASSES);
  for (let row = 0; row < BATCH; row++) rows[row * CLASSES + ((2 * row + 1) % CLASSES)] = 1;
  return {
    name,
    graph,
    loss,
    parameters: [...graph.initializers.keys()].filter((each) => /\.(weight|bias)$/.test(each)),
    feeds: new Map<string, Tensor>([
      ...Object.entries(data),
      ['target', floatTensor([BATCH, CLASSES], rows)],
    ]),
  };
}

interface Window {
  readonly to: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly group?: number;
}

function conv(builder: GraphBuilder, x: string, window: Window, random: Random): string {
  const { to, kernel, stride = 1, group = 1 } = window;
  const from = builder.dims(x)[1]! / group;
  const stem = builder.unused('conv');
  const weight = builder.initializer(
    `${stem}.weight`,
    randomWeights([to, from, kernel, kernel], Math.sqrt(2 / (from * kernel * kernel)), random),
  );
  const bias = builder.initializer(`${stem}.bias`, randomWeights([to], 0.1, random));
  const pad = kernel >> 1;
  return builder.op('Conv', [x, weight, bias], {
    name: stem,
    attributes: attributes({
      kernel_shape: ints([kernel, kernel]),
      strides: ints([stride, stride]),
      pads: ints([pad, pad, pad, pad]),
      group: int(group),
    }),
  });
}

function normalised(builder: GraphBuilder, x: string, random: Random): string {
  const channels = builder.dims(x)[1]!;
  const around = (centre: number) =>
    floatTensor(
      [channels],
      Float32Array.from({ length: channels }, () => centre + 0.2 * random.normal()),
    );
  const stem = builder.unused('norm');
  const scale = builder.initializer(`${stem}.weight`, around(1));
  const shift = builder.initializer(`${stem}.bias`, around(0));
  const mean = builder.initializer(`${stem}.mean`, around(0));
  const variance = builder.initializer(`${stem}.variance`, around(2));
  return builder.op('BatchNormalization', [x, scale, shift, mean, variance]);
}

function clipped(builder: GraphBuilder, x: string): string {
  return builder.op('Clip', [x, builder.scalar(0), builder.scalar(6)]);
}

function layerNormalised(
  builder: GraphBuilder,
  x: string,
  width: number,
  stem: string,
  random: Random,
): string {
  const scale = builder.initializer(
    `${stem}.weight`,
    floatTensor(
      [width],
      Float32Array.from({ length: width }, () => 1 + 0.1 * random.normal()),
    ),
  );
  const shift = builder.initializer(`${stem}.bias`, randomWeights([width], 0.1, random));
  const over = { attributes: attributes({ keepdims: int(1) }) };
  const centred = builder.op('Sub', [x, builder.op('ReduceMean', [x, builder.ints([-1])], over)]);
  const square = builder.op('Pow', [centred, builder.scalar(2)]);
  const variance = builder.op('ReduceMean', [square, builder.ints([-1])], over);
  const deviation = builder.op('Sqrt', [builder.op('Add', [variance, builder.scalar(1e-5)])]);
  return builder.op('Add', [builder.op('Mul', [builder.op('Div', [centred, deviation]), scale]), shift]);
}

function projected(
  builder: GraphBuilder,
  x: string,
  [from, to]: readonly [number, number],
  stem: string,
  random: Random,
): string {
  const weight = builder.initializer(
    `${stem}.weight`,
    randomWeights([from, to], Math.sqrt(1 / from), random),
  );
  const bias = builder.initializer(`${stem}.bias`, randomWeights([to], 0.1, random));
  return builder.op('Add', [builder.op('MatMul', [x, weight]), bias]);
}

/** x·Φ(x), Φ written with Erf. */
function gelu(builder: GraphBuilder, x: string): string {
  const erf = builder.op('Erf', [builder.op('Mul', [x, builder.scalar(Math.SQRT1_2)])]);
  const half = builder.op('Mul', [x, builder.scalar(0.5)]);
  return builder.op('Mul', [half, builder.op('Add', [erf, builder.scalar(1)])]);
}

function drawn(dims: readonly number[], random: Random): FloatTensor {
  return floatTensor(
    dims,
    Float32Array.from({ length: elementCount(dims) }, () => random.normal()),
  );
}
