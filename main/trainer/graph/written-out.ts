import { float, floatAttribute, int, intAttribute, ints, stringAttribute } from './attributes.ts';
import { NetworkError } from './errors.ts';
import { onnxTypeNumbers } from './onnx-types.ts';
import { floatTensor, intsTensor } from './tensor.ts';
import type { Attribute, Node, Tensor } from './types.ts';

/** Collects the operators that stand for a newer or a rarer one, and the constants they need. */
interface Writer {
  readonly op: (
    operator: string,
    inputs: readonly string[],
    label?: string,
    attributes?: Readonly<Record<string, Attribute>>,
  ) => string;
  readonly float: (label: string, value: number) => string;
  readonly whole: (label: string, values: readonly number[]) => string;
}

const rules: Readonly<Record<string, (node: Node, writer: Writer, known: Constants) => string>> = {
  Gelu: gelu,
  Swish: swish,
  RMSNormalization: rootMeanSquare,
  Attention: attention,
  Mish: mish,
  Selu: selu,
  Celu: celu,
  Softsign: softsign,
  ThresholdedRelu: thresholdedRelu,
  LpNormalization: lpNormalization,
  LRN: localResponseNormalization,
  Erfc: erfc,
};
type Constants = ReadonlyMap<string, Tensor>;

/**
 * A node that newer opsets know as one, or that only a few networks have, by operators of opset 18 that every executor has;
 * null for any other. Its constants are added to `initializers`. Throws UNSUPPORTED_OPERATOR for an attention with memory, windows or more than one result.
 */
export function writtenOut(node: Node, initializers: Map<string, Tensor>): readonly Node[] | null {
  const rule = rules[node.operator];
  if (rule === undefined) return null;
  const nodes: Node[] = [];
  const keep = (label: string, value: Tensor) => {
    initializers.set(`${node.name}/${label}`, value);
    return `${node.name}/${label}`;
  };
  const last = rule(
    node,
    {
      op: (operator, inputs, label = operator, attributes = {}) => {
        const name = `${node.name}/${label}`;
        const map = new Map(Object.entries(attributes));
        nodes.push({ name, operator, domain: '', inputs, outputs: [name], attributes: map });
        return name;
      },
      float: (label, value) => keep(label, floatTensor([], [value])),
      whole: (label, values) => keep(label, intsTensor(values)),
    },
    initializers,
  );
  // The last one takes the place of the node: its name and its output.
  return nodes.map((each) =>
    each.outputs[0] === last ? { ...each, name: node.name, outputs: node.outputs } : each,
  );
}

/**
 * x·Φ(x) as exporters of opset 18 write it (Hendrycks and Gimpel 2016); runtimes know the pattern and fuse it again.
 * The tanh form is 0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))).
 */
function gelu(node: Node, { op, float }: Writer): string {
  const x = node.inputs[0]!;
  let share: string;
  if (stringAttribute(node, 'approximate', 'none') === 'tanh') {
    const cube = op('Pow', [x, float('three', 3)]);
    const bent = op('Add', [x, op('Mul', [cube, float('bend', 0.044715)], 'Mul_bend')], 'Add_bend');
    share = op('Tanh', [op('Mul', [bent, float('slope', Math.sqrt(2 / Math.PI))], 'Mul_slope')]);
  } else share = op('Erf', [op('Div', [x, float('root', Math.SQRT2)])]);
  const doubled = op('Mul', [x, op('Add', [share, float('one', 1)])]);
  return op('Mul', [doubled, float('half', 0.5)], 'Mul_half');
}

/** x·sigmoid(αx) (opset 24). */
function swish(node: Node, { op, float }: Writer): string {
  const x = node.inputs[0]!;
  const alpha = floatAttribute(node, 'alpha', 1);
  const steep = alpha === 1 ? x : op('Mul', [x, float('alpha', alpha)], 'Mul_alpha');
  return op('Mul', [x, op('Sigmoid', [steep])]);
}

/** x·tanh(softplus(x)) (Misra 2019). */
function mish(node: Node, { op }: Writer): string {
  const x = node.inputs[0]!;
  return op('Mul', [x, op('Tanh', [op('Softplus', [x])])]);
}

/** 1 − erf(x). No operator of ONNX: tf2onnx leaves TensorFlow's own one in every Gelu that Keras writes. */
function erfc(node: Node, { op, float: number }: Writer): string {
  return op('Sub', [number('one', 1), op('Erf', [node.inputs[0]!])]);
}

function selu(node: Node, { op, float: number }: Writer): string {
  const alpha = { alpha: float(floatAttribute(node, 'alpha', 1.6732631921768188)) };
  const bent = op('Elu', [node.inputs[0]!], 'Elu', alpha);
  return op('Mul', [bent, number('gamma', floatAttribute(node, 'gamma', 1.0507010221481323))]);
}

/** α·elu(x ÷ α). */
function celu(node: Node, { op, float: number }: Writer): string {
  const alpha = number('alpha', floatAttribute(node, 'alpha', 1));
  return op('Mul', [op('Elu', [op('Div', [node.inputs[0]!, alpha])]), alpha]);
}

/** x ÷ (1 + |x|). */
function softsign(node: Node, { op, float: number }: Writer): string {
  const x = node.inputs[0]!;
  return op('Div', [x, op('Add', [op('Abs', [x]), number('one', 1)])]);
}

/** x where it is above α, else 0. */
function thresholdedRelu(node: Node, { op, float: number }: Writer): string {
  const x = node.inputs[0]!;
  const above = op('Greater', [x, number('alpha', floatAttribute(node, 'alpha', 1))]);
  return op('Mul', [x, op('Cast', [above], 'Cast', { to: int(onnxTypeNumbers.float32) })]);
}

/** x ÷ its norm along one axis. */
function lpNormalization(node: Node, { op, whole }: Writer): string {
  const x = node.inputs[0]!;
  const axis = whole('axis', [intAttribute(node, 'axis', -1)]);
  const norm = intAttribute(node, 'p', 2) === 1 ? 'ReduceL1' : 'ReduceL2';
  return op('Div', [x, op(norm, [x, axis], norm, { keepdims: int(1) })]);
}

/** x ÷ (bias + α ÷ size · Σ x² over neighbouring channels)^β (Krizhevsky, Sutskever and Hinton 2012). */
function localResponseNormalization(node: Node, { op, float: number, whole }: Writer): string {
  const x = node.inputs[0]!;
  const size = intAttribute(node, 'size', 1);
  const channels = whole('channels', [1]);
  const before = Math.floor((size - 1) / 2);
  const around = whole('around', [before, size - 1 - before]);
  const padded = op('Pad', [op('Mul', [x, x], 'Mul_square'), around, '', channels]);
  const shifted = Array.from({ length: size }, (_, at) => {
    const end = at === size - 1 ? 2 ** 31 - 1 : at - (size - 1);
    return op(
      'Slice',
      [padded, whole(`start${at}`, [at]), whole(`end${at}`, [end]), channels],
      `Slice_${at}`,
    );
  });
  const alpha = number('alpha', floatAttribute(node, 'alpha', 1e-4) / size);
  const share = op('Mul', [op('Sum', shifted), alpha], 'Mul_alpha');
  const sum = op('Add', [share, number('bias', floatAttribute(node, 'bias', 1))]);
  return op('Div', [x, op('Pow', [sum, number('beta', floatAttribute(node, 'beta', 0.75))])]);
}

/** x ÷ √(mean of x² over the last axes + ε), scaled (opset 23). Which axes those are must be countable from the last. */
function rootMeanSquare(node: Node, { op, float, whole }: Writer, known: Constants): string {
  const [x, scale] = node.inputs as readonly [string, string];
  const axis = intAttribute(node, 'axis', -1);
  const count = axis < 0 ? -axis : (known.get(scale)?.dims.length ?? 0);
  if (count === 0) throw refused(node, 'its axes cannot be counted from the last');
  const axes = whole(
    'axes',
    Array.from({ length: count }, (_, at) => at - count),
  );
  const mean = op('ReduceMean', [op('Mul', [x, x], 'Mul_square'), axes], 'ReduceMean', { keepdims: int(1) });
  const root = op('Sqrt', [op('Add', [mean, float('epsilon', floatAttribute(node, 'epsilon', 1e-5))])]);
  return op('Mul', [op('Div', [x, root]), scale]);
}

/**
 * softmax(Q·Kᵀ ÷ √d + mask)·V (opset 23): heads [N, heads, length, d], or side by side [N, length, heads · d]. Nothing
 * that remembers earlier words, since images have none.
 */
function attention(node: Node, writer: Writer, known: Constants): string {
  const { op, float } = writer;
  checkAttention(node);
  const [q, k, v, mask] = node.inputs as readonly [string, string, string, string | undefined];
  const heads = [intAttribute(node, 'q_num_heads', 0), intAttribute(node, 'kv_num_heads', 0)] as const;
  const sideBySide = heads[0] > 0;
  const query = sideBySide ? apart(writer, q, heads[0], 'query') : q;
  const key = sideBySide ? apart(writer, k, heads[1], 'key') : k;
  const value = sideBySide ? apart(writer, v, heads[1], 'value') : v;
  const turned = op('Transpose', [key], 'Transpose_key', { perm: ints([0, 1, 3, 2]) });
  const products = op('MatMul', [query, turned], 'MatMul_scores');
  const scale = floatAttribute(node, 'scale', 0);
  const scores =
    scale === 0
      ? op('Div', [products, rootOfLength(writer, query)])
      : op('Mul', [products, float('scale', scale)], 'Mul_scale');
  const open = mask ? masked(writer, scores, mask, known) : scores;
  const weights = op('Softmax', [open], 'Softmax', { axis: int(-1) });
  const seen = op('MatMul', [weights, value]);
  if (!sideBySide) return seen;
  const back = op('Transpose', [seen], 'Transpose_back', { perm: ints([0, 2, 1, 3]) });
  return op('Reshape', [back, writer.whole('joined', [0, 0, -1])], 'Reshape_back');
}

function checkAttention(node: Node): void {
  const { inputs, outputs } = node;
  const is = (name: string, usual: number) => intAttribute(node, name, usual) === usual;
  if (inputs.slice(4).some((input) => input !== ''))
    throw refused(node, 'it remembers earlier keys', 'past_key');
  if (outputs.slice(1).some((output) => output !== ''))
    throw refused(node, 'more of it than its answer is used', 'present_key');
  if (!is('is_causal', 0) || !is('left_window_size', -1) || !is('right_window_size', -1))
    throw refused(node, 'it looks at what came before only', 'is_causal');
  if (floatAttribute(node, 'softcap', 0) !== 0) throw refused(node, 'it limits its scores', 'softcap');
  if (intAttribute(node, 'q_num_heads', 0) !== intAttribute(node, 'kv_num_heads', 0))
    throw refused(node, 'several queries share one key', 'kv_num_heads');
}

/** [N, length, heads · d] to [N, heads, length, d]. */
function apart({ op, whole }: Writer, value: string, heads: number, label: string): string {
  const split = op('Reshape', [value, whole(label, [0, 0, heads, -1])], `Reshape_${label}`);
  return op('Transpose', [split], `Transpose_${label}_heads`, { perm: ints([0, 2, 1, 3]) });
}

function rootOfLength({ op, whole }: Writer, query: string): string {
  const shape = op('Shape', [query], 'Shape', { start: int(-1) });
  const length = op('Squeeze', [shape, whole('only', [0])]);
  return op('Sqrt', [op('Cast', [length], 'Cast', { to: int(onnxTypeNumbers.float32) })]);
}

/** A mask of numbers is added; one of yes and no leaves out where it says no. */
function masked({ op, float }: Writer, scores: string, mask: string, known: Constants): string {
  if (known.get(mask)?.dtype !== 'bool') return op('Add', [scores, mask], 'Add_mask');
  return op('Where', [mask, scores, float('never', -3.4e38)]);
}

function refused({ operator, name }: Node, why: string, what?: string): NetworkError {
  return new NetworkError('UNSUPPORTED_OPERATOR', `${operator} "${name}" cannot be taken: ${why}.`, {
    operator,
    node: name,
    ...(what === undefined ? {} : { reason: 'attentionForm', params: { what } }),
  });
}
