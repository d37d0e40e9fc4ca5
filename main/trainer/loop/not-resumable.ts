import { type ErrorParams, StudioError } from '../../../shared/domain/errors.ts';

/** RUN_NOT_RESUMABLE: what a run would go on from is missing, damaged or another one; `params` may say it shorter. */
export function notResumable(reason: string, params: ErrorParams = {}, cause?: unknown): StudioError {
  return new StudioError(
    'RUN_NOT_RESUMABLE',
    `The run cannot be resumed: ${reason}. Start it again.`,
    { reason, ...params },
    { cause },
  );
}
