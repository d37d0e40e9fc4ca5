import { NetworkError } from './errors.ts';
import type { Dim, ValueType } from './types.ts';

/** The shape of two broadcast operands (numpy rules); names broadcast with 1 and with themselves. SHAPE_MISMATCH otherwise. */
export function broadcastDims(a: readonly Dim[], b: readonly Dim[], where: string): readonly Dim[] {
  const rank = Math.max(a.length, b.length);
  const result: Dim[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1 && typeof left === typeof right) {
      throw new NetworkError(
        'SHAPE_MISMATCH',
        `${where}: shapes [${a.join(', ')}] and [${b.join(', ')}] do not fit together.`,
      );
    }
    result.push(
      left === 1 || (typeof left === 'string' && typeof right === 'number' && right !== 1) ? right : left,
    );
  }
  return result;
}

/** A shape as numbers, or UNKNOWN_SHAPE naming the value: differentiation and lowering need every length. */
export function staticDims(type: ValueType | undefined, value: string): readonly number[] {
  const dims = type?.dims;
  if (!dims?.every((dim): dim is number => typeof dim === 'number')) {
    throw new NetworkError(
      'UNKNOWN_SHAPE',
      `The shape of "${value}" is ${dims ? `[${dims.join(', ')}]` : 'not known'}; fix image size and batch first.`,
    );
  }
  return dims as readonly number[];
}

/** Counts a negative axis from the end; SHAPE_MISMATCH when it is outside the rank. */
export function normaliseAxis(axis: number, rank: number, where: string): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (positive < 0 || positive >= rank) {
    throw new NetworkError(
      'SHAPE_MISMATCH',
      `${where}: axis ${axis} does not exist in a tensor of rank ${rank}.`,
    );
  }
  return positive;
}
