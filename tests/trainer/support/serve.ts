import { pipePair } from '../../../main/lib/ports.ts';
import { serveTrainer } from '../../../main/trainer/jobs/serve.ts';
import { type TrainerCommand, type TrainerEvent, trainerEvent } from '../../../shared/contract/trainer.ts';

/** A trainer served in this process, everything but the process itself being real. */
export interface Served {
  readonly events: readonly TrainerEvent[];
  readonly send: (command: TrainerCommand) => void;
  /** Resolves with the last event. */
  readonly end: Promise<TrainerEvent>;
  /** Called with every event from now on. */
  readonly onEvent: (listener: (event: TrainerEvent) => void) => void;
}

/**
 * Starts a trainer on a manifest; `smaller`: after so many processes that were ended for want of memory; `now`: its clock,
 * in milliseconds.
 */
export function serve(manifest: string, resume = false, smaller = 0, now = () => performance.now()): Served {
  const { left, right } = pipePair();
  const events: TrainerEvent[] = [];
  const listeners: ((event: TrainerEvent) => void)[] = [];
  const done = serveTrainer(right, { now });
  const send = (command: TrainerCommand) => left.postMessage(command);
  left.onMessage((message) => {
    const event = trainerEvent.parse(message);
    events.push(event);
    for (const listener of listeners) listener(event);
  });
  send({ type: 'start', manifest, resume, smaller });
  return {
    events,
    send,
    onEvent: (listener) => {
      listeners.push(listener);
    },
    end: done.then(async () => {
      // Messages between the two ends of a pipe take a turn of the loop.
      await new Promise((resolve) => setTimeout(resolve, 5));
      return events.at(-1)!;
    }),
  };
}

/** The events of one kind. */
export function ofType<Type extends TrainerEvent['type']>(
  events: readonly TrainerEvent[],
  type: Type,
): readonly Extract<TrainerEvent, { type: Type }>[] {
  return events.filter((event): event is Extract<TrainerEvent, { type: Type }> => event.type === type);
}

/** Runs to the end, cancelling again and again: after so many epochs, taken in turn. */
export async function inPieces(
  manifest: string,
  epochs: readonly [number, ...number[]],
): Promise<TrainerEvent> {
  for (let piece = 0; piece < 80; piece++) {
    const run = serve(manifest, true);
    let seen = 0;
    run.onEvent((event) => {
      if (event.type === 'epoch' && ++seen === epochs[piece % epochs.length]) run.send({ type: 'cancel' });
    });
    const last = await run.end;
    if (last.type !== 'cancelled') return last;
  }
  throw new Error('The run never ended.');
}
