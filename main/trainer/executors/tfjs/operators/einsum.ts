import { stringAttribute } from '../../../graph/attributes.ts';
import { elementCount } from '../../../graph/tensor.ts';
import type { Slot } from '../plan.ts';
import type { NodeContext, Planner } from './context.ts';

/** Plan of Einsum over one or two operands, written as transpositions around one batched product. */
export const einsumPlanners: Readonly<Record<string, Planner>> = { Einsum: einsum };

/** An operand: its labels in the order of its axes. */
interface Operand {
  readonly slot: Slot;
  readonly labels: readonly string[];
}

function einsum(at: NodeContext): void {
  const equation = stringAttribute(at.node, 'equation', '').replaceAll(' ', '');
  const [left, right] = equation.split('->') as [string, string | undefined];
  const sides = left.split(',');
  const repeated = sides.some((side) => new Set(side).size !== side.length);
  if (right === undefined || equation.includes('.') || repeated || sides.length > 2)
    throw at.refuse(`its equation "${equation}" is more than one product of two values`);
  const lengths = new Map(
    sides.flatMap((side, index) => [...side].map((label, axis) => [label, at.dims(index)[axis]!] as const)),
  );
  const wanted = [...right];
  const operands = sides.map((side, index) => {
    const other = sides.filter((_, each) => each !== index).join('');
    return summed(at, { slot: at.plain(index), labels: [...side] }, lengths, other + right);
  });
  const result =
    operands.length === 1 ? operands[0]! : product(at, operands as [Operand, Operand], lengths, wanted);
  const perm = wanted.map((label) => result.labels.indexOf(label));
  const turned = at.plan.transpose(result.slot, perm);
  at.result(turned === at.plain(0) ? at.unary('Identity', turned) : turned);
}

/** Sums over the labels that nothing else asks for. */
function summed(
  at: NodeContext,
  operand: Operand,
  lengths: ReadonlyMap<string, number>,
  kept: string,
): Operand {
  const axes = operand.labels.flatMap((label, axis) => (kept.includes(label) ? [] : [axis]));
  if (axes.length === 0) return operand;
  const labels = operand.labels.filter((label) => kept.includes(label));
  const sum = at.unary('Sum', operand.slot, { axis: axes, keepDims: true });
  return {
    slot: at.plan.reshape(
      sum,
      labels.map((label) => lengths.get(label)!),
    ),
    labels,
  };
}

function product(
  at: NodeContext,
  [a, b]: readonly [Operand, Operand],
  lengths: ReadonlyMap<string, number>,
  wanted: readonly string[],
): Operand {
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => wanted.includes(label));
  const inner = shared.filter((label) => !wanted.includes(label));
  const rows = a.labels.filter((label) => !shared.includes(label));
  const columns = b.labels.filter((label) => !shared.includes(label));
  const count = (labels: readonly string[]) => elementCount(labels.map((label) => lengths.get(label)!));
  const laid = (operand: Operand, groups: readonly (readonly string[])[]) => {
    const perm = groups.flat().map((label) => operand.labels.indexOf(label));
    return at.plan.reshape(at.plan.transpose(operand.slot, perm), groups.map(count));
  };
  const joined = at.kernel(
    'BatchMatMul',
    { a: laid(a, [batch, rows, inner]), b: laid(b, [batch, inner, columns]) },
    { transposeA: false, transposeB: false },
  );
  const labels = [...batch, ...rows, ...columns];
  return {
    slot: at.plan.reshape(
      joined,
      labels.map((label) => lengths.get(label)!),
    ),
    labels,
  };
}
