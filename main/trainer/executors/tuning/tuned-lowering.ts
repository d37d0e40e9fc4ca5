import { createHash } from 'node:crypto';
import { valueBytes } from '../../graph/cost.ts';
import type { Attribute, Graph } from '../../graph/types.ts';
import type { Lowering, LoweringChoice } from '../lowerings/batch-major/registry.ts';
import {
  type Layout,
  type LayoutHabits,
  type LoweredGraph,
  lowerGraph,
  usualLayout,
  weightsChange,
} from '../lowerings/lower.ts';
import type { CompileOptions, StateVariable } from '../types.ts';
import type { Findings } from './findings.ts';
import { type FormCase, formCase, formGraph } from './form-cases.ts';
import { type Opens, timed } from './stopwatch.ts';

/** How an executor writes graphs where nothing was timed, and what is worth timing. */
export interface LoweringHabits {
  /** The layout that usually is the fastest where weights change. */
  readonly changing?: LayoutHabits;
  /** Layouts that may be faster there on another machine. */
  readonly layouts: readonly Layout[];
  /** The form that usually is the fastest. */
  readonly choose: LoweringChoice;
}

/** Where comparisons are remembered, and how they are made. */
export interface Tuning {
  readonly findings: Findings;
  readonly opens: Opens;
}

/** Another way must take at most this share of the usual one's time: timings vary, and a change costs repeatability. */
const WORTH_IT = 0.9;
/** Milliseconds by which it must be faster, at least: what is over at once is not worth a change either. */
const NOTICEABLE = 0.1;
/** Bytes of a value that only another way needs: what is a little faster must not be what memory does not suffice for. */
const LARGE = 64e6;
/** Any number that is not special; in whole steps it would grow without bounds, so they are timed with zeros. */
const ORDINARY = 0.5;

/**
 * Rewrites a graph in the layout and with the forms that are the fastest on this machine: what was never compared is timed
 * now, and remembered. Without `tuning` by what usually is the fastest.
 */
export async function lowerTuned(
  graph: Graph,
  options: CompileOptions,
  habits: LoweringHabits,
  tuning: Tuning | null,
): Promise<LoweredGraph> {
  const { choose } = habits;
  if (tuning === null || !hasFixedSizes(graph)) return lowerGraph(graph, { ...options, ...habits }, choose);
  const { findings } = tuning;
  const layout = await fastestLayout(graph, options, habits, tuning);
  const unknown = new Map<string, FormCase>();
  const chooseFound: LoweringChoice = (operator, candidates, at) => {
    const usual = choose(operator, candidates, at);
    const found = formCase(operator, candidates, usual, at);
    if (found === null) return usual;
    const best = findings.of(found.comparison);
    if (best === undefined) unknown.set(found.comparison, found);
    return candidates.find(({ name }) => name === best) ?? usual;
  };
  const lowered = lowerGraph(graph, { layout }, chooseFound);
  for (const each of unknown.values()) await compareForms(each, tuning);
  await findings.save();
  return unknown.size === 0 ? lowered : lowerGraph(graph, { layout }, chooseFound);
}

function hasFixedSizes(graph: Graph): boolean {
  return graph.inputs.every(({ dims }) => dims?.every((dim) => typeof dim === 'number'));
}

async function fastestLayout(
  graph: Graph,
  { layout = 'automatic', state }: CompileOptions,
  { changing, layouts, choose }: LoweringHabits,
  { findings, opens }: Tuning,
): Promise<Layout> {
  if (layout !== 'automatic') return layout;
  const usual = usualLayout(graph, changing);
  const others = layouts.filter((each) => each !== usual);
  if (others.length === 0 || !weightsChange(graph)) return usual;
  const names = [...layouts].sort().join(' | ');
  const comparison = `a graph of ${graph.nodes.length} nodes (${structureOf(graph)}): ${names}`;
  const known = layouts.find((each) => each === findings.of(comparison));
  if (known) return known;
  const way = (name: Layout): Way<Layout> => ({
    name,
    graph: lowerGraph(graph, { layout: name }, choose).graph,
    state,
  });
  findings.tell();
  const best = await fastest([way(usual), ...others.map(way)], opens, 0);
  findings.add(comparison, best);
  return best;
}

async function compareForms(each: FormCase, { findings, opens }: Tuning): Promise<void> {
  const { comparison, usual, candidates } = each;
  const way = (form: Lowering): Way<string> => ({ name: form.name, ...formGraph(each, form) });
  const others = candidates.filter((other) => other !== usual);
  findings.tell();
  findings.add(comparison, await fastest([way(usual), ...others.map(way)], opens, ORDINARY));
}

/** One of several programs that compute the same. */
interface Way<Name extends string> {
  readonly name: Name;
  readonly graph: Graph;
  readonly state: readonly StateVariable[];
}

/**
 * Name of the fastest of equivalent programs: the first, the usual one, unless another is clearly faster, and is it again
 * when both are timed once more. Without that, chance would decide between programs that are alike.
 */
async function fastest<Name extends string>(
  ways: readonly [Way<Name>, ...Way<Name>[]],
  opens: Opens,
  fill: number,
): Promise<Name> {
  const [usual] = ways;
  const time = ({ graph, state }: Way<Name>, best: number) => timed(opens, graph, state, { fill, best });
  const toBeat = async () => {
    const took = await time(usual, Number.POSITIVE_INFINITY);
    return Math.min(WORTH_IT * took, took - NOTICEABLE);
  };
  let [found, best] = [usual, await toBeat()];
  const affordable = Math.max(LARGE, largestValue(usual.graph));
  for (const way of ways.slice(1)) {
    // What cannot be fast enough is not tried.
    if (best <= 0 || largestValue(way.graph) > affordable) continue;
    const took = await time(way, best);
    if (took < best) [found, best] = [way, took];
  }
  if (found === usual) return usual.name;
  const again = await time(found, Number.POSITIVE_INFINITY);
  return again < (await toBeat()) ? found.name : usual.name;
}

/** Bytes of the largest value that a graph computes. */
function largestValue(graph: Graph): number {
  const computed = graph.nodes.flatMap(({ outputs }) => outputs);
  return computed.reduce((largest, name) => Math.max(largest, valueBytes(graph, name)), 0);
}

/** What of a graph decides how long it takes, as a short text: operators, their settings and shapes, but no weights. */
function structureOf(graph: Graph): string {
  const hash = createHash('sha256');
  for (const { operator, attributes, inputs } of graph.nodes) {
    const shapes = inputs.map((name) => (graph.types.get(name) ?? graph.initializers.get(name))?.dims);
    hash.update(JSON.stringify([operator, [...attributes].map(settingOf), shapes]));
  }
  return hash.digest('hex').slice(0, 16);
}

function settingOf([name, attribute]: readonly [string, Attribute]): readonly [string, unknown] {
  return [name, attribute.type === 'tensor' ? attribute.value.dims : attribute.value];
}
