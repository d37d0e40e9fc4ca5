import type { onnx } from 'onnx-proto';
import onnxProto from 'onnx-proto';
import { tensorAttribute } from './attributes.ts';
import { NetworkError } from './errors.ts';
import { lostWeights } from './lost-weights.ts';
import { nodeModules } from './node-modules.ts';
import { elementTypeOf } from './onnx-types.ts';
import { upgradeNode } from './opset.ts';
import { keepReachable } from './reachable.ts';
import { floatTensor, tensor, tensorFromBytes } from './tensor.ts';
import type { Attribute, Dim, Domain, ElementType, Graph, Node, Tensor, ValueInfo } from './types.ts';

/** Oldest and newest opset whose operators can be rewritten to ours. */
const OLDEST_OPSET = 7;
const NEWEST_OPSET = 28;

type Long = onnx.IAttributeProto['i'];

/** Where in another file a tensor's bytes lie; to its end where no length is given. */
export interface ExternalPlace {
  readonly location: string;
  readonly offset: number;
  readonly length: number | null;
}

/** Gives the bytes of the value of this name. */
export type ExternalData = (place: ExternalPlace, value: string) => Uint8Array;

/**
 * Reads an .onnx file into a graph of opset 18 operators. `external`: finds what lies in files beside it (`openOnnx`).
 * Throws NetworkError: NOT_ONNX for other files, UNSUPPORTED_OPSET, UNSUPPORTED_TYPE,
 * UNSUPPORTED_OPERATOR (control flow, unknown domains), INVALID_GRAPH (damaged data, or in another file that is not given).
 */
export function readOnnx(bytes: Uint8Array, external: ExternalData = notGiven): Graph {
  const model = decode(bytes);
  const proto = model.graph;
  if (!proto || (proto.node ?? []).length === 0) {
    throw new NetworkError(
      'NOT_ONNX',
      'This file holds no ONNX network. Export the model as .onnx and choose that file.',
    );
  }
  const opset = opsetOf(model);
  const initializers = new Map<string, Tensor>();
  for (const proto_ of proto.initializer ?? [])
    initializers.set(proto_.name ?? '', readTensor(proto_, external));
  const withWeights = [...initializers.values()].some(isArray);
  const nodes: Node[] = [];
  const taken = new Set<string>();
  const modules = nodeModules(bytes);
  for (const [at, node] of (proto.node ?? []).entries()) {
    const read = readNode(node, taken, modules[at]);
    const value = withWeights ? undefined : tensorAttribute(read, 'value');
    // Some programs write all weights as nodes; where there are initializers, nodes are no weights.
    if (value && read.operator === 'Constant' && isArray(value)) initializers.set(read.outputs[0]!, value);
    else nodes.push(...upgradeNode(read, opset, initializers));
  }
  const inputs = (proto.input ?? []).map(readValueInfo).filter((input) => !initializers.has(input.name));
  const outputs = (proto.output ?? []).map(readValueInfo);
  return withoutUnread({
    name: proto.name || 'network',
    nodes: sortNodes(nodes, inputs, initializers),
    inputs,
    outputs,
    initializers,
    types: new Map(),
  });
}

/** What no output depends on is left out, inputs too: tf2onnx keeps one for every constant that it computed away. */
function withoutUnread(graph: Graph): Graph {
  const { nodes } = keepReachable(graph);
  const read = new Set([...nodes.flatMap((node) => node.inputs), ...graph.outputs.map(({ name }) => name)]);
  const inputs = graph.inputs.filter(({ name }) => read.has(name));
  const types = inputs.map(({ name, dtype, dims }) => [name, { dtype, dims }] as const);
  return { ...graph, nodes, inputs, types: new Map(types) };
}

function isArray({ dtype, dims }: Tensor): boolean {
  return (dtype === 'float32' || dtype === 'float16') && dims.length > 0;
}

function decode(bytes: Uint8Array): onnx.ModelProto {
  try {
    return onnxProto.onnx.ModelProto.decode(bytes);
  } catch (cause) {
    const error = new NetworkError(
      'NOT_ONNX',
      'This file is not an ONNX network, or it is damaged. Export the model as .onnx again.',
    );
    error.cause = cause;
    throw error;
  }
}

function opsetOf(model: onnx.ModelProto): number {
  const version = Number(
    model.opsetImport.find((entry) => !entry.domain || entry.domain === 'ai.onnx')?.version ?? 0,
  );
  if (version < OLDEST_OPSET || version > NEWEST_OPSET) {
    throw new NetworkError(
      'UNSUPPORTED_OPSET',
      `The network uses ONNX opset ${version}; opsets ${OLDEST_OPSET} to ${NEWEST_OPSET} can be read. Export it again with opset 18.`,
      { reason: 'opset', params: { opset: version, oldest: OLDEST_OPSET, newest: NEWEST_OPSET } },
    );
  }
  return version;
}

/** A node gets the name of its module where the file says it apart from the name. */
function readNode(proto: onnx.INodeProto, taken: Set<string>, module: string | undefined): Node {
  const operator = proto.opType ?? '';
  const outputs = proto.output ?? [];
  const inModule = module === undefined ? undefined : `/${[...module.split('.'), operator].join('/')}`;
  const wanted = inModule?.replaceAll('//', '/') || proto.name || `/${operator}/${outputs[0] ?? ''}`;
  let name = wanted;
  for (let suffix = 1; taken.has(name); suffix++) name = `${wanted}_${suffix}`;
  taken.add(name);
  const domain = proto.domain === 'ai.onnx' ? '' : (proto.domain ?? '');
  if (domain !== '' && domain !== 'com.microsoft') {
    throw new NetworkError(
      'UNSUPPORTED_OPERATOR',
      `Operator ${domain}.${operator} ("${name}") is not a standard ONNX operator. Export the network without it.`,
      { operator, node: name, reason: 'foreignOperator', params: { domain } },
    );
  }
  const attributes = new Map<string, Attribute>();
  for (const attribute of proto.attribute ?? []) {
    attributes.set(attribute.name ?? '', readAttribute(attribute, operator, name));
  }
  return { name, operator, domain: domain as Domain, inputs: proto.input ?? [], outputs, attributes };
}

function readAttribute(proto: onnx.IAttributeProto, operator: string, node: string): Attribute {
  const kind = onnxProto.onnx.AttributeProto.AttributeType;
  switch (proto.type) {
    case kind.INT:
      return { type: 'int', value: number(proto.i) };
    case kind.FLOAT:
      return { type: 'float', value: proto.f ?? 0 };
    case kind.STRING:
      return { type: 'string', value: text(proto.s) };
    case kind.TENSOR:
      return { type: 'tensor', value: readTensor(proto.t ?? {}) };
    case kind.INTS:
      return { type: 'ints', value: (proto.ints ?? []).map(number) };
    case kind.FLOATS:
      return { type: 'floats', value: proto.floats ?? [] };
    case kind.STRINGS:
      return { type: 'strings', value: (proto.strings ?? []).map(text) };
    default:
      throw new NetworkError(
        'UNSUPPORTED_OPERATOR',
        `${operator} ("${node}") has attribute "${proto.name}" of a kind that cannot be taken (control flow or sparse data). Export the network without branches and loops.`,
        { operator, node, reason: 'controlFlow', params: { attribute: proto.name ?? '' } },
      );
  }
}

function number(value: Long): number {
  return value === null || value === undefined ? 0 : Number(value.toString());
}

function text(bytes: Uint8Array | null | undefined): string {
  return new TextDecoder().decode(bytes ?? new Uint8Array());
}

function readTensor(proto: onnx.ITensorProto, external: ExternalData = notGiven): Tensor {
  const name = proto.name ?? '';
  const dims = (proto.dims ?? []).map(number);
  const dtype = elementTypeOf(proto.dataType ?? 0);
  if (dtype === undefined) {
    throw new NetworkError(
      'UNSUPPORTED_TYPE',
      `Tensor "${name}" has ONNX element type ${proto.dataType}, which cannot be used.`,
      { reason: 'elementType', params: { value: name, type: proto.dataType ?? 0 } },
    );
  }
  const entries = proto.externalData ?? [];
  if (entries.length > 0) return tensorFromBytes(dtype, dims, external(placeOf(entries), name));
  if (proto.rawData && proto.rawData.length > 0) return tensorFromBytes(dtype, dims, proto.rawData);
  return typedTensor(proto, dtype, dims);
}

function placeOf(entries: readonly onnx.IStringStringEntryProto[]): ExternalPlace {
  const said = new Map(entries.map(({ key, value }) => [key ?? '', value ?? '']));
  const length = said.get('length');
  return {
    location: said.get('location') ?? '',
    offset: Number(said.get('offset') ?? 0),
    length: length === undefined ? null : Number(length),
  };
}

function notGiven({ location }: ExternalPlace, name: string): never {
  throw new NetworkError(
    'INVALID_GRAPH',
    `The weights of "${name}" lie in a separate file. Export the network as one .onnx file (external data off).`,
    { reason: 'separateWeights', params: { value: name, file: location } },
  );
}

function typedTensor(proto: onnx.ITensorProto, dtype: ElementType, dims: readonly number[]): Tensor {
  switch (dtype) {
    case 'float32':
      return floatTensor(dims, Float32Array.from(proto.floatData ?? []));
    case 'float64':
      return tensor('float64', dims, Float64Array.from(proto.doubleData ?? []));
    case 'int64':
      return tensor(
        'int64',
        dims,
        BigInt64Array.from(proto.int64Data ?? [], (value) => BigInt(value.toString())),
      );
    case 'int32':
      return tensor('int32', dims, Int32Array.from(proto.int32Data ?? []));
    case 'float16':
      return tensor('float16', dims, Uint16Array.from(proto.int32Data ?? []));
    case 'int8':
      return tensor('int8', dims, Int8Array.from(proto.int32Data ?? []));
    case 'uint8':
    case 'bool':
      return tensor(dtype, dims, Uint8Array.from(proto.int32Data ?? []));
  }
}

function readValueInfo(proto: onnx.IValueInfoProto): ValueInfo {
  const type = proto.type?.tensorType;
  const dtype = elementTypeOf(type?.elemType ?? 1);
  if (dtype === undefined) {
    throw new NetworkError(
      'UNSUPPORTED_TYPE',
      `"${proto.name}" has ONNX element type ${type?.elemType}, which cannot be used.`,
      { reason: 'elementType', params: { value: proto.name ?? '', type: type?.elemType ?? 0 } },
    );
  }
  const dims = type?.shape
    ? (type.shape.dim ?? []).map(
        (dim, axis): Dim => (dim.dimValue ? number(dim.dimValue) : dim.dimParam || `${proto.name}.${axis}`),
      )
    : null;
  return { name: proto.name ?? '', dtype, dims };
}

/** Files may list nodes in any order that a sort can repair; a cycle or a missing value cannot be. */
function sortNodes(
  nodes: readonly Node[],
  inputs: readonly ValueInfo[],
  initializers: ReadonlyMap<string, Tensor>,
): Node[] {
  const known = new Set<string>(['', ...inputs.map((input) => input.name), ...initializers.keys()]);
  const sorted: Node[] = [];
  let waiting = [...nodes];
  while (waiting.length > 0) {
    const later: Node[] = [];
    for (const node of waiting) {
      if (node.inputs.every((input) => known.has(input))) {
        sorted.push(node);
        for (const output of node.outputs) known.add(output);
      } else later.push(node);
    }
    if (later.length === waiting.length) {
      const computed = new Set(nodes.flatMap((node) => node.outputs));
      const lost = lostWeights(nodes, (value) => !known.has(value) && !computed.has(value));
      if (lost) throw lost;
      const stuck = later[0]!;
      const missing = stuck.inputs.find((input) => !known.has(input));
      throw new NetworkError(
        'INVALID_GRAPH',
        `${stuck.operator} "${stuck.name}" reads "${missing}", which nothing computes.`,
        {
          operator: stuck.operator,
          node: stuck.name,
          reason: 'missingValue',
          params: { value: missing ?? '' },
        },
      );
    }
    waiting = later;
  }
  return sorted;
}
