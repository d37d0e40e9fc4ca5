import { ORPCError } from '@orpc/client';
import { z } from 'zod';
import { type ErrorCode, type ErrorParams, errorCodes } from '../../shared/domain/errors.ts';

/** A failure as the page shows it: a code it has a sentence for, the values of the sentence, the id in the log. */
export interface Failure {
  readonly code: ErrorCode;
  readonly params: ErrorParams;
  readonly message: string;
  readonly causeId: string | null;
}

const failureData = z.object({
  params: z.record(z.string(), z.union([z.string(), z.number()])).catch({}),
  causeId: z.string().nullable().catch(null),
});
const known = new Set<string>(errorCodes);

/** Reads a code of the contract, or `null` for a code that this version of the page does not know. */
export function asErrorCode(code: string): ErrorCode | null {
  return known.has(code) ? (code as ErrorCode) : null;
}

/** What went wrong in the studio's own terms, whatever was thrown. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ORPCError) {
    const data = failureData.safeParse(error.data);
    return {
      code: asErrorCode(error.code) ?? 'INTERNAL',
      params: data.success ? data.data.params : {},
      message: error.message,
      causeId: data.success ? data.data.causeId : null,
    };
  }
  const isAbort = error instanceof Error && error.name === 'AbortError';
  return {
    code: isAbort ? 'CANCELLED' : 'INTERNAL',
    params: {},
    message: error instanceof Error ? error.message : String(error),
    causeId: null,
  };
}
