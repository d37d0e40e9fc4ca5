import { intAttribute, stringAttribute } from './attributes.ts';
import { NetworkError, type NetworkErrorDetail } from './errors.ts';
import { floatTensor, intsTensor } from './tensor.ts';
import type { Attribute, Node, Tensor } from './types.ts';
import { writtenOut } from './written-out.ts';

/** Operators whose `axes` moved from an attribute to an input between opset 7 and 18. */
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
export function upgradeNode(given: Node, opset: number, initializers: Map<string, Tensor>): readonly Node[] {
  if (given.domain !== '') return [given];
  const node = opset < 11 ? fromBefore11(given, opset, initializers) : given;
  if (axesOperators.has(node.operator) && node.attributes.has('axes'))
    return [axesToInput(node, initializers)];
  if (node.operator === 'Split' && node.attributes.has('split')) return [splitToInput(node, initializers)];
  if (node.operator === 'Split' && opset < 18 && !node.inputs[1])
    return [withAttribute(node, 'num_outputs', node.outputs.length)];
  if (opset < 13 && (node.operator === 'Softmax' || node.operator === 'LogSoftmax'))
    return flattenedSoftmax(node);
  if (node.operator === 'Dropout' && node.attributes.has('ratio')) return [ratioToInput(node, initializers)];
  const parts = writtenOut(node, initializers);
  if (parts !== null) return parts;
  if (node.operator === 'GroupNormalization' && opset < 21) {
    throw unsupported(
      node,
      'its opset 18 form scales groups instead of channels; export with opset 21 or with opset 17',
      { reason: 'olderGroupNormalization' },
    );
  }
  if (node.operator === 'SpaceToDepth') {
    if (stringAttribute(node, 'mode', 'DCR') !== 'DCR')
      throw unsupported(node, 'it orders its blocks as CRD, which opset 18 does not know');
    return [without(node, 'mode')];
  }
  // What they say concerns element types that no network here has: 8-bit floats, and ranges of halves.
  if (node.operator === 'Cast' || node.operator === 'CastLike')
    return [without(node, 'saturate', 'round_mode')];
  if (node.operator === 'Range') return [without(node, 'stash_type')];
  return [node];
}

/** Until opset 10 much was an attribute that is an input from then on, and enlarged maps began at their corner. */
function fromBefore11(node: Node, opset: number, initializers: Map<string, Tensor>): Node {
  const withInputs = (...names: readonly string[]) => attributesToInputs(node, names, initializers);
  switch (node.operator) {
    case 'Clip':
      return withInputs('min', 'max');
    case 'Pad':
      return withInputs('pads', 'value');
    case 'Slice':
      return opset < 10 ? withInputs('starts', 'ends', 'axes') : node;
    case 'Upsample':
    case 'Resize': {
      const scales = asInput(node, 'scales', initializers) || node.inputs[1]!;
      const kept = withText(without(node, 'scales'), 'coordinate_transformation_mode', 'asymmetric');
      return {
        ...withText(kept, 'nearest_mode', 'floor'),
        operator: 'Resize',
        inputs: [node.inputs[0]!, '', scales],
      };
    }
    case 'BatchNormalization':
      if (intAttribute(node, 'spatial', 1) !== 1)
        throw unsupported(node, 'it has statistics for every pixel; export it with those of channels');
      return without(node, 'spatial');
    default:
      return node;
  }
}

function axesToInput(node: Node, initializers: Map<string, Tensor>): Node {
  if (node.attributes.get('axes')?.type !== 'ints')
    throw unsupported(node, 'its axes are not a list of integers');
  return attributesToInputs(node, ['axes'], initializers);
}

function splitToInput(node: Node, initializers: Map<string, Tensor>): Node {
  if (node.attributes.get('split')?.type !== 'ints')
    throw unsupported(node, 'its sizes are not a list of integers');
  return attributesToInputs(node, ['split'], initializers);
}

function ratioToInput(node: Node, initializers: Map<string, Tensor>): Node {
  if (node.attributes.get('ratio')?.type !== 'float') throw unsupported(node, 'its ratio is not a number');
  return attributesToInputs(node, ['ratio'], initializers);
}

/** A node with attributes of these names as its inputs behind the first; an input that is not given is empty. */
function attributesToInputs(node: Node, names: readonly string[], initializers: Map<string, Tensor>): Node {
  const inputs = names.map((name) => asInput(node, name, initializers));
  return { ...without(node, ...names), inputs: [node.inputs[0]!, ...inputs] };
}

/** The name of the constant that an attribute becomes; empty where there is none of numbers. */
function asInput(node: Node, name: string, initializers: Map<string, Tensor>): string {
  const said = node.attributes.get(name);
  if (said?.type !== 'float' && said?.type !== 'floats' && said?.type !== 'ints') return '';
  const constant = `${node.name}.${name}`;
  initializers.set(constant, constantOf(said));
  return constant;
}

function constantOf(said: Extract<Attribute, { type: 'float' | 'floats' | 'ints' }>): Tensor {
  if (said.type === 'ints') return intsTensor(said.value);
  return said.type === 'float' ? floatTensor([], [said.value]) : floatTensor([said.value.length], said.value);
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

function withAttribute(node: Node, name: string, value: number): Node {
  return { ...node, attributes: new Map([...node.attributes, [name, { type: 'int', value }]]) };
}

function withText(node: Node, name: string, value: string): Node {
  return { ...node, attributes: new Map([...node.attributes, [name, { type: 'string', value }]]) };
}

function without(node: Node, ...names: readonly string[]): Node {
  return { ...node, attributes: new Map([...node.attributes].filter(([key]) => !names.includes(key))) };
}

function unsupported({ operator, name }: Node, why: string, detail: NetworkErrorDetail = {}): NetworkError {
  const message = `${operator} "${name}" cannot be taken: ${why}.`;
  return new NetworkError('UNSUPPORTED_OPERATOR', message, { operator, node: name, ...detail });
}
