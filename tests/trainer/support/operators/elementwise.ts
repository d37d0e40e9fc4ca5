import { attributes, float, int, string } from '../../../../main/trainer/graph/attributes.ts';
import type { OperatorCase } from './case.ts';
import { newer, operatorCase as one, op } from './case.ts';

const image = [2, 3, 4, 5];

/** Functions of single elements and of broadcast operands. */
export const elementwiseCases: readonly OperatorCase[] = [
  one('Add, broadcast', [image, [3, 1, 1]], op('Add')),
  one('Add of a scalar', [image, []], op('Add')),
  one(
    'Sub, both broadcast',
    [
      [2, 1, 4],
      [3, 1],
    ],
    op('Sub'),
  ),
  one('Mul, broadcast', [image, [1, 3, 1, 1]], op('Mul')),
  one('Mul by itself', [[3, 4]], (builder, [x]) => builder.op('Mul', [x!, x!])),
  one('Div, broadcast', [[3, 4], [4]], op('Div'), 'positive'),
  one(
    'Pow',
    [
      [3, 4],
      [3, 4],
    ],
    op('Pow'),
    'positive',
  ),
  one('Pow, square', [image], (builder, [x]) => builder.op('Pow', [x!, builder.scalar(2)])),
  one('Pow, root', [image], (builder, [x]) => builder.op('Pow', [x!, builder.scalar(0.5)]), 'positive'),
  one('Sum of three', [[3, 4], [4], [1, 4]], op('Sum')),
  one('Mean of three', [[3, 4], [4], [1, 4]], op('Mean')),
  one('Max of two', [[3, 4], [4]], op('Max'), 'distinct'),
  one(
    'Max of three',
    [
      [3, 4],
      [3, 4],
      [3, 1],
    ],
    op('Max'),
    'distinct',
  ),
  one('Min with a constant', [image], (builder, [x]) => builder.op('Min', [x!, builder.scalar(0.25)])),
  one('Relu', [image], op('Relu')),
  one('LeakyRelu', [image], op('LeakyRelu', { alpha: float(0.1) })),
  one('PRelu per channel', [image, [3, 1, 1]], op('PRelu')),
  one('PRelu of one slope', [[2, 3, 5], [1]], op('PRelu')),
  one('Elu', [image], op('Elu', { alpha: float(0.7) })),
  one('Clip', [image], (builder, [x]) =>
    builder.op('Clip', [x!, builder.scalar(-0.5), builder.scalar(0.75)]),
  ),
  one('Clip, one-sided', [image], (builder, [x]) => builder.op('Clip', [x!, builder.scalar(-0.25)])),
  one('Sigmoid', [image], op('Sigmoid')),
  one('HardSigmoid', [image], op('HardSigmoid', { alpha: float(0.5), beta: float(0.5) })),
  one('HardSwish', [image], (builder, [x]) =>
    builder.op('HardSwish', [builder.op('Mul', [x!, builder.scalar(3)])]),
  ),
  one('Gelu', [image], newer('Gelu', 20)),
  one('Gelu, tanh', [image], newer('Gelu', 20, { approximate: string('tanh') })),
  one('Mish', [image], newer('Mish', 18)),
  one('Selu', [image], newer('Selu', 18)),
  one('Celu', [image], newer('Celu', 18, { alpha: float(0.5) })),
  one('Softsign', [image], newer('Softsign', 18)),
  one('ThresholdedRelu', [image], newer('ThresholdedRelu', 18, { alpha: float(0.25) }), 'distinct'),
  one('Tanh', [image], op('Tanh')),
  one('Erf', [image], op('Erf')),
  one('Erfc', [image], newer('Erfc', 18)),
  one('Exp', [image], op('Exp')),
  one('Log', [image], op('Log'), 'positive'),
  one('Sqrt', [image], op('Sqrt'), 'positive'),
  one('Neg', [image], op('Neg')),
  one('Abs', [image], op('Abs')),
  one('Reciprocal', [image], op('Reciprocal'), 'positive'),
  one('Softplus', [image], op('Softplus')),
  one('Sin', [image], op('Sin')),
  one('Cos', [image], op('Cos')),
  one(
    'Where',
    [[3, 4], [4]],
    (builder, [a, b]) => builder.op('Where', [builder.op('Greater', [a!, b!]), a!, b!]),
    'distinct',
  ),
  one('Cast of a condition', [[3, 4]], (builder, [x]) => {
    const above = builder.op('Greater', [x!, builder.scalar(0)]);
    const mask = builder.op('Cast', [above], { attributes: attributes({ to: int(1) }) });
    return builder.op('Mul', [builder.op('Mul', [x!, x!]), mask]);
  }),
  one('Cast to double and back', [[3, 4]], (builder, [x]) => {
    const to = (value: string, type: number) =>
      builder.op('Cast', [value], { attributes: attributes({ to: int(type) }) });
    return builder.op('Tanh', [to(builder.op('Neg', [to(x!, 11)]), 1)]);
  }),
  one('Dropout outside training', [image], (builder, [x]) =>
    builder.op('Dropout', [x!, builder.scalar(0.5)]),
  ),
  one('Identity', [[2, 3]], op('Identity')),
];
