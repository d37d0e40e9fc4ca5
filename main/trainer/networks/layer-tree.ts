import { multiplyAdds, valueBytes } from '../graph/cost.ts';
import { cutPlaces } from '../graph/crossing.ts';
import { NetworkError } from '../graph/errors.ts';
import { receptiveFields } from '../graph/receptive-field.ts';
import { elementCount } from '../graph/tensor.ts';
import type { Dim, Graph, Node } from '../graph/types.ts';
import { modulePaths } from './module-paths.ts';
import { newParameters } from './parameters.ts';

/** A module of a network with what it costs for one image: what a freezing panel shows and an import looks at. */
export interface Layer {
  /** Its own name among its siblings, such as `conv_pw` or `2`; the network's for the whole. */
  readonly name: string;
  /** Its names from the outside in, with dots: `blocks.2.0.conv_pw`; empty for the whole network. */
  readonly path: string;
  /** Block (it has parts), or the operator that does the work: Conv, DepthwiseConv, Linear, BatchNormalization, Relu … */
  readonly kind: string;
  readonly children: readonly Layer[];
  /** Weights that are first used here, and how many numbers they hold. */
  readonly parameters: readonly string[];
  readonly parameterCount: number;
  readonly multiplyAdds: number;
  /** The value it ends with, and its shape. */
  readonly output: string;
  readonly dims: readonly Dim[];
  /** Pixels of the image's longer side that one element of the output depends on; Infinity for all. */
  readonly receptiveField: number;
  /** Bytes of all it computes, which training through it has to keep. */
  readonly activationBytes: number;
  /** The values at which the network can be cut after it; null where more cross than are kept side by side. */
  readonly cut: readonly string[] | null;
}

interface Branch {
  readonly path: readonly string[];
  readonly nodes: Node[];
  readonly children: Map<string, Branch>;
}

/** The modules of a specialised network whose first input is the image. INVALID_GRAPH where it has no input. */
export function layerTree(graph: Graph): Layer {
  const image = graph.inputs[0];
  if (image === undefined) throw new NetworkError('INVALID_GRAPH', 'The network has no input for images.');
  const root = branch([]);
  for (const [node, path] of modulePaths(graph)) {
    let at = root;
    at.nodes.push(node);
    for (const name of path) {
      const next = at.children.get(name) ?? branch([...at.path, name]);
      at.children.set(name, next);
      at = next;
      at.nodes.push(node);
    }
  }
  const facts = {
    graph,
    position: new Map(graph.nodes.map((node, at) => [node, at])),
    places: cutPlaces(graph),
    fields: receptiveFields(graph, image.name),
    parameters: newParameters(graph),
  };
  return layerOf(root, facts);
}

interface Facts {
  readonly graph: Graph;
  readonly position: ReadonlyMap<Node, number>;
  readonly places: ReadonlyMap<Node, readonly string[]>;
  readonly fields: ReadonlyMap<string, number>;
  readonly parameters: ReadonlyMap<Node, readonly string[]>;
}

function branch(path: readonly string[]): Branch {
  return { path, nodes: [], children: new Map() };
}

function layerOf(part: Branch, facts: Facts): Layer {
  const { graph, position, places, fields } = facts;
  const last = part.nodes.reduce((a, b) => (position.get(b)! > position.get(a)! ? b : a));
  const output = last.outputs[0]!;
  const parameters = part.nodes.flatMap((node) => facts.parameters.get(node) ?? []);
  return {
    name: part.path.at(-1) ?? graph.name,
    path: part.path.join('.'),
    kind: part.children.size > 0 ? 'Block' : kindOf(part.nodes, graph),
    children: [...part.children.values()].map((child) => layerOf(child, facts)),
    parameters,
    parameterCount: sum(parameters, (name) => elementCount(graph.initializers.get(name)!.dims)),
    multiplyAdds: sum(part.nodes, (node) => multiplyAdds(node, graph)),
    output,
    dims: graph.types.get(output)?.dims ?? [],
    receptiveField: fields.get(output) ?? Number.POSITIVE_INFINITY,
    activationBytes: sum(part.nodes, (node) => sum(node.outputs, (value) => valueBytes(graph, value))),
    cut: places.get(last) ?? null,
  };
}

/** The operator with most multiply-adds, else one that has weights, else the last. */
function kindOf(nodes: readonly Node[], graph: Graph): string {
  const heaviest = nodes.reduce((a, b) => (multiplyAdds(b, graph) > multiplyAdds(a, graph) ? b : a));
  if (heaviest.operator === 'Conv') {
    const channels = graph.initializers.get(heaviest.inputs[1]!)?.dims[1];
    const group = heaviest.attributes.get('group');
    return channels === 1 && group?.type === 'int' && group.value > 1 ? 'DepthwiseConv' : 'Conv';
  }
  if (multiplyAdds(heaviest, graph) > 0) {
    return heaviest.operator === 'Gemm' || heaviest.operator === 'MatMul' ? 'Linear' : heaviest.operator;
  }
  return (nodes.find((node) => node.operator.endsWith('Normalization')) ?? nodes.at(-1)!).operator;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

/** What is known of training a network from a cut on, for one image. */
export interface CutEstimate {
  /** Bytes of the activations that are cached, in float32. */
  readonly cachedBytes: number;
  /** Bytes that a training step keeps for the backward pass above the cut. */
  readonly activationBytes: number;
  /** Numbers that are trained above the cut. */
  readonly parameterCount: number;
  readonly multiplyAdds: number;
}

/** Memory and work above a cut of a specialised network; UNKNOWN_VALUE for a value it does not compute. */
export function estimateCut(graph: Graph, values: readonly string[]): CutEstimate {
  const ends = values.map((value) => {
    const end = graph.nodes.findIndex((node) => node.outputs.includes(value));
    if (end < 0) throw new NetworkError('UNKNOWN_VALUE', `The network has no value named "${value}".`);
    return end;
  });
  const above = graph.nodes.slice(Math.max(...ends) + 1);
  const parameters = newParameters(graph);
  return {
    cachedBytes: sum(values, (value) => valueBytes(graph, value)),
    activationBytes: sum(above, (node) => sum(node.outputs, (output) => valueBytes(graph, output))),
    parameterCount: sum(above, (node) =>
      sum(parameters.get(node) ?? [], (name) => elementCount(graph.initializers.get(name)!.dims)),
    ),
    multiplyAdds: sum(above, (node) => multiplyAdds(node, graph)),
  };
}

/** A container that does most of a network's work is opened, so that its blocks become the stages. */
const MOST = 0.6;

/**
 * Paths of the modules that a network's stages are made of, in order: the top-level blocks, and the parts of a block
 * that does most of the work (`blocks`, `features`) in its place.
 */
export function stageModules(tree: Layer): readonly string[] {
  return opened(tree, tree.multiplyAdds).map(({ path }) => path);
}

function opened(layer: Layer, whole: number): readonly Layer[] {
  return layer.children.flatMap((child) =>
    child.children.length > 1 && child.multiplyAdds > MOST * whole ? opened(child, whole) : [child],
  );
}
