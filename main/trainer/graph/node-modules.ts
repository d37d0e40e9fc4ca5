/** Field numbers of ONNX's protobuf messages on the way to a node's metadata. */
const MODEL_GRAPH = 7;
const GRAPH_NODE = 1;
const NODE_METADATA = 9;
const ENTRY_KEY = 1;
const ENTRY_VALUE = 2;

/** A field of an encoded message that holds bytes: a message, a text or packed numbers. */
interface Field {
  readonly number: number;
  readonly bytes: Uint8Array;
}

/**
 * The module each node of an .onnx file was exported from, in the file's order: `blocks.0.0.conv_dw`. PyTorch's newer
 * exporter names nodes by number and keeps the module in the node's metadata, which the library that decodes the rest
 * does not know. Undefined for nodes without; the bytes have been decoded before, so they are a model.
 */
export function nodeModules(model: Uint8Array): readonly (string | undefined)[] {
  return byteFields(model)
    .filter((field) => field.number === MODEL_GRAPH)
    .flatMap((graph) => byteFields(graph.bytes).filter((field) => field.number === GRAPH_NODE))
    .map((node) => moduleOf(node.bytes));
}

function moduleOf(node: Uint8Array): string | undefined {
  for (const field of byteFields(node)) {
    if (field.number !== NODE_METADATA) continue;
    const entry = byteFields(field.bytes);
    const text = (number: number) =>
      new TextDecoder().decode(entry.find((each) => each.number === number)?.bytes ?? new Uint8Array());
    if (text(ENTRY_KEY) === 'namespace') return innermostModule(text(ENTRY_VALUE));
  }
  return undefined;
}

/** `: Net/blocks: Sequential/blocks.0: Block/conv2d: aten.conv2d` lists modules from the outside in, then the operation. */
function innermostModule(namespace: string): string | undefined {
  const scopes = namespace.split('/').slice(0, -1);
  const module = scopes.at(-1)?.split(':')[0]?.trim();
  return module === undefined || module.startsWith('_empty_nn_module_stack') ? undefined : module;
}

function byteFields(message: Uint8Array): readonly Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; at < message.length; factor *= 128) {
      const byte = message[at++]!;
      value += (byte & 127) * factor;
      if (byte < 128) break;
    }
    return value;
  };
  while (at < message.length) {
    const tag = varint();
    const kind = tag % 8;
    if (kind === 0) varint();
    else if (kind === 1) at += 8;
    else if (kind === 5) at += 4;
    else if (kind === 2) {
      const length = varint();
      fields.push({ number: Math.floor(tag / 8), bytes: message.subarray(at, at + length) });
      at += length;
    } else return fields;
  }
  return fields;
}
