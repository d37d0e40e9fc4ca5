import { attributes, int, intAttribute, ints } from '../../../graph/attributes.ts';
import { elementCount, floatTensor, zeros } from '../../../graph/tensor.ts';
import { transposedSizes } from './convolution.ts';
import type { LoweringContext, LoweringRegistry, Window } from './registry.ts';

/** Ways to write the gradients of poolings, in either layout (a pooling does not care which of the first axes is the batch). */
export function registerPoolingLowerings(registry: LoweringRegistry): void {
  registry.register('AveragePoolGradient', [
    { name: 'ConvTranspose', applies: () => true, lower: averagePool },
  ]);
  registry.register('MaxPoolGradient', [{ name: 'ScatterElements', applies: () => true, lower: maxPool }]);
}

/** Every output gives each input of its window an equal share: a transposed convolution by ones. */
function averagePool(at: LoweringContext): string {
  const dy = at.input(0);
  const { window } = at;
  const [first, second, ...output] = at.dims(dy);
  const groups = first! * second!;
  const counts = windowCounts(window, output, intAttribute(at.node, 'count_include_pad', 0) !== 0);
  const shared = at.emit('Div', [dy, at.builder.constant(floatTensor([1, 1, ...output], counts), 'counts')]);
  const ones = at.builder.constant(
    floatTensor(
      [groups, 1, ...window.kernel],
      new Float32Array(groups * elementCount(window.kernel)).fill(1),
    ),
    'ones',
  );
  const spread = at.emit('ConvTranspose', [at.reshape(shared, [1, groups, ...output]), ones], {
    kernel_shape: ints(window.kernel),
    strides: ints(window.strides),
    dilations: ints(window.dilations),
    group: int(groups),
    ...transposedSizes(window, output),
  });
  return at.reshape(spread, [first!, second!, ...window.input.slice(2)]);
}

/** By how many elements each average was divided: padding counts only where the operator says so. */
function windowCounts(window: Window, output: readonly number[], includePadding: boolean): Float32Array {
  const perAxis = output.map((length, axis) =>
    Array.from({ length }, (_, at) => axisCount(window, axis, at, includePadding)),
  );
  let counts = [1];
  for (const axis of perAxis) counts = counts.flatMap((count) => axis.map((length) => count * length));
  return Float32Array.from(counts);
}

function axisCount(window: Window, axis: number, at: number, includePadding: boolean): number {
  const length = window.input[axis + 2]!;
  const first = at * window.strides[axis]! - window.before[axis]!;
  const low = includePadding ? -window.before[axis]! : 0;
  const high = includePadding ? length + window.after[axis]! : length;
  let count = 0;
  for (let tap = 0; tap < window.kernel[axis]!; tap++) {
    const position = first + tap * window.dilations[axis]!;
    if (position >= low && position < high) count++;
  }
  return count;
}

/** The runtime's own pooling says where each maximum came from; the gradient goes there. */
function maxPool(at: LoweringContext): string {
  const [dy, x] = [at.input(0), at.input(1)];
  const dims = at.dims(x);
  const { kernel, strides, dilations, before, after } = at.window;
  const [, indices] = at.builder.ops('MaxPool', [x], {
    name: `${at.node.name}/MaxPool`,
    outputs: 2,
    attributes: attributes({
      kernel_shape: ints(kernel),
      strides: ints(strides),
      dilations: ints(dilations),
      pads: ints([...before, ...after]),
      ceil_mode: int(intAttribute(at.node, 'ceil_mode', 0)),
    }),
  });
  const count = elementCount(dims);
  const picked = elementCount(at.dims(dy));
  const empty = at.builder.op('Expand', [at.builder.constant(zeros([1])), at.builder.ints([count])]);
  const scattered = at.builder.op(
    'ScatterElements',
    [empty, at.reshape(indices!, [picked]), at.reshape(dy, [picked])],
    {
      name: `${at.node.name}/ScatterElements`,
      attributes: attributes({ axis: int(0), reduction: { type: 'string', value: 'add' } }),
    },
  );
  return at.reshape(scattered, dims);
}
