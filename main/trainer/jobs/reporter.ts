import type { TrainerEvent, TrainerProgress } from '../../../shared/contract/trainer.ts';
import type { Clock } from '../../lib/clock.ts';

/** Shortest time between two progress events: ten a second are as many as anyone can see. */
const INTERVAL_MS = 100;

const initial: TrainerProgress = {
  stage: 'preparing',
  fold: null,
  model: 0,
  models: 1,
  phase: 0,
  phases: 1,
  phaseName: '',
  epoch: 0,
  epochs: 0,
  done: 0,
  total: 0,
  imagesPerSecond: null,
  secondsLeft: null,
  paused: false,
  trainableBlocks: [],
};

/** Keeps the latest state of a job and sends it at most ten times a second; all other events go out at once. */
export interface Reporter {
  readonly send: (event: TrainerEvent) => void;
  /** Changes some fields of the state; sent now or with the next that is due. */
  readonly progress: (change: Partial<TrainerProgress>) => void;
  /** Sends the state now if the last one sent is older than it. */
  readonly flush: () => void;
}

/** A reporter that writes to `send`, its clock handed in for tests. */
export function createReporter(send: (event: TrainerEvent) => void, clock: Clock): Reporter {
  let state = initial;
  let sentAt = Number.NEGATIVE_INFINITY;
  let pending = false;
  let timer: NodeJS.Timeout | null = null;
  const flush = () => {
    if (timer) clearTimeout(timer);
    timer = null;
    if (!pending) return;
    pending = false;
    sentAt = clock.now();
    send({ type: 'progress', progress: state });
  };
  return {
    send: (event) => {
      // What the state says of the time before this event must not arrive after it.
      if (event.type === 'done' || event.type === 'failed' || event.type === 'cancelled') flush();
      send(event);
    },
    progress: (change) => {
      state = { ...state, ...change };
      pending = true;
      const wait = sentAt + INTERVAL_MS - clock.now();
      if (wait <= 0) flush();
      else if (!timer) timer = setTimeout(flush, wait).unref();
    },
    flush,
  };
}
