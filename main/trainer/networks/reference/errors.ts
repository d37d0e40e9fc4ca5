import type { ErrorParams } from '../../../../shared/domain/errors.ts';
import type { RefusalReason } from '../../../../shared/domain/refusals.ts';
import { NetworkError } from '../../graph/errors.ts';

/** A reference that cannot be used, by a reason that a page can put into words. */
export function referenceError(reason: RefusalReason, why: string, params: ErrorParams = {}): NetworkError {
  return new NetworkError('WEIGHTS_MISMATCH', `The reference cannot be used: ${why}.`, { reason, params });
}
