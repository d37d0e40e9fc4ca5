import { z } from 'zod';
import type { Reporter } from '../jobs/reporter.ts';

/** Something a run decided by what it saw: kept with the run, since the recipe alone does not tell it. */
export const decision = z.object({
  kind: z.enum(['thawed', 'refrozen', 'kept', 'undone', 'notTried', 'notJudged', 'penalty']),
  fold: z.int().nullable(),
  phase: z.int(),
  params: z.record(z.string(), z.union([z.string(), z.number()])),
});
export type Decision = z.infer<typeof decision>;

const number = (value: string | number | undefined) => Number(Number(value).toPrecision(3)).toString();

/** In words, for the log; the code and the numbers go along, so that the page can say it in the person's language. */
const words: Readonly<Record<Decision['kind'], (params: Decision['params']) => string>> = {
  thawed: ({ block, epoch }) => `From epoch ${epoch} on the block ${block} learns too.`,
  refrozen: ({ block, epoch }) =>
    `The block ${block} brought no improvement: from epoch ${epoch} on it is frozen again, with the weights from before.`,
  kept: ({ phase, before, after, p }) =>
    `Phase ${phase} is kept: loss ${number(before)} before, ${number(after)} after on the images that watch (p = ${number(p)}).`,
  undone: ({ phase, before, after, p }) =>
    `Phase ${phase} is undone: loss ${number(before)} before, ${number(after)} after on the images that watch (p = ${number(p)}).`,
  notTried: ({ phase }) => `Phase ${phase} is not tried: the one before it brought no improvement.`,
  notJudged: ({ phase }) =>
    `Phase ${phase} is not tried: too few images are left to watch, so nothing could say whether it helps.`,
  penalty: ({ penalty, folds }) =>
    `The penalty of the new part is ${number(penalty)}, chosen in ${folds} parts of the images it learns from.`,
};

/** Puts a decision into the run's log. */
export function tellDecision(reporter: Reporter, { kind, params }: Decision): void {
  const code = `TRAIN_${kind.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
  reporter.send({ type: 'log', level: 'info', code, message: words[kind](params), params });
}
