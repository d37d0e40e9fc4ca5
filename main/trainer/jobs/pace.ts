import type { TrainerProgress } from '../../../shared/contract/trainer.ts';
import type { Clock } from '../../lib/clock.ts';
import { ROWS } from '../executors/batches.ts';

/** How fast images go through, and how long the rest takes; neither is told before the pace is steady. */
export type Pace = Pick<TrainerProgress, 'imagesPerSecond' | 'secondsLeft'>;

/** Measures the pace of a pass over images as it goes. */
export interface Pacer {
  /** So many are done now, of so many. */
  readonly at: (done: number, total: number) => Pace;
  /** What comes now has nothing to do with what was: the pass was paused, or goes on otherwise. */
  readonly restart: () => void;
}

/** Until the pace is known, and once it is of no more use. */
export const noPace: Pace = { imagesPerSecond: null, secondsLeft: null };

/** What a rate is taken of: long enough to even out large and small files, short enough to follow the machine. */
const WINDOW_MS = 20_000;
/** Before so much was seen no rate is worth telling; a pass that is over sooner needs none. */
const LEAST_MS = 3000;
const LEAST_IMAGES = 3 * ROWS;
/** By such a share of all that was seen its halves may differ, beside a batch: images come a batch at a time. */
const UNEVEN = 0.15;

interface Mark {
  readonly at: number;
  readonly done: number;
}

/** A pacer by this clock. */
export function createPacer(clock: Clock): Pacer {
  let marks: Mark[] = [];
  // What was steady once stays told: the window follows what changes from then on.
  let isSteady = false;
  return {
    at: (done, total) => {
      const now: Mark = { at: clock.now(), done };
      const isTooOld = (mark: Mark) => mark.at < now.at - WINDOW_MS && mark.done < done - LEAST_IMAGES;
      marks = [...marks.filter((mark) => !isTooOld(mark)), now];
      const first = marks[0]!;
      if (now.at - first.at < LEAST_MS || done - first.done < LEAST_IMAGES) return noPace;
      if (!isSteady) {
        const middle = marks.findIndex(({ at }) => at >= (first.at + now.at) / 2);
        isSteady = isEven(first.done, marks[middle]!.done, done);
        // At first images only fill what waits for them: what is older says the less.
        if (!isSteady) marks = marks.slice(middle);
        if (!isSteady) return noPace;
      }
      const imagesPerSecond = (1000 * (done - first.done)) / (now.at - first.at);
      return { imagesPerSecond, secondsLeft: (total - done) / imagesPerSecond };
    },
    restart: () => {
      marks = [];
      isSteady = false;
    },
  };
}

/** Whether about as many images went through in the first half of the time as in the second. */
function isEven(first: number, middle: number, last: number): boolean {
  return Math.abs(middle - first - (last - middle)) <= ROWS + UNEVEN * (last - first);
}
