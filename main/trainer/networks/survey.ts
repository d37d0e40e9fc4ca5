import { attributes, int, ints } from '../graph/attributes.ts';
import { outputsOnly } from '../graph/cut.ts';
import { NetworkError } from '../graph/errors.ts';
import { lostWeights } from '../graph/lost-weights.ts';
import { specialise } from '../graph/specialise.ts';
import { intsTensor } from '../graph/tensor.ts';
import type { Dim, Graph, Node, ValueInfo } from '../graph/types.ts';
import type { BackboneStage } from './card.ts';
import { withConstantScaling } from './image-scaling.ts';
import { type Classifier, classifierOf, withFeatures } from './survey-classifier.ts';
import { findStages } from './survey-stages.ts';
import { withNames } from './with-names.ts';

/** What a network file turns out to be. */
export interface Survey {
  /** The network with one float32 RGB input [N, 3, height, width], whatever it took before. */
  readonly graph: Graph;
  readonly input: string;
  /** How it took its images. */
  readonly layout: 'NCHW' | 'NHWC';
  readonly size: readonly [number, number];
  readonly anySize: boolean;
  readonly features: string;
  readonly featureCount: number;
  /** Output [N, classes] of the classifier it came with; null where it ends in its features. */
  readonly logits: string | null;
  readonly classes: number | null;
  readonly stages: readonly BackboneStage[];
  /** Stages whose maps are worth being seen side by side; none where they are not maps. */
  readonly multiLevel: readonly string[];
}

/** Side in pixels where a network takes any and nobody says which it was trained at. */
const USUAL_SIZE = 224;

/** What a person knows of a network that its file does not say. */
export interface SurveyOptions {
  readonly order: 'rgb' | 'bgr';
  /** Side it was trained at, where the file leaves it open. */
  readonly size: number | null;
  /** Value to use as features, where what is found is not what is wanted. */
  readonly features: string | null;
  /** Side where neither file nor person says. */
  readonly otherwise?: number | null;
}

/**
 * Finds input, classifier, features and stages of a network.
 * Throws NetworkError naming operator and node: UNSUPPORTED_TYPE, SHAPE_MISMATCH, UNKNOWN_SHAPE, UNKNOWN_VALUE.
 */
export function surveyNetwork(network: Graph, options: SurveyOptions): Survey {
  const found = imageInput(network);
  const size = sizeOf(found, options);
  const whole = asRgbPlanes(prepared(network), found, options.order);
  const input = whole.inputs[0]!.name;
  const fixed = (graph: Graph) => specialise(graph, { inputs: new Map([[input, ['N', 3, ...size]]]) });
  const first = fixed(whole);
  const classifier = findClassifier(first);
  const { graph, features: read } = classifier
    ? withFeatures(whole, classifier)
    : { graph: whole, features: null };
  const at = graph === whole ? first : fixed(graph);
  const features = featuresOf(at, options.features ?? read);
  const featureCount = at.types.get(features)?.dims?.[1];
  if (typeof featureCount !== 'number')
    throw new NetworkError('UNKNOWN_SHAPE', `The shape of "${features}" cannot be told before running.`, {
      reason: 'featuresShape',
      params: { value: features },
    });
  const { stages, multiLevel } = findStages(outputsOnly(at, [features]), features);
  if (stages.length === 0)
    throw new NetworkError('INVALID_GRAPH', 'The network has no weights that could be trained.', {
      reason: 'noWeights',
    });
  const logits = classifier?.logits ?? null;
  const classes = logits === null ? null : at.types.get(logits)?.dims?.[1];
  return {
    graph,
    input,
    layout: found.layout,
    size,
    anySize: found.size === null,
    features,
    logits,
    featureCount,
    classes: typeof classes === 'number' ? classes : null,
    stages,
    multiLevel,
  };
}

/** A network for any number of images, with its weights under names that can be kept and nothing else among them. */
function prepared(network: Graph): Graph {
  return withoutNamesOfHeads(withConstantScaling(forAnyNumber(network)));
}

/** Exporters that are not told otherwise write a network for the number of images they were shown, which is mostly one. */
function forAnyNumber(network: Graph): Graph {
  const [{ name, dims }] = network.inputs as readonly [ValueInfo];
  if (typeof dims?.[0] !== 'number') return network;
  return specialise(network, { inputs: new Map([[name, ['N', ...dims.slice(1)]]]) });
}

/** Weights of heads, which are put on any network; the names are those of saved models. */
const ofHeads = /^head\.(linear|hidden)\.(weight|bias)$|^head\.mask$/;

/** Weights that are called like those of the heads to come get other names. */
function withoutNamesOfHeads(network: Graph): Graph {
  return withNames(network, (name) => (ofHeads.test(name) ? `network.${name}` : name));
}

/** The file's own size, else the one it was trained at; what contradicts the file is refused, not passed over. */
function sizeOf({ size }: ImageInput, options: SurveyOptions): readonly [number, number] {
  const { size: asked, otherwise = null } = options;
  if (size === null) {
    const side = asked ?? otherwise ?? USUAL_SIZE;
    return [side, side];
  }
  if (asked === null || size.includes(asked)) return size;
  const [height, width] = size;
  throw new NetworkError(
    'SHAPE_MISMATCH',
    `The network's file takes images of ${height} × ${width} pixels only, not of ${asked}.`,
    { reason: 'onlySize', params: { height, width, asked } },
  );
}

interface ImageInput {
  readonly name: string;
  readonly layout: 'NCHW' | 'NHWC';
  readonly size: readonly [number, number] | null;
}

/** The one image that a network takes; else UNSUPPORTED_TYPE, or INVALID_GRAPH where it lost its weights. */
export function imageInput({ inputs, nodes }: Graph): ImageInput {
  const [input] = inputs;
  const lost = lostWeights(nodes, (value) => inputs.some(({ name }) => name === value));
  if (lost) throw lost;
  if (input === undefined || inputs.length !== 1)
    throw new NetworkError(
      'UNSUPPORTED_TYPE',
      `The network takes ${inputs.length} inputs (${inputs.map(({ name }) => name).join(', ')}); only one image can be given. Export it without the others.`,
      { reason: 'inputCount', params: { count: inputs.length } },
    );
  const { name, dtype, dims } = input;
  if (dtype !== 'float32' || dims?.length !== 4 || (dims[1] !== 3 && dims[3] !== 3))
    throw new NetworkError(
      'UNSUPPORTED_TYPE',
      `The input "${name}" is ${dtype} [${dims?.join(', ') ?? '?'}]; an image of three colours is float32 [N, 3, height, width] or [N, height, width, 3]. Export it so.`,
      { reason: 'inputForm', params: { input: name, form: `${dtype} [${dims?.join(', ') ?? '?'}]` } },
    );
  const layout = dims[1] === 3 ? 'NCHW' : 'NHWC';
  const sides = layout === 'NCHW' ? dims.slice(2) : dims.slice(1, 3);
  const known = sides.every((side): side is number => typeof side === 'number');
  return { name, layout, size: known ? [sides[0] as number, sides[1] as number] : null };
}

/** Puts what other conventions need before the network: planes to interleaved pixels, red and blue exchanged. */
function asRgbPlanes(network: Graph, { name, layout, size }: ImageInput, order: 'rgb' | 'bgr'): Graph {
  const [height, width]: readonly Dim[] = size ?? ['H', 'W'];
  const type = { dtype: 'float32', dims: ['N', 3, height!, width!] } as const;
  if (layout === 'NCHW' && order === 'rgb') return { ...network, inputs: [{ name, ...type }] };
  const taken = new Set([
    name,
    ...network.initializers.keys(),
    ...network.nodes.flatMap((node) => node.outputs),
  ]);
  const unused = (stem: string) => (taken.has(stem) ? `${stem}.enxerto` : stem);
  const [image, channels, exchanged] = [unused('image'), unused('channels'), unused('exchanged')];
  const nodeOf = (
    operator: string,
    inputs: readonly string[],
    output: string,
    attribute: Node['attributes'],
  ) => ({
    // Without a slash: it belongs to none of the network's modules.
    name: `enxerto.${operator}`,
    operator,
    domain: '' as const,
    inputs,
    outputs: [output],
    attributes: attribute,
  });
  const nodes: Node[] = [];
  if (order === 'bgr') {
    const target = layout === 'NHWC' ? exchanged : name;
    nodes.push(nodeOf('Gather', [image, channels], target, attributes({ axis: int(1) })));
  }
  if (layout === 'NHWC') {
    const from = order === 'bgr' ? exchanged : image;
    nodes.push(nodeOf('Transpose', [from], name, attributes({ perm: ints([0, 2, 3, 1]) })));
  }
  return {
    ...network,
    inputs: [{ name: image, ...type }],
    nodes: [...nodes, ...network.nodes],
    initializers: new Map([...network.initializers, [channels, intsTensor([2, 1, 0])]]),
  };
}

/**
 * The stages of a specialised network for images, up to its features: before its classifier, else its first output that is
 * rows, else its first.
 */
export function stagesOf(graph: Graph): readonly BackboneStage[] {
  const classifier = findClassifier(graph);
  const found = classifier ? withFeatures(graph, classifier) : { graph, features: rows(graph)[0] };
  const end = found.features ?? graph.outputs[0]!.name;
  return findStages(outputsOnly(found.graph, [end]), end).stages;
}

/** Outputs of one row an image. */
function rows({ outputs, types }: Graph): readonly string[] {
  return outputs.map(({ name }) => name).filter((name) => types.get(name)?.dims?.length === 2);
}

function findClassifier(graph: Graph): Classifier | null {
  return rows(graph).flatMap((output) => classifierOf(graph, output) ?? [])[0] ?? null;
}

/** What is named or was found, else the output itself where the network ends in features. */
function featuresOf(graph: Graph, wanted: string | null): string {
  const features = wanted ?? rows(graph)[0];
  if (features === undefined) {
    const outputs = graph.outputs.map(({ name, dims }) => `${name} [${dims?.join(', ') ?? '?'}]`).join('; ');
    throw new NetworkError(
      'SHAPE_MISMATCH',
      `No output of the network is one row of numbers an image (its outputs: ${outputs}). Export a classifier, or its pooled features.`,
      { reason: 'noRow', params: { outputs } },
    );
  }
  if (graph.types.get(features)?.dims?.length !== 2)
    throw new NetworkError(
      'UNKNOWN_VALUE',
      `"${features}" is no value [N, features] of the network. Name one that is.`,
      { reason: 'noFeatures', params: { value: features } },
    );
  return features;
}
