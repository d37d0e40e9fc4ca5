import { StudioError } from '../../../shared/domain/errors.ts';
import type { Reporter } from '../jobs/reporter.ts';
import type { Batching } from './batching.ts';

/** Says in the run's log that memory was short and what was done about it. */
export function tellSmaller(reporter: Reporter, before: Batching, after: Batching): void {
  const params = { before: before.batch, after: after.batch, step: after.batch * after.accumulation };
  reporter.send({
    type: 'log',
    level: 'warning',
    code: 'TRAIN_SMALLER_BATCH',
    message: `Not enough memory for ${before.batch} images at a time: going on with ${after.batch}. A step is still made of ${params.step} images, so what is learned is the same; it takes longer.`,
    params,
  });
}

/** Not even one image at a time fits. */
export function noMemoryForOne(cause: unknown): StudioError {
  return new StudioError(
    'OUT_OF_MEMORY',
    'There is not enough memory to train with even one image at a time. Close other programs, choose a smaller image size, or let fewer blocks learn.',
    {},
    { cause },
  );
}
