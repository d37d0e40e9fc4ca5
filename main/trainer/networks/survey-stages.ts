import { NetworkError } from '../graph/errors.ts';
import { elementCount } from '../graph/tensor.ts';
import type { Graph, Node } from '../graph/types.ts';
import type { BackboneStage } from './card.ts';
import { newParameters } from './parameters.ts';

/** More stages than this are not told apart by a person. */
const MOST_STAGES = 12;
/** Stages whose maps are looked at side by side. */
const LEVELS = 4;

/** A stretch of the network between two places where a single value crosses. */
interface Stretch {
  readonly output: string;
  readonly label: string | null;
  readonly weights: number;
  readonly size: string;
}

/**
 * The stages of a feature graph: stretches between the values through which everything passes, joined while they belong to
 * one module by its exporter's names (of nodes or of weights), or else while the map keeps its size. At most twelve.
 * INVALID_GRAPH where no value but the last is crossed alone (nothing could be frozen apart).
 */
export function findStages(
  graph: Graph,
  features: string,
): { readonly stages: readonly BackboneStage[]; readonly multiLevel: readonly string[] } {
  const stretches = joinAlike(stretchesOf(graph, features));
  const merged = mergeToMost(stretches.filter(({ weights }) => weights > 0));
  if (merged.length === 0)
    throw new NetworkError('INVALID_GRAPH', 'The network has no weights that could be trained.');
  const stages = merged.map(({ output, label }, index) => ({
    name: uniqueName(label ?? `stage${index}`, merged, index),
    output,
  }));
  return { stages, multiLevel: levelsOf(graph, stages) };
}

function uniqueName(label: string, all: readonly Stretch[], index: number): string {
  const before = all.slice(0, index).filter((other) => other.label === label).length;
  return before === 0 ? label : `${label}~${before + 1}`;
}

/** Values through which every way from the image to the features goes, with what lies before each. */
function stretchesOf(graph: Graph, features: string): readonly Stretch[] {
  const lastUse = new Map<string, number>([[features, Number.POSITIVE_INFINITY]]);
  graph.nodes.forEach((node, at) => {
    for (const input of node.inputs) if (input !== features) lastUse.set(input, at);
  });
  const live = new Set<string>(graph.inputs.map(({ name }) => name));
  const fromImage = new Set(live);
  const weights = newParameters(graph);
  const stretches: Stretch[] = [];
  let nodes: Node[] = [];
  graph.nodes.forEach((node, at) => {
    nodes.push(node);
    if (!node.inputs.some((input) => fromImage.has(input))) return;
    for (const output of node.outputs) {
      fromImage.add(output);
      if ((lastUse.get(output) ?? -1) > at) live.add(output);
    }
    for (const input of node.inputs) if (lastUse.get(input) === at) live.delete(input);
    const output = node.outputs[0]!;
    if (live.size !== 1 || !live.has(output) || !isMap(graph, output, features)) return;
    stretches.push(stretchOf(graph, nodes, output, weights));
    nodes = [];
  });
  return stretches;
}

function isMap(graph: Graph, value: string, features: string): boolean {
  return value === features || (graph.types.get(value)?.dims?.length ?? 0) >= 3;
}

function stretchOf(
  graph: Graph,
  nodes: readonly Node[],
  output: string,
  weights: ReadonlyMap<Node, readonly string[]>,
): Stretch {
  const found = nodes.flatMap((node) => weights.get(node) ?? []);
  const scopes = [...found.map(scopeOfWeight), ...nodes.map(({ name }) => scopeOfNode(name))];
  return {
    output,
    label: found.length === 0 ? null : (scopes.find((scope) => scope !== null) ?? null),
    weights: found.reduce((sum, name) => sum + elementCount(graph.initializers.get(name)!.dims), 0),
    size: (graph.types.get(output)?.dims ?? []).slice(2).join('×'),
  };
}

/** `blocks.3.0.conv_pw.weight` belongs to `blocks.3`, `layer1.0.conv1.weight` to `layer1`, `conv1.weight` to `conv1`. */
function scopeOfWeight(name: string): string | null {
  return name.includes('::') || !name.includes('.') ? null : scope(name.split('.'));
}

/** `/blocks/blocks.3/blocks.3.0/conv_pw/Conv` belongs to `blocks.3`; names without a path say nothing. */
function scopeOfNode(name: string): string | null {
  const path = name.split('/').filter((part) => part !== '');
  if (!name.startsWith('/') || path.length < 2) return null;
  const [first, second] = path as [string, string];
  return second.startsWith(`${first}.`) ? scope(second.split('.')) : first;
}

function scope(parts: readonly string[]): string {
  const [first, second] = parts as [string, string | undefined];
  const isList = second !== undefined && /^\d+$/.test(second) && !/\d$/.test(first);
  return isList ? `${first}.${second}` : first;
}

/** Joins neighbours of one module, or without names of one map size; what has no weights goes with what is before it. */
function joinAlike(stretches: readonly Stretch[]): readonly Stretch[] {
  const joined: Stretch[] = [];
  for (const next of stretches) {
    const last = joined.at(-1);
    const together =
      last !== undefined &&
      (next.weights === 0 ||
        last.weights === 0 ||
        (isNormalisation(next.label) && next.size === last.size) ||
        (next.label === null ? last.label === null && next.size === last.size : next.label === last.label));
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
    output: next.weights === 0 && next.size === '' && one.size !== '' ? one.output : next.output,
    label: one.weights === 0 ? next.label : one.label,
    weights: one.weights + next.weights,
    size: next.size === '' && next.weights === 0 ? one.size : next.size,
  };
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

/** The last stages of different map sizes, where all are maps [N, channels, height, width]. */
function levelsOf(graph: Graph, stages: readonly BackboneStage[]): readonly string[] {
  const sizeOf = (output: string) => {
    const dims = graph.types.get(output)?.dims;
    return dims?.length === 4 ? dims.slice(2).join('×') : null;
  };
  const maps = stages.filter(({ output }) => sizeOf(output) !== null);
  const levels = maps.filter(
    ({ output }, at) => maps[at + 1] === undefined || sizeOf(maps[at + 1]!.output) !== sizeOf(output),
  );
  return levels.length < 2 ? [] : levels.slice(-LEVELS).map(({ name }) => name);
}
