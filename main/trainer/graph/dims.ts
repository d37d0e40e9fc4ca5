import type { Dim } from './types.ts';

/** A length as a product: 4·N has the factor 4 and the name N. */
interface Product {
  readonly factor: number;
  readonly names: readonly string[];
}

/** The length of two axes merged, such as `4*N`; names stay symbolic. */
export function multiplyDims(a: Dim, b: Dim): Dim {
  const [left, right] = [parse(a), parse(b)];
  return render({ factor: left.factor * right.factor, names: [...left.names, ...right.names] });
}

/** The length of all axes merged. */
export function productOfDims(dims: readonly Dim[]): Dim {
  return dims.reduce(multiplyDims, 1);
}

/** The other length where an axis of length `total` is divided; undefined where it does not come out even. */
export function divideDims(total: Dim, part: Dim): Dim | undefined {
  const [whole, divisor] = [parse(total), parse(part)];
  const names = [...whole.names];
  for (const name of divisor.names) {
    const at = names.indexOf(name);
    if (at < 0) return undefined;
    names.splice(at, 1);
  }
  if (divisor.factor === 0 || whole.factor % divisor.factor !== 0) return undefined;
  return render({ factor: whole.factor / divisor.factor, names });
}

/** A length as a number, names (the batch) counted as 1: for what is stated per image. */
export function lengthPerImage(dim: Dim): number {
  return parse(dim).factor;
}

function parse(dim: Dim): Product {
  if (typeof dim === 'number') return { factor: dim, names: [] };
  let factor = 1;
  const names: string[] = [];
  for (const part of dim.split('*').map((text) => text.trim())) {
    if (/^\d+$/.test(part)) factor *= Number(part);
    else names.push(part);
  }
  return { factor, names };
}

function render({ factor, names }: Product): Dim {
  if (names.length === 0 || factor === 0) return factor;
  const sorted = [...names].sort();
  return factor === 1 ? sorted.join('*') : [factor, ...sorted].join('*');
}
