import type { onnx } from 'onnx-proto';
import onnxProto from 'onnx-proto';
import { onnxTypeNumbers } from './onnx-types.ts';
import { tensorBytes } from './tensor.ts';
import type { Attribute, Graph, Node, Tensor, ValueInfo } from './types.ts';
import { OPSET } from './types.ts';

/** Facts about a model that travel in its file (class names, preprocessing, licence). */
export type OnnxMetadata = Readonly<Record<string, string>>;

/** Intermediate representation 8 goes with opset 18 and is read by every current runtime. */
const IR_VERSION = 8;

/** Serialises a graph as an .onnx file; the inverse of `readOnnx`. */
export function writeOnnx(graph: Graph, metadata: OnnxMetadata = {}): Uint8Array {
  const domains = new Set(graph.nodes.map((node) => node.domain).filter((domain) => domain !== ''));
  const model = onnxProto.onnx.ModelProto.create({
    irVersion: IR_VERSION,
    producerName: 'enxerto',
    opsetImport: [{ domain: '', version: OPSET }, ...[...domains].map((domain) => ({ domain, version: 1 }))],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: graph.name,
      node: graph.nodes.map(writeNode),
      initializer: [...graph.initializers].map(([name, value]) => writeTensor(value, name)),
      input: graph.inputs.map(writeValueInfo),
      output: graph.outputs.map(writeValueInfo),
    },
  });
  return onnxProto.onnx.ModelProto.encode(model).finish();
}

function writeNode(node: Node): onnx.INodeProto {
  return {
    name: node.name,
    opType: node.operator,
    domain: node.domain,
    input: [...node.inputs],
    output: [...node.outputs],
    attribute: [...node.attributes].map(([name, attribute]) => writeAttribute(name, attribute)),
  };
}

function writeAttribute(name: string, attribute: Attribute): onnx.IAttributeProto {
  const kind = onnxProto.onnx.AttributeProto.AttributeType;
  switch (attribute.type) {
    case 'int':
      return { name, type: kind.INT, i: attribute.value };
    case 'float':
      return { name, type: kind.FLOAT, f: attribute.value };
    case 'string':
      return { name, type: kind.STRING, s: new TextEncoder().encode(attribute.value) };
    case 'tensor':
      return { name, type: kind.TENSOR, t: writeTensor(attribute.value, '') };
    case 'ints':
      return { name, type: kind.INTS, ints: [...attribute.value] };
    case 'floats':
      return { name, type: kind.FLOATS, floats: [...attribute.value] };
    case 'strings':
      return {
        name,
        type: kind.STRINGS,
        strings: attribute.value.map((value) => new TextEncoder().encode(value)),
      };
  }
}

function writeTensor(value: Tensor, name: string): onnx.ITensorProto {
  return { name, dims: [...value.dims], dataType: onnxTypeNumbers[value.dtype], rawData: tensorBytes(value) };
}

function writeValueInfo(info: ValueInfo): onnx.IValueInfoProto {
  const elemType = onnxTypeNumbers[info.dtype];
  if (info.dims === null) return { name: info.name, type: { tensorType: { elemType } } };
  const dim = info.dims.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name: info.name, type: { tensorType: { elemType, shape: { dim } } } };
}
