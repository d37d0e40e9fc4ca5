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

/** The tensor that was given for an input; NetworkError SHAPE_MISMATCH where there is none or it does not fit. */
export function fittingFeed(input: ValueInfo, feeds: ReadonlyMap<string, Tensor>): Tensor {
  const feed = feeds.get(input.name);
  if (feed === undefined)
    throw new NetworkError('SHAPE_MISMATCH', `The input "${input.name}" was not given.`);
  checkFit(input, feed);
  return feed;
}
