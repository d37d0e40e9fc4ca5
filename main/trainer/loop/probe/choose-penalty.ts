import type { LinearObjective } from './linear-objective.ts';
import { minimise } from './minimise.ts';

/** Rows that learn, and rows that are judged, in each part of a cross-validation. */
export interface PenaltyPart {
  /** Weight of each row in the loss; 0: does not learn. */
  readonly learning: Float32Array;
  /** Mean loss of given logits [rows × classes] over the rows that are judged. */
  readonly judge: (logits: Float32Array) => number;
}

/** What a cross-validation chose. */
export interface PenaltyChoice {
  readonly penalty: number;
  /** Mean loss of the judged rows under it. */
  readonly loss: number;
}

/** From almost no weights at all to almost no penalty, in half decades. */
const penalties = Array.from({ length: 13 }, (_, index) => 10 ** (1 - index / 2));
/** Penalties in a row that may be worse than the best one before the rest is left out: the loss has one valley. */
const PATIENCE = 2;
/** Precise enough for the loss to be known to four digits. */
const accuracy = { tolerance: 1e-4, steps: 100 } as const;

/**
 * Chooses the penalty under which rows that did not learn are answered best. Strong penalties first, each starting from
 * the solution of the one before: few steps lead from one to the next. `breathe` is called between them.
 */
export async function choosePenalty(
  objective: LinearObjective,
  parts: readonly PenaltyPart[],
  size: number,
  breathe: () => Promise<void>,
): Promise<PenaltyChoice> {
  const points: Float64Array[] = parts.map(() => new Float64Array(size));
  let best: PenaltyChoice | null = null;
  let worse = 0;
  for (const penalty of penalties) {
    let loss = 0;
    for (const [index, part] of parts.entries()) {
      await breathe();
      const slopeAt = (point: Float64Array) => objective.slope(point, part.learning, penalty);
      points[index] = await minimise(slopeAt, points[index]!, accuracy);
      loss += part.judge(await objective.logits(points[index]!)) / parts.length;
    }
    if (best === null || loss < best.loss) {
      best = { penalty, loss };
      worse = 0;
    } else if (++worse > PATIENCE) break;
  }
  return best!;
}
