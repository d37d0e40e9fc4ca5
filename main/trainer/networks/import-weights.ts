import { intAttribute } from '../graph/attributes.ts';
import { NetworkError } from '../graph/errors.ts';
import { floatsFromHalf, floatTensor } from '../graph/tensor.ts';
import type { FloatTensor, Graph, Node, Tensor } from '../graph/types.ts';
import { modulePaths } from './module-paths.ts';
import { trainableParameters } from './parameters.ts';

/** What PyTorch calls the inputs of an operator, in their order after the first. */
const parameterNames: ReadonlyMap<string, readonly string[]> = new Map([
  ['Conv', ['weight', 'bias']],
  ['ConvTranspose', ['weight', 'bias']],
  ['Gemm', ['weight', 'bias']],
  ['MatMul', ['weight']],
  ['Add', ['bias']],
  ['Mul', ['gamma']],
  ['BatchNormalization', ['weight', 'bias', 'running_mean', 'running_var']],
  ['LayerNormalization', ['weight', 'bias']],
  ['InstanceNormalization', ['weight', 'bias']],
  ['PRelu', ['weight']],
]);

/** What training programs put before every name when they save a network inside another. */
const wrappers = ['', 'module.', 'model.', 'state_dict.', 'backbone.', 'encoder.'];

/** Tensors that state dicts hold and networks do not use when they predict. */
const unused = /(^|\.)(num_batches_tracked|relative_position_index|attn_mask)$/;

/** A weight of a network and the names under which its numbers may be stored. */
interface Wanted {
  readonly initializer: string;
  readonly value: FloatTensor;
  readonly names: readonly string[];
  /** Whether the network multiplies by it as [in, out], where PyTorch keeps [out, in]. */
  readonly transposed: boolean;
}

/**
 * A specialised network with the weights of a state dict (timm's and torchvision's names) in the place of its own. Names
 * are matched with the initializers', or where an exporter renamed those (`onnx::MatMul_955`, `val_215`) with the
 * module the node came from; a matrix that the exporter transposed is transposed too. Every weight and statistic must be
 * found with its shape, and every tensor used: else WEIGHTS_MISMATCH lists what is missing and what is left over.
 */
export function importWeights(graph: Graph, tensors: ReadonlyMap<string, Tensor>): Graph {
  const wanted = wantedWeights(graph);
  const wrapper = bestWrapper(wanted, tensors);
  const initializers = new Map(graph.initializers);
  const used = new Set<string>();
  const missing: string[] = [];
  for (const weight of wanted) {
    const { initializer, value, names } = weight;
    const name = names.map((each) => wrapper + each).find((each) => fits(tensors.get(each), weight));
    const found = tensors.get(name ?? '');
    if (name === undefined || found === undefined) {
      missing.push(`${names[0]} [${value.dims.join(', ')}]`);
      continue;
    }
    used.add(name);
    initializers.set(initializer, inShape(found, weight));
  }
  const left = [...tensors.keys()].filter((name) => !used.has(name) && !unused.test(name));
  if (missing.length > 0 || left.length > 0) throw mismatch(graph, missing, left);
  return { ...graph, initializers };
}

function wantedWeights(graph: Graph): readonly Wanted[] {
  const paths = modulePaths(graph);
  const names = new Map<string, Set<string>>();
  const transposed = new Set<string>();
  for (const node of graph.nodes) {
    const suffixes = parameterNames.get(node.operator) ?? [];
    weightInputs(node).forEach((input, position) => {
      const value = graph.initializers.get(input);
      const suffix = suffixes[commutes(node) ? 0 : position];
      if (value?.dtype !== 'float32' || suffix === undefined) return;
      if (position === 0 && isInByOut(node)) transposed.add(input);
      const known = names.get(input) ?? new Set([input]);
      names.set(input, known.add([...(paths.get(node) ?? []), suffix].join('.')));
    });
  }
  const statistics = graph.nodes
    .filter((node) => node.operator === 'BatchNormalization')
    .flatMap((node) => node.inputs.slice(3, 5));
  return [...new Set([...trainableParameters(graph), ...statistics])].map((initializer) => ({
    initializer,
    value: graph.initializers.get(initializer) as FloatTensor,
    names: [...(names.get(initializer) ?? [initializer])],
    transposed: transposed.has(initializer),
  }));
}

/** Inputs that may be weights: all but the first, both operands where the order does not matter. */
function weightInputs(node: Node): readonly string[] {
  return commutes(node) ? node.inputs : node.inputs.slice(1);
}

const commutes = (node: Node) => node.operator === 'Add' || node.operator === 'Mul';

function isInByOut(node: Node): boolean {
  return node.operator === 'MatMul' || (node.operator === 'Gemm' && intAttribute(node, 'transB', 0) === 0);
}

function bestWrapper(wanted: readonly Wanted[], tensors: ReadonlyMap<string, Tensor>): string {
  const hits = (wrapper: string) =>
    wanted.filter(({ names }) => names.some((name) => tensors.has(wrapper + name))).length;
  return wrappers.reduce((best, wrapper) => (hits(wrapper) > hits(best) ? wrapper : best));
}

function fits(found: Tensor | undefined, { value, transposed }: Wanted): boolean {
  if (found?.dtype !== 'float32' && found?.dtype !== 'float16') return false;
  // Exporters write [C] as [1, C, 1, 1] where it is added to a map.
  const shape = (dims: readonly number[]) => dims.filter((dim) => dim !== 1).join();
  return transposed
    ? [...found.dims].reverse().join() === value.dims.join()
    : shape(found.dims) === shape(value.dims);
}

function inShape(found: Tensor, { value, transposed }: Wanted): FloatTensor {
  const floats = found.dtype === 'float16' ? floatsFromHalf(found.data) : (found.data as Float32Array);
  if (!transposed) return floatTensor(value.dims, floats);
  const [rows, columns] = value.dims as [number, number];
  return floatTensor(
    value.dims,
    Float32Array.from(
      { length: floats.length },
      (_, at) => floats[(at % columns) * rows + Math.floor(at / columns)]!,
    ),
  );
}

/** How many names a refusal lists. */
const LISTED = 8;

function mismatch(graph: Graph, missing: readonly string[], left: readonly string[]): NetworkError {
  const list = (names: readonly string[]) =>
    names.slice(0, LISTED).join(', ') + (names.length > LISTED ? ` and ${names.length - LISTED} more` : '');
  const folded =
    left.some((name) => /running_(mean|var)$/.test(name)) &&
    !graph.nodes.some((node) => node.operator === 'BatchNormalization');
  const reasons = [
    folded
      ? 'The network has batch normalisation folded into its convolutions and the weights have it apart: export the network with it kept apart.'
      : '',
    missing.length > 0 ? `Not in the file: ${list(missing)}.` : '',
    left.length > 0 ? `In the file but not in the network: ${list(left)}.` : '',
  ];
  return new NetworkError(
    'WEIGHTS_MISMATCH',
    `The weights are not those of this network. ${reasons.filter((reason) => reason !== '').join(' ')}`,
    {
      reason: folded ? 'weightsApart' : 'weightsDiffer',
      params: { missing: list(missing) || '—', left: list(left) || '—' },
    },
  );
}
