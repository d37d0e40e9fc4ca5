import { deriveSeed } from '../../../shared/domain/random.ts';
import type { Tensor } from '../graph/types.ts';
import { signFlipTest } from './paired-test.ts';
import type { PhaseRun } from './phase-run.ts';
import { answersOf } from './run-phase.ts';
import { isRight, lossOfAnswer, targetOf } from './targets.ts';

/** What the images that watch say of a phase. */
export interface Verdict {
  readonly isBetter: boolean;
  /** Mean loss before and after it. */
  readonly before: number;
  readonly after: number;
  /** One-sided p-value of the improvement. */
  readonly p: number;
}

/** What an image that watches was answered. */
interface Judged {
  readonly loss: number;
  readonly right: boolean;
}

/** Compares the answers for the images that watch with the weights before and after a phase, image by image. */
export async function judgePhase(
  run: PhaseRun,
  before: ReadonlyMap<string, Tensor>,
  after: ReadonlyMap<string, Tensor>,
  level: number,
): Promise<Verdict> {
  const { task } = run.targets;
  const judge = async (weights: ReadonlyMap<string, Tensor>): Promise<readonly Judged[]> => {
    const answers = await answersOf(run, weights, run.watching);
    return answers.map((answer, index) => {
      const image = run.watching[index]!;
      const target = targetOf(run.targets, image);
      return { loss: lossOfAnswer(task, answer, target), right: isRight(run.targets, answer, target) };
    });
  };
  const old = await judge(before);
  const now = await judge(new Map([...before, ...after]));
  return verdictOf(old, now, { level, seed: deriveSeed(run.seed, 'judgement') });
}

/** Better means: a lower loss that is hardly chance (p at most `level`), and no fewer right answers. One entry an image. */
export function verdictOf(
  old: readonly Judged[],
  now: readonly Judged[],
  { level, seed }: { readonly level: number; readonly seed: number },
): Verdict {
  const mean = (answers: typeof old) => answers.reduce((sum, { loss }) => sum + loss, 0) / answers.length;
  const right = (answers: typeof old) => answers.filter((answer) => answer.right).length;
  const differences = old.map(({ loss }, index) => loss - now[index]!.loss);
  const p = signFlipTest(differences, seed);
  const isBetter = p <= level && mean(now) < mean(old) && right(now) >= right(old);
  return { isBetter, before: mean(old), after: mean(now), p };
}
