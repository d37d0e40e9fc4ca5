import { multiplyAdds, valueBytes } from '../graph/cost.ts';
import { cutPlaces, MOST_VALUES } from '../graph/crossing.ts';
import { elementCount } from '../graph/tensor.ts';
import type { Graph, Node } from '../graph/types.ts';
import type { BackboneStage } from './card.ts';
import { layerTree, stageModules } from './layer-tree.ts';
import { modulePaths } from './module-paths.ts';
import { newParameters } from './parameters.ts';

/** More stages than this are not told apart by a person. */
const MOST_STAGES = 16;
/** Stages whose maps are looked at side by side. */
const LEVELS = 4;

/** A stretch with more of the network's multiply-adds than this is divided where several values cross. */
const LARGE = 1 / 3;
/** Of the parts, those with more than this are divided where more values cross than two. */
const LARGE_PART = 1 / 8;
/** With less than this of its multiply-adds and of its weights on one side, such a place divides nothing. */
const SLIGHT = 1 / 32;
/** What is kept where several values cross, against the input picture; more only where a single value is as large. */
const PICTURES = 12;

/** A stretch of the network between two places where it can be cut. */
interface Stretch {
  /** The values it ends with: one, or several that cross side by side. */
  readonly outputs: readonly string[];
  readonly label: string | null;
  readonly weights: number;
  readonly work: number;
  readonly size: string;
  /** Without weights, it makes of the last map what the features are: it belongs to no stage. */
  readonly isPooling: boolean;
}

/**
 * The stages of a specialised feature graph: stretches between the values through which everything passes, joined while
 * they belong to one module by its exporter's names (of nodes or of weights), or else while the map keeps its size. Where
 * most of a network lies between two such values, its stages also end where several cross. At most sixteen; none where
 * nothing of it has weights.
 */
export function findStages(
  graph: Graph,
  features: string,
): { readonly stages: readonly BackboneStage[]; readonly multiLevel: readonly string[] } {
  const stretches = joinSlight(joinAlike(joinModules(withoutPooling(stretchesOf(graph, features)))));
  const merged = mergeToMost(stretches.filter(({ weights }) => weights > 0));
  const stages = merged.map(({ outputs, label }, index) => ({
    name: uniqueName(label ?? `stage${index}`, merged, index),
    outputs,
  }));
  return { stages, multiLevel: levelsOf(graph, stages) };
}

function uniqueName(label: string, all: readonly Stretch[], index: number): string {
  const before = all.slice(0, index).filter((other) => other.label === label).length;
  return before === 0 ? label : `${label}~${before + 1}`;
}

/** Nodes up to a place where the network can be cut. */
interface Piece {
  readonly nodes: readonly Node[];
  readonly outputs: readonly string[];
}

/** What lies between the places of one value, that which is large divided at places of several. */
function stretchesOf(graph: Graph, features: string): readonly Stretch[] {
  const places = new Map(
    [...cutPlaces(graph)].filter(
      ([node, values]) =>
        values.some((value) => node.outputs.includes(value)) &&
        values.every((value) => isMap(graph, value, features)),
    ),
  );
  const bytesOf = (values: readonly string[]) =>
    values.reduce((sum, value) => sum + valueBytes(graph, value), 0);
  const whole = piecesOf(graph.nodes, places, ({ length }) => length === 1);
  const picture = bytesOf(graph.inputs.map(({ name }) => name));
  const most = Math.max(PICTURES * picture, ...whole.map(({ outputs }) => bytesOf(outputs)));
  const total = workOf(graph, graph.nodes);
  /** Divides a piece at places of so many values, and what is still large at places of one more. */
  const divide = (piece: Piece, values: number, large: number): readonly Piece[] => {
    if (values > MOST_VALUES || workOf(graph, piece.nodes) <= large * total) return [piece];
    const isEnd = (outputs: readonly string[]) => outputs.length <= values && bytesOf(outputs) <= most;
    return piecesOf(piece.nodes, places, isEnd).flatMap((part) => divide(part, values + 1, LARGE_PART));
  };
  const pieces = whole.flatMap((piece) => divide(piece, 2, LARGE));
  const facts = { weights: newParameters(graph), labels: moduleLabels(graph) };
  return pieces.map((piece) => stretchOf(graph, piece, facts));
}

function piecesOf(
  nodes: readonly Node[],
  places: ReadonlyMap<Node, readonly string[]>,
  isEnd: (values: readonly string[]) => boolean,
): readonly Piece[] {
  const pieces: Piece[] = [];
  let open: Node[] = [];
  for (const node of nodes) {
    open.push(node);
    const outputs = places.get(node);
    if (outputs === undefined || !isEnd(outputs)) continue;
    pieces.push({ nodes: open, outputs });
    open = [];
  }
  return pieces;
}

function workOf(graph: Graph, nodes: readonly Node[]): number {
  return nodes.reduce((sum, node) => sum + multiplyAdds(node, graph), 0);
}

function isMap(graph: Graph, value: string, features: string): boolean {
  return value === features || (graph.types.get(value)?.dims?.length ?? 0) >= 3;
}

const pooling = new Set([
  ...['ReduceMean', 'GlobalAveragePool', 'AveragePool', 'GlobalMaxPool', 'MaxPool', 'ReduceMax'],
  ...['Flatten', 'Reshape', 'Squeeze', 'Gather'],
]);

function stretchOf(
  graph: Graph,
  { nodes, outputs }: Piece,
  {
    weights,
    labels,
  }: {
    readonly weights: ReadonlyMap<Node, readonly string[]>;
    readonly labels: ReadonlyMap<Node, string>;
  },
): Stretch {
  const found = nodes.flatMap((node) => weights.get(node) ?? []);
  const weighted = nodes.filter((node) => (weights.get(node) ?? []).length > 0);
  const namer = [...weighted, ...nodes].find((node) => labels.has(node));
  return {
    outputs,
    label: namer === undefined ? null : labels.get(namer)!,
    weights: found.reduce((sum, name) => sum + elementCount(graph.initializers.get(name)!.dims), 0),
    work: workOf(graph, nodes),
    size: sizesOf(graph, outputs),
    isPooling: found.length === 0 && nodes.some(({ operator }) => pooling.has(operator)),
  };
}

/** The sizes of the maps, each once. */
function sizesOf(graph: Graph, values: readonly string[]): string {
  const sizes = values.map((value) => (graph.types.get(value)?.dims ?? []).slice(2).join('×'));
  return [...new Set(sizes)].join(' ');
}

/** The module of a stage that each node belongs to; nothing for nodes whose names do not say. */
function moduleLabels(graph: Graph): ReadonlyMap<Node, string> {
  const modules = new Set(stageModules(layerTree(graph)));
  const labels = new Map<Node, string>();
  for (const [node, path] of modulePaths(graph)) {
    const label = path.map((_, at) => path.slice(0, at + 1).join('.')).find((part) => modules.has(part));
    if (label !== undefined) labels.set(node, label);
  }
  return labels;
}

/** Leaves out what follows the last weights from the first pooling on. */
function withoutPooling(stretches: readonly Stretch[]): readonly Stretch[] {
  const lastWeights = stretches.findLastIndex(({ weights }) => weights > 0);
  const end = stretches.findIndex(({ isPooling }, at) => at > lastWeights && isPooling);
  return end < 0 ? stretches : stretches.slice(0, end);
}

/** Joins neighbours of one module, so that one which begins without weights is not counted to the module before. */
function joinModules(stretches: readonly Stretch[]): readonly Stretch[] {
  const joined: Stretch[] = [];
  for (const next of stretches) {
    const last = joined.at(-1);
    if (last === undefined || next.label === null || next.label !== last.label) joined.push(next);
    else joined[joined.length - 1] = joinTwo(last, next);
  }
  return joined;
}

/** Joins, without names, what has one map size; what has no weights goes with what is before it. */
function joinAlike(stretches: readonly Stretch[]): readonly Stretch[] {
  const joined: Stretch[] = [];
  for (const next of stretches) {
    const last = joined.at(-1);
    const together =
      last !== undefined &&
      (next.weights === 0 ||
        last.weights === 0 ||
        (isNormalisation(next.label) && next.size === last.size) ||
        (next.label === null ? next.size === last.size : next.label === last.label));
    if (last === undefined || !together) joined.push(next);
    else joined[joined.length - 1] = joinTwo(last, next);
  }
  return joined;
}

/** A normalisation beside the layer that it follows is part of it. */
function isNormalisation(label: string | null): boolean {
  return label !== null && /^(bn|norm)\d*$/.test(label);
}

function joinTwo(one: Stretch, next: Stretch): Stretch {
  return {
    // Features themselves are no map: without weights behind the last map, that map stays the stage's end.
    outputs: next.weights === 0 && next.size === '' && one.size !== '' ? one.outputs : next.outputs,
    label: one.weights === 0 ? (next.label ?? one.label) : one.label,
    weights: one.weights + next.weights,
    work: one.work + next.work,
    size: next.size === '' && next.weights === 0 ? one.size : next.size,
    isPooling: false,
  };
}

/** Takes places of several values away that divide nothing, with the name of what is larger. */
function joinSlight(stretches: readonly Stretch[]): readonly Stretch[] {
  const total = { weights: 0, work: 0 };
  for (const { weights, work } of stretches) {
    total.weights += weights;
    total.work += work;
  }
  const isSlight = ({ weights, work }: Stretch) =>
    weights < SLIGHT * total.weights && work < SLIGHT * total.work;
  const joined: Stretch[] = [];
  for (const next of stretches) {
    const last = joined.at(-1);
    const together =
      last !== undefined &&
      last.outputs.length > 1 &&
      (isSlight(last) || (next.outputs.length === 1 && isSlight(next)));
    if (last === undefined || !together) joined.push(next);
    else {
      const { label } = next.weights > last.weights ? next : last;
      joined[joined.length - 1] = { ...joinTwo(last, next), label };
    }
  }
  return joined;
}

/** Joins the two neighbours with the fewest weights, those of one map size first, until few enough are left. */
function mergeToMost(stretches: readonly Stretch[]): readonly Stretch[] {
  const left = [...stretches];
  while (left.length > MOST_STAGES) {
    const cost = (at: number) =>
      left[at]!.weights + left[at + 1]!.weights + (left[at]!.size === left[at + 1]!.size ? 0 : 1e12);
    let cheapest = 0;
    for (let at = 1; at < left.length - 1; at++) if (cost(at) < cost(cheapest)) cheapest = at;
    left.splice(cheapest, 2, joinTwo(left[cheapest]!, left[cheapest + 1]!));
  }
  return left;
}

/** The last stages of different map sizes that end with one map, where the last one does: [N, channels, height, width]. */
function levelsOf(graph: Graph, stages: readonly BackboneStage[]): readonly string[] {
  const sizeOf = ({ outputs: [output, ...others] }: BackboneStage) => {
    const dims = graph.types.get(output ?? '')?.dims;
    return others.length === 0 && dims?.length === 4 ? dims.slice(2).join('×') : null;
  };
  const maps = stages.filter((stage) => sizeOf(stage) !== null);
  const levels = maps.filter(
    (stage, at) => maps[at + 1] === undefined || sizeOf(maps[at + 1]!) !== sizeOf(stage),
  );
  return levels.length < 2 || levels.at(-1) !== stages.at(-1)
    ? []
    : levels.slice(-LEVELS).map(({ name }) => name);
}
