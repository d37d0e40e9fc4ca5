import { attributes, float, int, ints, string } from '../../../../main/trainer/graph/attributes.ts';
import type { GraphBuilder } from '../../../../main/trainer/graph/builder.ts';
import { floatTensor } from '../../../../main/trainer/graph/tensor.ts';
import type { Attribute } from '../../../../main/trainer/graph/types.ts';
import type { OperatorCase, Write } from './case.ts';
import { indices, operatorCase as one, op, withInts } from './case.ts';

const image = [2, 3, 4, 5];

const split =
  (sizes: readonly number[], axis: number, taken: number): Write =>
  (builder, [x]) =>
    builder.ops('Split', [x!, builder.ints(sizes)], {
      outputs: sizes.length,
      attributes: attributes({ axis: int(axis) }),
    })[taken]!;

const gather =
  (dims: readonly number[], places: readonly number[], axis: number): Write =>
  (builder, [x]) =>
    builder.op('Gather', [x!, indices(builder, dims, places)], {
      attributes: attributes({ axis: int(axis) }),
    });

/** A map shifted around its border by (1, 2), as shifted windows are made. */
function roll(builder: GraphBuilder, [x]: readonly string[]): string {
  const shift = (value: string, axis: number, by: number) => {
    const part = (from: number, to: number) =>
      builder.op('Slice', [value, builder.ints([from]), builder.ints([to]), builder.ints([axis])]);
    return builder.op('Concat', [part(by, 2 ** 31 - 1), part(0, by)], {
      attributes: attributes({ axis: int(axis) }),
    });
  };
  return shift(shift(x!, 1, 1), 2, 2);
}

const resize =
  (scales: readonly number[], settings: Readonly<Record<string, Attribute>>): Write =>
  (builder, [x]) =>
    builder.op('Resize', [x!, '', builder.constant(floatTensor([scales.length], scales))], {
      attributes: attributes(settings),
    });

const resizeTo =
  (sizes: readonly number[], settings: Readonly<Record<string, Attribute>>): Write =>
  (builder, [x]) =>
    builder.op('Resize', [x!, '', '', builder.ints(sizes)], { attributes: attributes(settings) });

const padded = (amounts: readonly number[], mode: string) =>
  withInts('Pad', [amounts], { mode: string(mode) });

/** Operators that move elements, read and write by index, pad and resize. */
export const shapingCases: readonly OperatorCase[] = [
  one('Reshape', [image], withInts('Reshape', [[0, -1]])),
  one('Flatten', [image], op('Flatten', { axis: int(2) })),
  one('Transpose', [image], op('Transpose', { perm: ints([0, 2, 3, 1]) })),
  one('Transpose, reversed', [[2, 3, 4]], op('Transpose')),
  one('Squeeze', [[2, 1, 3]], withInts('Squeeze', [[1]])),
  one('Unsqueeze', [[2, 3]], withInts('Unsqueeze', [[0, 3]])),
  one('Expand', [[3, 1]], withInts('Expand', [[2, 3, 4]])),
  one('Tile', [[2, 1, 3, 2]], withInts('Tile', [[1, 4, 2, 3]])),
  one('Concat', [image, [2, 1, 4, 5]], op('Concat', { axis: int(1) })),
  one(
    'Concat of a token',
    [
      [2, 4, 3],
      [1, 1, 3],
    ],
    (builder, [x, token]) => {
      const repeated = builder.op('Expand', [token!, builder.ints([2, 1, 3])]);
      return builder.op('Concat', [repeated, x!], { attributes: attributes({ axis: int(1) }) });
    },
  ),
  one('Split, one part unused', [[2, 6]], split([2, 4], 1, 1)),
  one('Split in three, all used', [[2, 3, 6]], (builder, [x]) => {
    const [a, b, c] = builder.ops('Split', [x!], {
      outputs: 3,
      attributes: attributes({ axis: int(-1), num_outputs: int(3) }),
    });
    return builder.op('Sub', [builder.op('Mul', [a!, b!]), c!]);
  }),
  one(
    'Slice with a step',
    [image],
    withInts('Slice', [
      [1, 0],
      [4, 3],
      [3, 2],
      [2, 1],
    ]),
  ),
  one('Slice from the end', [image], withInts('Slice', [[-3], [-1], [3]])),
  one('Slice backwards', [image], withInts('Slice', [[4], [0], [3], [-2]])),
  one('Slice, patches merged', [[2, 4, 6, 3]], (builder, [x]) => {
    const part = (row: number, column: number) =>
      builder.op('Slice', [
        x!,
        builder.ints([row, column]),
        builder.ints([99, 99]),
        builder.ints([1, 2]),
        builder.ints([2, 2]),
      ]);
    const parts = [part(0, 0), part(1, 0), part(0, 1), part(1, 1)];
    return builder.op('Concat', parts, { attributes: attributes({ axis: int(-1) }) });
  }),
  one('Roll by slices', [[2, 4, 5, 3]], roll),
  one('Pad with zeros', [image], withInts('Pad', [[0, 0, 1, 2, 0, 0, 0, 1]])),
  one('Pad that crops', [image], withInts('Pad', [[0, 0, -1, 2, 0, 0, 0, -1]])),
  one('Pad of named axes', [image], withInts('Pad', [[1, 2], [], [-1]])),
  one('Pad by reflection', [image], padded([0, 0, 1, 2, 0, 0, 3, 4], 'reflect')),
  one('Pad by the edge', [image], padded([0, 0, 1, 2, 0, 0, 3, 0], 'edge')),
  one('Gather of one', [[2, 4, 3]], gather([], [-1], 1)),
  one('Gather of a range', [[2, 4, 3]], gather([2], [1, 2], 1)),
  one('Gather of every other', [[2, 5, 3]], gather([3], [0, 2, 4], 1)),
  one('Gather, reordered', [[3, 4]], gather([4], [2, 0, 3, 1], 1)),
  one('Gather with repetition', [[5, 3]], gather([2, 3], [4, 1, 1, 0, 4, 4], 0)),
  one('Gather with repetition, inner axis', [[2, 3, 4]], gather([2, 2], [2, 1, 2, -1], 1)),
  one('Gather by computed indices', [[5, 3]], (builder, [x]) => {
    const places = builder.op('Neg', [indices(builder, [3], [1, 4, 1])]);
    return builder.op('Gather', [x!, places]);
  }),
  one('GatherElements', [[2, 4]], (builder, [x]) =>
    builder.op('GatherElements', [x!, indices(builder, [2, 3], [3, 0, 3, 1, 1, 2])], {
      attributes: attributes({ axis: int(1) }),
    }),
  ),
  one('GatherND', [[3, 4, 2]], (builder, [x]) =>
    builder.op('GatherND', [x!, indices(builder, [3, 2], [2, 3, 0, 1, 2, 3])]),
  ),
  one(
    'ScatterND',
    [
      [4, 3],
      [2, 3],
    ],
    (builder, [x, updates]) => builder.op('ScatterND', [x!, indices(builder, [2, 1], [3, 1]), updates!]),
  ),
  one(
    'ScatterND that adds',
    [
      [4, 3],
      [3, 3],
    ],
    (builder, [x, updates]) =>
      builder.op('ScatterND', [x!, indices(builder, [3, 1], [3, 1, 3]), updates!], {
        attributes: attributes({ reduction: string('add') }),
      }),
  ),
  one(
    'ScatterElements',
    [
      [2, 4],
      [2, 2],
    ],
    (builder, [x, updates]) =>
      builder.op('ScatterElements', [x!, indices(builder, [2, 2], [3, 0, 1, 2]), updates!], {
        attributes: attributes({ axis: int(1) }),
      }),
  ),
  one('DepthToSpace', [[2, 8, 2, 3]], op('DepthToSpace', { blocksize: int(2) })),
  one(
    'DepthToSpace, channels first',
    [[2, 8, 2, 3]],
    op('DepthToSpace', { blocksize: int(2), mode: string('CRD') }),
  ),
  one('SpaceToDepth', [[2, 2, 4, 6]], op('SpaceToDepth', { blocksize: int(2) })),
  one(
    'Resize, nearest doubled',
    [[2, 2, 3, 4]],
    resize([1, 1, 2, 2], {
      coordinate_transformation_mode: string('asymmetric'),
      nearest_mode: string('floor'),
    }),
  ),
  one(
    'Resize, nearest to odd sizes',
    [[1, 2, 4, 5]],
    resizeTo([1, 2, 7, 3], {
      coordinate_transformation_mode: string('asymmetric'),
      nearest_mode: string('floor'),
    }),
  ),
  one('Resize, linear doubled', [[2, 2, 3, 4]], resize([1, 1, 2, 2], { mode: string('linear') })),
  one(
    'Resize, linear to odd sizes',
    [[1, 2, 4, 5]],
    resizeTo([1, 2, 7, 3], {
      mode: string('linear'),
      coordinate_transformation_mode: string('pytorch_half_pixel'),
    }),
  ),
  one(
    'Resize, linear with corners aligned',
    [[1, 2, 4, 5]],
    resizeTo([1, 2, 7, 3], {
      mode: string('linear'),
      coordinate_transformation_mode: string('align_corners'),
    }),
  ),
  one(
    'Resize, cubic',
    [[1, 2, 4, 5]],
    resizeTo([1, 2, 7, 9], {
      mode: string('cubic'),
      coordinate_transformation_mode: string('half_pixel'),
    }),
  ),
  one(
    'Resize, linear antialiased',
    [[1, 1, 9, 8]],
    resizeTo([1, 1, 4, 3], {
      mode: string('linear'),
      antialias: int(1),
      exclude_outside: int(1),
    }),
  ),
  one(
    'Resize, cubic antialiased',
    [[1, 1, 9, 8]],
    resizeTo([1, 1, 4, 12], {
      mode: string('cubic'),
      antialias: int(1),
      exclude_outside: int(1),
      cubic_coeff_a: float(-0.5),
    }),
  ),
  one(
    'Einsum',
    [
      [2, 3, 4],
      [2, 5, 4],
    ],
    op('Einsum', { equation: string('bij,bkj->bik') }),
  ),
  one('Einsum that sums', [[2, 3, 4], [4]], op('Einsum', { equation: string('bij,j->b') })),
];
