import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import onnxProto from 'onnx-proto';
import { readOnnx } from '../../../main/trainer/graph/onnx-reader.ts';
import { floatTensor, tensorBytes } from '../../../main/trainer/graph/tensor.ts';
import type { FloatTensor, Graph, Tensor } from '../../../main/trainer/graph/types.ts';
import { readSafetensors } from './safetensors.ts';
import { seededFloats, seededProjections } from './seeded.ts';

const folder = new URL('../../fixtures/trainer/topologies/', import.meta.url);

/** How a network was written: by torch.jit (`legacy`) or by torch.export (`dynamo`). */
export type Exporter = 'legacy' | 'dynamo';

/** Every exported network: MobileNetV2 … MobileViT, from one or both exporters. */
export const topologies: readonly (readonly [name: string, exporter: Exporter])[] = readdirSync(folder)
  .map((file) => /^(.+)\.(legacy|dynamo)\.onnx\.gz$/.exec(file))
  .filter((match) => match !== null)
  .map((match) => [match[1]!, match[2] as Exporter] as const);

/** Where a network's parameter is found in an exported file. */
export interface HeldParameter {
  /** PyTorch's name, as in `references(name).parameters`; a batch statistic's name ends in `running_mean` or `running_var`. */
  readonly parameter: string;
  /** Shape of the initializer. */
  readonly dims: readonly number[];
  /** [1, 0] where the initializer is the parameter transposed. */
  readonly axes?: readonly number[];
}

interface Seeded {
  readonly dims: readonly number[];
  readonly offset: number;
  readonly scale: number;
}

interface TopologyRecord {
  readonly images: Seeded;
  readonly labels: readonly number[];
  readonly loss: number;
  readonly logits: readonly (readonly number[])[];
  readonly parameters: Readonly<Record<string, Seeded & { readonly decay: boolean }>>;
  readonly buffers: Readonly<Record<string, Seeded>>;
  readonly exporters: Readonly<
    Record<string, { readonly nodes: number; readonly initializers: Readonly<Record<string, HeldParameter>> }>
  >;
}

/** An array of a parameter's shape of which only its length and its projections on 16 seeded vectors of ±1 are kept. */
export interface Sketch {
  readonly norm: number;
  readonly projections: readonly number[];
}

/** What PyTorch computed for one parameter in float64. */
export interface ParameterReference {
  readonly name: string;
  readonly dims: readonly number[];
  /** Whether the optimisers below decay it: two axes or more. */
  readonly decay: boolean;
  readonly gradient: Sketch;
  /** Weight change of one step of SGD: rate 1, momentum 0.9, weight decay 1e-4. */
  readonly sgd: Sketch;
  /** Weight change of one step of AdamW: rate 1e-3, betas 0.9 and 0.999, epsilon 1e-4, weight decay 0.05. */
  readonly adamw: Sketch;
}

/** What PyTorch computed for a network: mean cross-entropy of two seeded images of 10 classes, whose logits are given. */
export interface References {
  readonly images: FloatTensor;
  readonly labels: readonly number[];
  /** One-hot [batch, classes]. */
  readonly target: FloatTensor;
  readonly loss: number;
  readonly logits: FloatTensor;
  readonly parameters: ReadonlyMap<string, ParameterReference>;
}

/** MobileNetV2 as Keras and tf2onnx write it: NHWC images `images` [N, 64, 64, 3], every weight one repeated number. */
export function kerasFile(): Uint8Array {
  return gunzipSync(readFileSync(new URL('mobilenetv2.keras.onnx.gz', folder)));
}

let lastFile: { readonly key: string; readonly bytes: Uint8Array } | undefined;

/** The exported .onnx file, weights filled in, as a user would bring it (stack traces apart); the last one is kept. */
export function topologyFile(name: string, exporter: Exporter): Uint8Array {
  const key = `${name}.${exporter}`;
  if (lastFile?.key !== key) lastFile = { key, bytes: composeFile(name, exporter) };
  return lastFile.bytes;
}

function composeFile(name: string, exporter: Exporter): Uint8Array {
  const record = readRecord(name);
  const structure = gunzipSync(readFileSync(new URL(`${name}.${exporter}.onnx.gz`, folder)));
  const initializer = [...heldParameters(name, exporter)].map(([initializerName, held]) => ({
    name: initializerName,
    dims: [...held.dims],
    dataType: 1,
    rawData: tensorBytes(initialValue(record, held)),
  }));
  const weights = onnxProto.onnx.GraphProto.encode({ initializer }).finish();
  return withGraphFields(structure, weights);
}

/** The network as the product reads it. */
export function loadTopology(name: string, exporter: Exporter): Graph {
  return readOnnx(topologyFile(name, exporter));
}

/** Initializer name → the parameter or batch statistic it holds. */
export function heldParameters(name: string, exporter: Exporter): ReadonlyMap<string, HeldParameter> {
  return new Map(Object.entries(readRecord(name).exporters[exporter]!.initializers));
}

/** The network's weights and statistics by PyTorch's names, as its state dict holds them. */
export function stateDict(name: string): Map<string, Tensor> {
  const { parameters, buffers } = readRecord(name);
  return new Map(
    Object.entries({ ...parameters, ...buffers }).map(([parameter, { dims, offset, scale }]) => [
      parameter,
      seededFloats(parameter, dims, offset, scale),
    ]),
  );
}

/** What PyTorch computed for a network. The gradients' names are parameters: see `heldParameters`. */
export function references(name: string): References {
  const record = readRecord(name);
  const tables = readSafetensors(new URL(`${name}.reference.safetensors`, folder));
  const classes = record.logits[0]!.length;
  const parameters = Object.entries(record.parameters).map(([parameter, { dims, decay }], row) => {
    const sketch = (kind: string) => sketchOf(tables.get(kind)!, row);
    const found: ParameterReference = {
      name: parameter,
      dims,
      decay,
      gradient: sketch('gradient'),
      sgd: sketch('sgd'),
      adamw: sketch('adamw'),
    };
    return [parameter, found] as const;
  });
  return {
    images: seededImages(name, record.labels.length),
    labels: record.labels,
    target: floatTensor(
      [record.labels.length, classes],
      record.labels.flatMap((label) => Array.from({ length: classes }, (_, at) => Number(at === label))),
    ),
    loss: record.loss,
    logits: floatTensor([record.labels.length, classes], record.logits.flat()),
    parameters: new Map(parameters),
  };
}

/** A network's seeded images [count, 3, height, width]; the first two are those of the references. */
export function seededImages(name: string, count: number): FloatTensor {
  const { dims, offset, scale } = readRecord(name).images;
  return seededFloats(`${name}/images`, [count, ...dims.slice(1)], offset, scale);
}

/**
 * How far an array (a gradient, a weight change), in the layout of the initializer it belongs to, is from the one
 * PyTorch computed: an estimate of ‖difference‖, and the exact norm of PyTorch's.
 *
 * Each projection of the difference d on a vector of random signs has the variance ‖d‖², so their mean square over 16
 * vectors is ‖d‖² times a chi-square of 16 degrees of freedom over 16: the estimate is below half the true distance
 * with a probability of 0.1 %, and above twice the true distance with one of 1e-7. A difference that is a few
 * elements, or one, is seen as well as one that is spread out.
 */
export function distance(
  values: Tensor,
  held: HeldParameter,
  reference: Sketch,
): { readonly difference: number; readonly norm: number } {
  const projections = seededProjections(held.parameter, inParameterLayout(values, held));
  const squares = projections.map((projection, k) => (projection - reference.projections[k]!) ** 2);
  const mean = squares.reduce((sum, square) => sum + square, 0) / squares.length;
  return { difference: Math.sqrt(mean), norm: reference.norm };
}

function sketchOf(table: Tensor, row: number): Sketch {
  const columns = table.dims[1]!;
  const [norm, ...projections] = (table.data as Float32Array).subarray(row * columns, (row + 1) * columns);
  return { norm: norm!, projections };
}

function inParameterLayout(values: Tensor, held: HeldParameter): Float32Array {
  const data = values.data as Float32Array;
  return held.axes ? transposed(data, held.dims[0]!, held.dims[1]!) : data;
}

function initialValue(record: TopologyRecord, held: HeldParameter): FloatTensor {
  const { dims, offset, scale } = record.parameters[held.parameter] ?? record.buffers[held.parameter]!;
  const value = seededFloats(held.parameter, dims, offset, scale);
  return floatTensor(held.dims, held.axes ? transposed(value.data, dims[0]!, dims[1]!) : value.data);
}

function transposed(data: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(data.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      result[column * rows + row] = data[row * columns + column]!;
  return result;
}

const records = new Map<string, TopologyRecord>();

function readRecord(name: string): TopologyRecord {
  const known = records.get(name);
  if (known) return known;
  const text = gunzipSync(readFileSync(new URL(`${name}.json.gz`, folder))).toString('utf8');
  const record = JSON.parse(text) as TopologyRecord;
  records.set(name, record);
  return record;
}

/** Field 7 of a model, its graph, as protobuf writes it: the tag, the length in 7-bit groups, the bytes. */
const GRAPH_TAG = (7 << 3) | 2;

/** Appends encoded fields to the graph of an encoded model; decoding and encoding again would lose what onnx-proto does not know. */
function withGraphFields(model: Uint8Array, fields: Uint8Array): Uint8Array {
  let at = 0;
  while (at < model.length) {
    const start = at;
    const [tag, afterTag] = varint(model, at);
    const [value, afterValue] = varint(model, afterTag);
    at = (tag & 7) === 2 ? afterValue + value : afterValue;
    if (tag !== GRAPH_TAG) continue;
    const head = Uint8Array.of(GRAPH_TAG, ...varintBytes(value + fields.length));
    return Buffer.concat([
      model.subarray(0, start),
      head,
      model.subarray(afterValue, at),
      fields,
      model.subarray(at),
    ]);
  }
  throw new Error('The fixture holds no graph; run export.py.');
}

function varint(bytes: Uint8Array, start: number): readonly [value: number, end: number] {
  let value = 0;
  let at = start;
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[at++]!;
    value += (byte & 127) * factor;
    if (byte < 128) return [value, at];
  }
}

function varintBytes(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varintBytes(Math.floor(value / 128))];
}
