import { attributes, float, int, ints, string } from '../../../main/trainer/graph/attributes.ts';
import { GraphBuilder } from '../../../main/trainer/graph/builder.ts';
import { trainableParameters } from '../../../main/trainer/networks/parameters.ts';
import type { Network } from '../../../main/trainer/networks/types.ts';
import { fixture } from './fixtures.ts';

/** The small mobile network of make_gradients.py, as an exporter would write it. */
export function smallNetwork(): Network {
  const builder = new GraphBuilder();
  const weight = (name: string) => builder.initializer(name, fixture(`network/start/${name}`));
  builder.input('images', { dtype: 'float32', dims: ['N', 3, 12, 10] });
  const normalise = (x: string, layer: string) =>
    builder.op(
      'BatchNormalization',
      [x, ...['scale', 'shift', 'mean', 'variance'].map((what) => weight(`${layer}.${what}`))],
      {
        attributes: attributes({ epsilon: float(1e-3) }),
      },
    );
  const relu6 = (x: string) => builder.op('Clip', [x, builder.scalar(0), builder.scalar(6)]);
  const conv = (x: string, layer: string, settings: Parameters<typeof attributes>[0]) =>
    normalise(
      builder.op('Conv', [x, weight(`${layer}.weight`)], {
        attributes: attributes(settings),
        name: `/${layer}/Conv`,
      }),
      layer,
    );
  const stem = relu6(conv('images', 'stem', { strides: ints([2, 2]), auto_pad: string('SAME_UPPER') }));
  const expanded = relu6(conv(stem, 'expand', {}));
  const depthwise = relu6(conv(expanded, 'depthwise', { pads: ints([2, 2, 2, 2]), group: int(16) }));
  const added = builder.op('Add', [stem, conv(depthwise, 'project', {})]);
  const pooled = builder.op('ReduceMean', [added, builder.ints([2, 3])], {
    attributes: attributes({ keepdims: int(0) }),
  });
  const logits = builder.op('Gemm', [pooled, weight('linear.weight'), weight('linear.bias')], {
    name: 'logits',
    attributes: attributes({ transB: int(1) }),
  });
  const graph = builder.finish('small', [logits]);
  return { graph, inputs: ['images'], logits, masks: [], parameters: trainableParameters(graph) };
}
