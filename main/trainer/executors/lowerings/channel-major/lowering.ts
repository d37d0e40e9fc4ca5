import { GRADIENT_DOMAIN } from '../../../autodiff/gradient-operators.ts';
import { attributes, ints } from '../../../graph/attributes.ts';
import { GraphBuilder } from '../../../graph/builder.ts';
import { NetworkError } from '../../../graph/errors.ts';
import { keepReachable } from '../../../graph/reachable.ts';
import type { Graph, Node } from '../../../graph/types.ts';
import { batchMajorLowerings } from '../batch-major/index.ts';
import { type LoweringChoice, LoweringContext, noLowering } from '../batch-major/registry.ts';
import { channelMajorLowerings } from './convolution.ts';
import { followerOf } from './followers.ts';
import { forwardWindow } from './window.ts';

/** Exchanges batch and channels. */
const EXCHANGE = [1, 0, 2, 3];

/** The name under which a value is at hand in each layout. */
interface Places {
  batch?: string;
  channel?: string;
}

/**
 * Rewrites a graph so that feature maps are [C, N, H, W] between convolutions: a 1×1 convolution over the whole batch
 * and each of its gradients are then one matrix product, and depthwise convolutions need no transposition.
 * Values change layout where an operator needs the other one; each such copy is made once.
 */
export class ChannelMajorLowering {
  /** Operator → names of the lowerings used. */
  readonly used = new Map<string, Set<string>>();
  readonly builder: GraphBuilder;
  readonly #graph: Graph;
  readonly #choose: LoweringChoice;
  readonly #places = new Map<string, Places>();

  constructor(graph: Graph, choose: LoweringChoice) {
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

  /** Whether a value is a feature map that exists channel-major only. */
  prefersChannel(name: string): boolean {
    const places = this.#places.get(name);
    return places?.channel !== undefined && places.batch === undefined;
  }

  batchMajor(name: string): string {
    if (name === '') return '';
    const places = this.#placesOf(name);
    places.batch ??= this.#exchange(places.channel!, name);
    return places.batch;
  }

  /** A feature map channel-major; anything of another rank is brought to rank 4 first, so that it still broadcasts right. */
  channelMajor(name: string): string {
    const places = this.#placesOf(name);
    if (places.channel !== undefined) return places.channel;
    const dims = this.dims(name);
    if (dims === null) throw new NetworkError('UNKNOWN_SHAPE', `The shape of "${name}" is not known.`);
    if (dims.length === 0) return places.batch!;
    const full =
      dims.length === 4
        ? places.batch!
        : this.builder.reshape(places.batch!, [...Array(4 - dims.length).fill(1), ...dims]);
    places.channel = this.#exchange(full, name);
    return places.channel;
  }

  #lower(node: Node): void {
    if (this.#lowerConvolution(node)) return;
    const follow = followerOf(node, this);
    if (follow) {
      const { layout, value } = follow();
      this.#places.set(node.outputs[0]!, { [layout]: value });
      return;
    }
    const inputs = node.inputs.map((input) => this.batchMajor(input));
    if (node.domain !== GRADIENT_DOMAIN) {
      this.builder.add({ ...node, inputs });
      for (const output of node.outputs) this.#places.set(output, { batch: output });
      return;
    }
    const at = new LoweringContext(this.builder, node, inputs);
    const candidates = batchMajorLowerings.applicable(node.operator, at);
    if (candidates.length === 0) throw noLowering(node);
    const lowering = this.#choose(node.operator, candidates, at);
    this.#note(node.operator, `${lowering.name} (batch-major)`);
    this.#places.set(node.outputs[0]!, { batch: lowering.lower(at) });
  }

  /** Convolutions and their gradients in the channel-major forms, where one of them applies. */
  #lowerConvolution(node: Node): boolean {
    if (!channelMajorLowerings.has(node.operator)) return false;
    const [first, second] = node.inputs as [string, string];
    const map = this.dims(first);
    if (map?.length !== 4 || this.dims(second)?.length !== 4) return false;
    // Weights stay as they are; for the weight gradient both operands are feature maps.
    const weight = node.operator === 'ConvWeightGradient' ? undefined : second;
    const window = node.operator === 'Conv' ? forwardWindow(node, map, this.dims(second)!) : undefined;
    // Candidates look at shapes only, so that no transposition is written for a convolution that stays batch-major.
    const probe = new LoweringContext(this.builder, node, node.inputs, window);
    const candidates = channelMajorLowerings.applicable(node.operator, probe);
    if (candidates.length === 0) return false;
    const inputs = node.inputs.map((input, index) =>
      index === 0 || (index === 1 && weight === undefined)
        ? this.channelMajor(input)
        : this.batchMajor(input),
    );
    const at = new LoweringContext(this.builder, node, inputs, window);
    const lowering = this.#choose(node.operator, candidates, at);
    this.#note(node.operator, lowering.name);
    const result = lowering.lower(at);
    if (node.operator === 'ConvWeightGradient') this.#places.set(node.outputs[0]!, { batch: result });
    else this.#places.set(node.outputs[0]!, { channel: result });
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

  #exchange(value: string, name: string): string {
    return this.builder.op('Transpose', [value], {
      name: `${name}/exchanged`,
      attributes: attributes({ perm: ints(EXCHANGE) }),
    });
  }
}
