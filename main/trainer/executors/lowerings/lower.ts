import { GRADIENT_DOMAIN } from '../../autodiff/gradient-operators.ts';
import { intAttribute } from '../../graph/attributes.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import { keepReachable } from '../../graph/reachable.ts';
import type { Graph, Node } from '../../graph/types.ts';
import type { CompileOptions } from '../types.ts';
import { batchMajorLowerings } from './batch-major/index.ts';
import { type LoweringChoice, LoweringContext, noLowering, usualForm } from './batch-major/registry.ts';
import { channelMajor, positionMajor } from './feature-maps/layout.ts';
import { FeatureMapLowering } from './feature-maps/lowering.ts';

/** A graph of operators ONNX Runtime has, and what was decided on the way. */
export interface LoweredGraph {
  readonly graph: Graph;
  readonly choices: Readonly<Record<string, string>>;
}

const layouts = { 'channel-major': channelMajor, 'position-major': positionMajor } as const;

export type Layout = Exclude<CompileOptions['layout'], 'automatic' | undefined>;

/** What usually is faster on a runtime where weights change from run to run, some of depthwise convolutions or none. */
export interface LayoutHabits {
  readonly depthwise: Layout;
  readonly dense: Layout;
}

/** How feature maps are to lie. */
interface LayoutWishes extends Pick<CompileOptions, 'layout'> {
  readonly changing?: LayoutHabits;
}

const planes: LayoutHabits = { depthwise: 'channel-major', dense: 'channel-major' };

/** Rewrites a graph for ONNX Runtime: gradient operators become compositions, feature maps take the layout asked for. */
export function lowerGraph(
  graph: Graph,
  { layout = 'automatic', changing: habits }: LayoutWishes,
  choose: LoweringChoice = usualForm,
): LoweredGraph {
  const chosen = layout === 'automatic' ? usualLayout(graph, habits) : layout;
  if (chosen === 'batch-major') return lowerBatchMajor(graph, choose);
  const lowering = new FeatureMapLowering(graph, layouts[chosen], choose);
  return { graph: lowering.run(), choices: { layout: chosen, ...describeChoices(lowering.used) } };
}

/**
 * Convolutions with constant weights are left to the runtime, whose blocked layouts need them constant. Where weights
 * change from run to run (training, and measuring between epochs) other layouts are faster: 1×1 convolutions over the
 * whole batch are then one product each.
 */
export function usualLayout(graph: Graph, { depthwise, dense }: LayoutHabits = planes): Layout {
  const convolutions = changing(graph);
  if (convolutions.length === 0) return 'batch-major';
  const isDepthwise = (node: Node) =>
    intAttribute(node, 'group', 1) > 1 &&
    graph.types.get(node.inputs[0]!)?.dims?.[1] === intAttribute(node, 'group', 1);
  return convolutions.some(isDepthwise) ? depthwise : dense;
}

/** Whether a graph has convolutions whose weights change from run to run. */
export function weightsChange(graph: Graph): boolean {
  return changing(graph).length > 0;
}

function changing(graph: Graph): readonly Node[] {
  return graph.nodes.filter(
    (node) => node.operator === 'Conv' && !graph.initializers.has(node.inputs[1] ?? ''),
  );
}

function lowerBatchMajor(graph: Graph, choose: LoweringChoice): LoweredGraph {
  const builder = new GraphBuilder({ ...graph, nodes: [] });
  builder.reserve(graph.nodes.flatMap((node) => [node.name, ...node.outputs]));
  const names = new Map<string, string>();
  const used = new Map<string, Set<string>>();
  const rename = (value: string) => names.get(value) ?? value;
  for (const node of graph.nodes) {
    const inputs = node.inputs.map(rename);
    if (node.domain !== GRADIENT_DOMAIN) {
      builder.add({ ...node, inputs });
      continue;
    }
    const at = new LoweringContext(builder, node, inputs);
    const candidates = batchMajorLowerings.applicable(node.operator, at);
    if (candidates.length === 0) throw noLowering(node);
    const lowering = choose(node.operator, candidates, at);
    used.set(node.operator, (used.get(node.operator) ?? new Set()).add(lowering.name));
    names.set(node.outputs[0]!, lowering.lower(at));
  }
  for (const { name } of graph.outputs) if (!builder.types.has(name)) builder.alias(rename(name), name);
  const lowered = keepReachable(
    builder.finish(
      graph.name,
      graph.outputs.map((output) => output.name),
    ),
  );
  return { graph: lowered, choices: { layout: 'batch-major', ...describeChoices(used) } };
}

/** Operator → names of the lowerings used, as the manifest stores it. */
function describeChoices(used: ReadonlyMap<string, ReadonlySet<string>>): Readonly<Record<string, string>> {
  return Object.fromEntries([...used].map(([operator, names]) => [operator, [...names].sort().join(', ')]));
}
