import { intsAttribute } from './attributes.ts';
import { lengthPerImage } from './dims.ts';
import { windowGeometry } from './geometry.ts';
import { tensorInts } from './tensor.ts';
import type { Dim, Graph, Node } from './types.ts';

/** How many pixels of the input one element of a value depends on, along the longer side; Infinity for all of them. */
interface Field {
  readonly pixels: number;
  /** Pixels between neighbouring elements. */
  readonly step: number;
}

const everything: Field = { pixels: Number.POSITIVE_INFINITY, step: 1 };
const windows = new Set(['Conv', 'MaxPool', 'AveragePool', 'LpPool']);
const global = new Set(['GlobalAveragePool', 'GlobalMaxPool']);

/**
 * The receptive field of every value of a specialised graph that depends on its image input [N, C, H, W], in pixels;
 * Infinity where an element depends on the whole image (attention, global pooling, a layer over flattened maps).
 * Dumoulin and Visin 2016. An upper bound: padding and branches that do not meet are not looked at.
 */
export function receptiveFields(graph: Graph, image: string): ReadonlyMap<string, number> {
  const fields = new Map<string, Field>([[image, { pixels: 1, step: 1 }]]);
  for (const node of graph.nodes) {
    const inputs = operands(node, graph).flatMap((input) => fields.get(input) ?? []);
    if (inputs.length === 0) continue;
    const widest = inputs.reduce((a, b) => ({
      pixels: Math.max(a.pixels, b.pixels),
      step: Math.max(a.step, b.step),
    }));
    const field = after(node, widest, inputs.length, graph);
    for (const output of node.outputs) fields.set(output, field);
  }
  return new Map([...fields].map(([value, field]) => [value, field.pixels]));
}

/** A gate, one number a channel (squeeze and excitation), scales what is there: it is not counted. */
function operands(node: Node, graph: Graph): readonly string[] {
  const result = dimsOf(graph, node.outputs[0] ?? '')?.join();
  const whole = node.inputs.filter((input) => dimsOf(graph, input)?.join() === result);
  return node.operator === 'Mul' && whole.length > 0 ? whole : node.inputs;
}

function after(node: Node, field: Field, operandCount: number, graph: Graph): Field {
  const dims = dimsOf(graph, node.inputs[0]!);
  if (global.has(node.operator)) return everything;
  if (windows.has(node.operator) && dims) return throughWindow(node, field, dims, graph);
  // Every token meets every other one.
  if ((node.operator === 'MatMul' || node.operator === 'Einsum') && operandCount > 1) return everything;
  if (node.operator.startsWith('Reduce') && dims && mixesPlaces(node, dims, graph)) return everything;
  if (node.operator === 'Flatten' || node.operator === 'Reshape') {
    const flat = dimsOf(graph, node.outputs[0]!);
    const plane = dims && dims.length === 4 ? lengthPerImage(dims[2]!) * lengthPerImage(dims[3]!) : 1;
    return flat?.length === 2 && plane > 1 ? everything : field;
  }
  if (node.operator !== 'Resize' || !dims) return field;
  const [from, to] = [dims.at(-2), dimsOf(graph, node.outputs[0]!)?.at(-2)];
  return typeof from === 'number' && typeof to === 'number'
    ? { pixels: field.pixels + field.step, step: (field.step * from) / to }
    : field;
}

function throughWindow(node: Node, field: Field, dims: readonly Dim[], graph: Graph): Field {
  const weight = dimsOf(graph, node.inputs[1] ?? '')
    ?.slice(2)
    .map(Number);
  const kernel = node.operator === 'Conv' ? weight : intsAttribute(node, 'kernel_shape');
  if (!kernel) return everything;
  const { strides, dilations } = windowGeometry(node, dims, kernel);
  const reach = Math.max(...kernel.map((length, axis) => (length - 1) * dilations[axis]!));
  return { pixels: field.pixels + reach * field.step, step: field.step * Math.max(...strides) };
}

/** Whether a reduction goes over more than the last axis of tokens or the channels of a map. */
function mixesPlaces(node: Node, dims: readonly Dim[], graph: Graph): boolean {
  const given = graph.initializers.get(node.inputs[1] ?? '');
  const axes = given ? tensorInts(given).map((axis) => (axis < 0 ? axis + dims.length : axis)) : undefined;
  if (axes === undefined) return true;
  const features = dims.length === 4 ? [1, 3] : [dims.length - 1];
  return axes.length > 1 || !axes.every((axis) => features.includes(axis));
}

function dimsOf(graph: Graph, value: string): readonly Dim[] | null | undefined {
  return graph.types.get(value)?.dims ?? graph.initializers.get(value)?.dims;
}
