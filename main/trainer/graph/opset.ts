import { intAttribute, stringAttribute } from './attributes.ts';
import { NetworkError } from './errors.ts';
import { floatTensor, intsTensor } from './tensor.ts';
import type { Node, Tensor } from './types.ts';

/** Operators whose `axes` moved from an attribute to an input between opset 11 and 18. */
const axesOperators = new Set([
  'ReduceMean',
  'ReduceSum',
  'ReduceMax',
  'ReduceMin',
  'ReduceProd',
  'ReduceL1',
  'ReduceL2',
  'ReduceLogSum',
  'ReduceLogSumExp',
  'ReduceSumSquare',
  'Squeeze',
  'Unsqueeze',
]);

/**
 * Rewrites a node of an older or newer opset to the operators of opset 18; constants it needs are added to `initializers`.
 * Throws UNSUPPORTED_OPERATOR where the meaning cannot be kept.
 */
export function upgradeNode(node: Node, opset: number, initializers: Map<string, Tensor>): readonly Node[] {
  if (node.domain !== '') return [node];
  if (axesOperators.has(node.operator) && node.attributes.has('axes'))
    return [axesToInput(node, initializers)];
  if (node.operator === 'Split' && node.attributes.has('split')) return [splitToInput(node, initializers)];
  if (node.operator === 'Split' && opset < 18 && !node.inputs[1])
    return [withAttribute(node, 'num_outputs', node.outputs.length)];
  if (opset < 13 && (node.operator === 'Softmax' || node.operator === 'LogSoftmax'))
    return flattenedSoftmax(node);
  if (node.operator === 'Dropout' && node.attributes.has('ratio')) return [ratioToInput(node, initializers)];
  if (node.operator === 'Gelu') return writtenOutGelu(node, initializers);
  if (node.operator === 'GroupNormalization' && opset < 21) {
    throw unsupported(
      node,
      'its opset 18 form scales groups instead of channels; export with opset 21 or with opset 17',
    );
  }
  return [node];
}

function axesToInput(node: Node, initializers: Map<string, Tensor>): Node {
  const axes = node.attributes.get('axes');
  if (axes?.type !== 'ints') throw unsupported(node, 'its axes are not a list of integers');
  const name = `${node.name}.axes`;
  initializers.set(name, intsTensor(axes.value));
  return { ...node, inputs: [node.inputs[0]!, name], attributes: without(node, 'axes') };
}

function splitToInput(node: Node, initializers: Map<string, Tensor>): Node {
  const split = node.attributes.get('split');
  if (split?.type !== 'ints') throw unsupported(node, 'its sizes are not a list of integers');
  const name = `${node.name}.split`;
  initializers.set(name, intsTensor(split.value));
  return { ...node, inputs: [node.inputs[0]!, name], attributes: without(node, 'split') };
}

function ratioToInput(node: Node, initializers: Map<string, Tensor>): Node {
  const ratio = node.attributes.get('ratio');
  if (ratio?.type !== 'float') throw unsupported(node, 'its ratio is not a number');
  const name = `${node.name}.ratio`;
  initializers.set(name, floatTensor([], [ratio.value]));
  return { ...node, inputs: [node.inputs[0]!, name], attributes: without(node, 'ratio') };
}

/**
 * Before opset 13 softmax ran over all axes from `axis` (1 if not given) on at once: over the rows of a matrix, whose
 * shape is then given back. Over the last axis alone both meanings are the same.
 */
function flattenedSoftmax(node: Node): readonly Node[] {
  const axis = intAttribute(node, 'axis', 1);
  if (axis === -1) return [withAttribute(node, 'axis', axis)];
  const x = node.inputs[0]!;
  const part = (operator: string, inputs: readonly string[], attributes: Node['attributes']): Node => {
    const name = `${node.name}/${operator}`;
    return { name, operator, domain: '', inputs, outputs: [name], attributes };
  };
  const shape = part('Shape', [x], new Map());
  const flat = part('Flatten', [x], new Map([['axis', { type: 'int', value: axis }]]));
  const rows = part(node.operator, flat.outputs, new Map([['axis', { type: 'int', value: -1 }]]));
  const last = { name: node.name, operator: 'Reshape', domain: '', attributes: new Map() } as const;
  return [
    shape,
    flat,
    rows,
    { ...last, inputs: [rows.outputs[0]!, shape.outputs[0]!], outputs: node.outputs },
  ];
}

/**
 * x·Φ(x) as exporters of opset 18 write it (Hendrycks and Gimpel 2016); runtimes know the pattern and fuse it again.
 * The tanh form is 0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))).
 */
function writtenOutGelu(node: Node, initializers: Map<string, Tensor>): readonly Node[] {
  const x = node.inputs[0]!;
  const nodes: Node[] = [];
  const constant = (label: string, value: number) => {
    initializers.set(`${node.name}.${label}`, floatTensor([], [value]));
    return `${node.name}.${label}`;
  };
  const emit = (operator: string, inputs: readonly string[], label: string) => {
    const name = `${node.name}/${label}`;
    nodes.push({ name, operator, domain: '', inputs, outputs: [name], attributes: new Map() });
    return name;
  };
  let share: string;
  if (stringAttribute(node, 'approximate', 'none') === 'tanh') {
    const cube = emit('Pow', [x, constant('three', 3)], 'Pow');
    const bent = emit('Add', [x, emit('Mul', [cube, constant('bend', 0.044715)], 'Mul_bend')], 'Add_bend');
    share = emit(
      'Tanh',
      [emit('Mul', [bent, constant('slope', Math.sqrt(2 / Math.PI))], 'Mul_slope')],
      'Tanh',
    );
  } else {
    share = emit('Erf', [emit('Div', [x, constant('root', Math.SQRT2)], 'Div')], 'Erf');
  }
  const doubled = emit('Mul', [x, emit('Add', [share, constant('one', 1)], 'Add')], 'Mul');
  const last = { name: node.name, operator: 'Mul', domain: '', attributes: new Map() } as const;
  return [...nodes, { ...last, inputs: [doubled, constant('half', 0.5)], outputs: node.outputs }];
}

function withAttribute(node: Node, name: string, value: number): Node {
  return { ...node, attributes: new Map([...node.attributes, [name, { type: 'int', value }]]) };
}

function without(node: Node, name: string): Node['attributes'] {
  return new Map([...node.attributes].filter(([key]) => key !== name));
}

function unsupported(node: Node, why: string): NetworkError {
  return new NetworkError(
    'UNSUPPORTED_OPERATOR',
    `${node.operator} "${node.name}" cannot be taken: ${why}.`,
    {
      operator: node.operator,
      node: node.name,
    },
  );
}
