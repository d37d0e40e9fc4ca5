import { GRADIENT_DOMAIN } from '../../../autodiff/gradient-operators.ts';
import { attributes, ints } from '../../../graph/attributes.ts';
import { GraphBuilder } from '../../../graph/builder.ts';
import { NetworkError } from '../../../graph/errors.ts';
import { keepReachable } from '../../../graph/reachable.ts';
import type { Graph, Node } from '../../../graph/types.ts';
import { batchMajorLowerings } from '../batch-major/index.ts';
import { type LoweringChoice, LoweringContext, noLowering } from '../batch-major/registry.ts';
import { followerOf } from './followers.ts';
import type { MapLayout } from './layout.ts';
import { forwardWindow } from './window.ts';

/** The name under which a value is at hand: in ONNX's order, and in the layout's. */
interface Places {
  batch?: string;
  map?: string;
}

/**
 * Rewrites a graph so that feature maps lie in another order between convolutions, in which those are faster.
 * Values change layout where an operator needs the other one; each such copy is made once.
 */
export class FeatureMapLowering {
  /** Operator → names of the lowerings used. */
  readonly used = new Map<string, Set<string>>();
  readonly builder: GraphBuilder;
  readonly layout: MapLayout;
  readonly #graph: Graph;
  readonly #choose: LoweringChoice;
  readonly #places = new Map<string, Places>();

  constructor(graph: Graph, layout: MapLayout, choose: LoweringChoice) {
    this.layout = layout;
    this.#graph = graph;
    this.#choose = choose;
    this.builder = new GraphBuilder({ ...graph, nodes: [] });
    this.builder.reserve(graph.nodes.flatMap((node) => [node.name, ...node.outputs]));
    for (const name of this.builder.types.keys()) this.#places.set(name, { batch: name });
  }

  run(): Graph {
    for (const node of this.#graph.nodes) this.#lower(node);
    for (const { name } of this.#graph.outputs) {
      const value = this.batchMajor(name);
      if (value !== name) this.builder.alias(value, name);
    }
    return keepReachable(
      this.builder.finish(
        this.#graph.name,
        this.#graph.outputs.map((output) => output.name),
      ),
    );
  }

  /** Shape of a value of the original graph, batch-major; null where it is not known. */
  dims(name: string): readonly number[] | null {
    const dims = (this.#graph.types.get(name) ?? this.#graph.initializers.get(name))?.dims;
    return dims?.every((dim) => typeof dim === 'number') ? (dims as readonly number[]) : null;
  }

  /** Whether a value is a feature map that exists in the layout only. */
  isMap(name: string): boolean {
    const places = this.#places.get(name);
    return places?.map !== undefined && places.batch === undefined;
  }

  /** Where ONNX's axis lies in the layout. */
  axis(axis: number): number {
    return this.layout.order.indexOf(axis);
  }

  batchMajor(name: string): string {
    if (name === '') return '';
    const places = this.#placesOf(name);
    places.batch ??= this.#transposed(
      places.map!,
      [0, 1, 2, 3].map((axis) => this.axis(axis)),
      name,
    );
    return places.batch;
  }

  /** A feature map in the layout; anything of another rank is brought to rank 4 first, so that it still broadcasts right. */
  map(name: string): string {
    const places = this.#placesOf(name);
    if (places.map !== undefined) return places.map;
    const dims = this.dims(name);
    if (dims === null) throw new NetworkError('UNKNOWN_SHAPE', `The shape of "${name}" is not known.`);
    if (dims.length === 0) return places.batch!;
    const full =
      dims.length === 4
        ? places.batch!
        : this.builder.reshape(places.batch!, [...Array(4 - dims.length).fill(1), ...dims]);
    places.map = this.#transposed(full, this.layout.order, name);
    return places.map;
  }

  #lower(node: Node): void {
    if (this.#lowerConvolution(node)) return;
    const follow = followerOf(node, this);
    if (follow) {
      const { place, value } = follow();
      this.#places.set(node.outputs[0]!, { [place]: value });
      return;
    }
    const inputs = node.inputs.map((input) => this.batchMajor(input));
    if (node.domain !== GRADIENT_DOMAIN) {
      this.builder.add({ ...node, inputs });
      for (const output of node.outputs) this.#places.set(output, { batch: output });
      return;
    }
    this.#places.set(node.outputs[0]!, { batch: this.compose(node, inputs) });
  }

  /** Writes a gradient operator in one of the forms for batch-major maps; those of elementwise ones fit every layout. */
  compose(node: Node, inputs: readonly string[]): string {
    const at = new LoweringContext(this.builder, node, inputs);
    const candidates = batchMajorLowerings.applicable(node.operator, at);
    if (candidates.length === 0) throw noLowering(node);
    const lowering = this.#choose(node.operator, candidates, at);
    this.#note(
      node.operator,
      this.layout.convolutions.has(node.operator) ? `${lowering.name} (batch-major)` : lowering.name,
    );
    return lowering.lower(at);
  }

  /** Convolutions and their gradients in the layout's forms, where one of them applies. */
  #lowerConvolution(node: Node): boolean {
    const { convolutions } = this.layout;
    if (!convolutions.has(node.operator)) return false;
    const [first, second] = node.inputs as [string, string];
    const map = this.dims(first);
    if (map?.length !== 4 || this.dims(second)?.length !== 4) return false;
    // Weights stay as they are; for the weight gradient both operands are feature maps.
    const weight = node.operator === 'ConvWeightGradient' ? undefined : second;
    const window = node.operator === 'Conv' ? forwardWindow(node, map, this.dims(second)!) : undefined;
    // Candidates look at shapes only, so that no transposition is written for a convolution that stays batch-major.
    const probe = new LoweringContext(this.builder, node, node.inputs, window);
    const candidates = convolutions.applicable(node.operator, probe);
    if (candidates.length === 0) return false;
    const inputs = node.inputs.map((input, index) =>
      index === 0 || (index === 1 && weight === undefined) ? this.map(input) : this.batchMajor(input),
    );
    const at = new LoweringContext(this.builder, node, inputs, window);
    const lowering = this.#choose(node.operator, candidates, at);
    this.#note(node.operator, lowering.name);
    const result = lowering.lower(at);
    if (node.operator === 'ConvWeightGradient') this.#places.set(node.outputs[0]!, { batch: result });
    else this.#places.set(node.outputs[0]!, { map: result });
    return true;
  }

  #note(operator: string, name: string): void {
    this.used.set(operator, (this.used.get(operator) ?? new Set()).add(name));
  }

  #placesOf(name: string): Places {
    const places = this.#places.get(name);
    if (places === undefined)
      throw new NetworkError('UNKNOWN_VALUE', `There is no value named "${name}" in the network.`);
    return places;
  }

  #transposed(value: string, order: readonly number[], name: string): string {
    return this.builder.op('Transpose', [value], {
      name: `${name}/transposed`,
      attributes: attributes({ perm: ints(order) }),
    });
  }
}
