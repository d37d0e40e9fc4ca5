import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import { grantId, timestamp } from './common.ts';
import { executorChoice, executorDecision, executorId, executorReport } from './executor.ts';

/** What computes on this machine: what was found, what is used, and what is being measured. */
export const computingState = z.object({
  /** In the order in which they are shown; `null` before the first measurement. */
  executors: z.array(executorReport).nullable(),
  measuredAt: timestamp.nullable(),
  measuring: z.object({ done: z.int(), total: z.int(), title: z.string() }).nullable(),
  /** What the person chose. */
  choice: executorChoice,
  /** What that comes to; `null` where the chosen one cannot be used: then nothing can be trained until that is mended. */
  decision: executorDecision.nullable(),
  /** Threads that training uses, and how many the machine has. */
  threads: z.int(),
  machineThreads: z.int(),
  /** Name of the folder in which the person keeps libraries of executors; `null` where none was chosen. */
  libraries: z.string().nullable(),
});
export type ComputingState = z.infer<typeof computingState>;

export const computingContract = {
  state: oc.output(computingState),
  /** Where libraries of executors lie that do not come with the program; `null`: nowhere of the person's own. */
  chooseLibraries: oc.input(z.strictObject({ folder: grantId.nullable() })).output(computingState),
  /** Measures again, whatever is known; ends early, keeping what was known, when the caller goes away. */
  measure: oc.output(
    eventIterator(
      z.discriminatedUnion('type', [
        z.object({
          type: z.literal('progress'),
          done: z.int(),
          total: z.int(),
          executor: executorId.nullable(),
          title: z.string(),
        }),
        z.object({ type: z.literal('done'), result: computingState }),
      ]),
    ),
  ),
};
