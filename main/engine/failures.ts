import { mapEventIterator } from '@orpc/client';
import { ORPCError, ValidationError } from '@orpc/server';
import { type ErrorCode, type ErrorParams, StudioError } from '../../shared/domain/errors.ts';
import type { Ids } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';

/** What travels with an error's code and message: values for its sentence, and where the log tells more. */
export interface FailureData {
  readonly params: ErrorParams;
  readonly causeId: string;
}

/** The part of oRPC's interceptor options that is used here. */
interface Call<T> {
  readonly path: readonly string[];
  readonly signal?: AbortSignal | undefined;
  readonly next: () => Promise<T>;
}

/**
 * The one interceptor of all calls, in process or over a port: every failure becomes a code, a message, values
 * and a cause id, and is logged under that id. Stacks and paths of the program never leave the engine. Failures
 * in the middle of a stream are treated alike.
 */
export function failureInterceptor(log: Logger, ids: Ids): <T>(call: Call<T>) => Promise<T> {
  return async <T>(call: Call<T>): Promise<T> => {
    const translate = (error: unknown) => translated(error, call, log, ids);
    try {
      const output = await call.next();
      if (!isAsyncIterator(output)) return output;
      return mapEventIterator(output, {
        value: async (value: unknown) => value,
        error: async (error) => translate(error),
      }) as T;
    } catch (error) {
      throw translate(error);
    }
  };
}

function isAsyncIterator(value: unknown): value is AsyncIterator<unknown, unknown, void> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value && 'next' in value;
}

function translated(
  error: unknown,
  call: Pick<Call<unknown>, 'path' | 'signal'>,
  log: Logger,
  ids: Ids,
): ORPCError<string, FailureData> {
  const causeId = ids.next();
  const method = call.path.join('.');
  const answer = (code: ErrorCode, message: string, params: ErrorParams = {}) =>
    new ORPCError(code, { message, data: { params, causeId } satisfies FailureData, cause: error });

  if (error instanceof StudioError) {
    log.info({ causeId, method, code: error.code }, 'refused');
    log.debug({ causeId, err: error }, 'refused because');
    return answer(error.code, error.message, error.params);
  }
  if (error instanceof ORPCError && error.code === 'BAD_REQUEST') {
    log.warn({ causeId, method }, 'call with invalid input');
    return answer('BAD_REQUEST', invalidInput(error));
  }
  if (call.signal?.aborted) return answer('CANCELLED', 'Cancelled.');
  log.error({ causeId, method, err: error }, 'unexpected failure');
  const message = `Something unexpected went wrong. The log tells more under ${causeId}.`;
  return answer('INTERNAL', message);
}

/** Which field was wrong, and how; values are left out, since they may be anything. */
function invalidInput(error: ORPCError<string, unknown>): string {
  if (!(error.cause instanceof ValidationError)) return 'The call’s input is not valid.';
  const [first] = error.cause.issues;
  if (first === undefined) return 'The call’s input is not valid.';
  const path = (first.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part));
  return `The call’s input is not valid: ${[...path, first.message].join(': ')}.`;
}
