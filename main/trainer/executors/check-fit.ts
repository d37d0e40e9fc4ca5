import { NetworkError } from '../graph/errors.ts';
import type { Tensor, ValueInfo } from '../graph/types.ts';

/** Throws SHAPE_MISMATCH, naming the input, unless a tensor has the type and shape that the input takes. */
export function checkFit(input: ValueInfo, value: Tensor): void {
  const fits =
    value.dtype === input.dtype &&
    (input.dims === null ||
      (input.dims.length === value.dims.length &&
        input.dims.every((dim, axis) => typeof dim === 'string' || dim === value.dims[axis])));
  if (fits) return;
  throw new NetworkError(
    'SHAPE_MISMATCH',
    `"${input.name}" takes ${input.dtype} [${input.dims?.join(', ') ?? '?'}] but was given ${value.dtype} [${value.dims.join(', ')}].`,
  );
}
