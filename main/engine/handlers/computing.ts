import { implement } from '@orpc/server';
import { computingContract } from '../../../shared/contract/computing.ts';
import { chooseLibraries, computingState, measureAgain } from '../computing/service.ts';
import { asEvents } from './as-events.ts';
import type { HandlerContext } from './context.ts';

const os = implement(computingContract).$context<HandlerContext>();

/** What computes on this machine. */
export const computingHandlers = os.router({
  state: os.state.handler(({ context }) => computingState(context.engine)),
  chooseLibraries: os.chooseLibraries.handler(({ context, input }) =>
    chooseLibraries(context.engine, input.folder),
  ),
  measure: os.measure.handler(({ context, signal }) => asEvents(measureAgain(context.engine, signal))),
});
