import { intAttribute, intsAttribute } from '../graph/attributes.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { cutPlaces } from '../graph/crossing.ts';
import { outputsOnly } from '../graph/cut.ts';
import { lengthPerImage } from '../graph/dims.ts';
import type { Graph, Node } from '../graph/types.ts';

/** The classifier at a network's end. */
export interface Classifier {
  /** What it reads, one row an image; null where that is a map, and the rows are its means over the map. */
  readonly features: string | null;
  /** The map it reads, where it is a convolution. */
  readonly map: string | null;
  /** Its answers [N, classes]. */
  readonly logits: string;
}

/** Operators that answers pass through without a decision of their own. */
const transparent = new Set(['Identity', 'Dropout', 'Softmax', 'LogSoftmax', 'Sigmoid', 'Cast']);
const products = new Set(['Gemm', 'MatMul']);
/** What stands between a classifier that is a convolution and its answers. */
const afterMaps = new Set([
  ...['Flatten', 'Reshape', 'Squeeze', 'Transpose', 'Relu', 'Identity', 'Dropout'],
  ...['GlobalAveragePool', 'AveragePool', 'ReduceMean'],
]);
/** What several classifiers side by side consist of, whose answers are averaged. */
const affine = new Set(['Gemm', 'MatMul', 'Add', 'Sub', 'Mul', 'Div', 'Mean', 'Sum', 'BatchNormalization']);

/** Finds the classifier that gives an output of a specialised network; null where it ends in features. */
export function classifierOf(graph: Graph, output: string): Classifier | null {
  const producers = new Map<string, Node>();
  for (const node of graph.nodes) for (const value of node.outputs) producers.set(value, node);
  let logits = output;
  for (;;) {
    const node = producers.get(logits);
    if (node === undefined || !transparent.has(node.operator)) break;
    logits = node.inputs[0]!;
  }
  return (
    product(graph, producers, logits) ?? convolution(graph, producers, logits) ?? sideBySide(graph, logits)
  );
}

/** The network with the means of a classifier's map as an output, where it has no row of features itself. */
export function withFeatures(
  graph: Graph,
  { features, map }: Classifier,
): { readonly graph: Graph; readonly features: string } {
  if (features !== null) return { graph, features };
  const builder = new GraphBuilder(graph);
  const pooled = builder.op('GlobalAveragePool', [map!], { name: 'enxerto.pooled' });
  const row = builder.op('Flatten', [pooled], { name: 'enxerto.pooled.row' });
  const outputs = graph.outputs.map(({ name }) => name);
  return { graph: builder.finish(graph.name, [...outputs, row]), features: row };
}

const dimsOf = (graph: Graph, value: string) => graph.types.get(value)?.dims ?? [];
const isRow = (graph: Graph, value: string) => dimsOf(graph, value).length === 2;

/** A matrix of weights, with or without a bias. */
function product(graph: Graph, producers: ReadonlyMap<string, Node>, logits: string): Classifier | null {
  const isConstant = (value: string | undefined) => value !== undefined && graph.initializers.has(value);
  const last = producers.get(logits);
  const added = last?.operator === 'Add' && last.inputs.some(isConstant);
  const node = added ? producers.get(last.inputs.find((input) => !isConstant(input)) ?? '') : last;
  if (node === undefined || !products.has(node.operator) || !isConstant(node.inputs[1])) return null;
  const features = node.inputs[0]!;
  return isRow(graph, features) ? { features, map: null, logits } : null;
}

/** A convolution of single pixels, before or after the mean over the map. */
function convolution(graph: Graph, producers: ReadonlyMap<string, Node>, logits: string): Classifier | null {
  let node = producers.get(logits);
  while (node !== undefined && afterMaps.has(node.operator)) node = producers.get(node.inputs[0]!);
  if (node?.operator !== 'Conv' || intAttribute(node, 'group', 1) !== 1) return null;
  const kernel = graph.initializers.get(node.inputs[1]!)?.dims;
  const isOfPixels = kernel?.length === 4 && kernel[2] === 1 && kernel[3] === 1;
  const strides = intsAttribute(node, 'strides') ?? [];
  // A map that is laid out flat instead of averaged has more answers than the convolution has channels.
  const isWhole = lengthPerImage(dimsOf(graph, logits)[1] ?? 0) === kernel?.[0];
  if (!isOfPixels || !isWhole || strides.some((stride) => stride !== 1)) return null;
  return { features: null, map: node.inputs[0]!, logits };
}

/** Several classifiers that read the same row: the last value through which everything passes, with weights behind it. */
function sideBySide(graph: Graph, logits: string): Classifier | null {
  const part = outputsOnly(graph, [logits]);
  const places = cutPlaces(part);
  let weights = 0;
  for (const node of [...part.nodes].reverse()) {
    const [value, ...others] = places.get(node) ?? [];
    if (value !== undefined && others.length === 0 && weights > 0 && isRow(part, value))
      return { features: value, map: null, logits };
    if (!affine.has(node.operator)) return null;
    if (products.has(node.operator)) weights++;
  }
  return null;
}
