import { ORPCError } from '@orpc/server';
import { z } from 'zod';
import type { ErrorParams } from '../../shared/domain/errors.ts';
import { StudioError } from '../../shared/domain/errors.ts';

/** How a command ends, for whoever called it. */
export const exitCodes = { done: 0, failed: 1, usage: 2, cancelled: 130 } as const;

/** A failure as it is printed. */
export type CliFailure = {
  readonly code: string;
  readonly message: string;
  readonly params: ErrorParams;
  readonly exitCode: number;
};

const data = z.object({ params: z.record(z.string(), z.union([z.string(), z.number()])) });

/** What is said of a command that was ended and has nothing of its own to say. */
const ENDED = 'The command was ended before it was done. What it had saved until then is kept.';

/** Does what Ctrl+C may end, and says then what becomes of it: what was ended, what is kept, what can be done next. */
export async function cancellable<T>(signal: AbortSignal, told: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new StudioError('CANCELLED', told, {}, { cause: error });
  }
}

/** Any thrown value as a failure with its exit code; `cancelled`: the person ended the command. */
export function toFailure(error: unknown, cancelled: boolean): CliFailure {
  const told = error instanceof StudioError && error.code === 'CANCELLED' ? error.message : null;
  if (cancelled || told !== null)
    return { code: 'CANCELLED', message: told ?? ENDED, params: {}, exitCode: exitCodes.cancelled };
  if (error instanceof StudioError) return failed(error.code, error.message, error.params);
  if (error instanceof ORPCError) {
    const values = data.safeParse(error.data);
    return failed(error.code, error.message, values.success ? values.data.params : {});
  }
  return failed('INTERNAL', error instanceof Error ? error.message : String(error), {});
}

const failed = (code: string, message: string, params: ErrorParams): CliFailure => ({
  code,
  message,
  params,
  exitCode: exitCodes.failed,
});
