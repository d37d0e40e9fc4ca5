import type { StudioError } from '../../../shared/domain/errors.ts';
import { ahead } from '../../lib/ahead.ts';
import { type ForwardPlan, openForwardPass } from '../data/forward-pass.ts';
import type { ImageFile } from '../data/image-loader.ts';
import { type LoadedPixels, openPixelPool } from '../data/pixel-pool.ts';
import { grouped } from '../executors/batches.ts';
import type { TrainedModel } from '../loop/model-files.ts';
import { probabilitiesOf } from '../loop/targets.ts';
import { LOGITS } from '../networks/head.ts';

/** A trained model's answer for a file, or why there is none. */
export type Answer<File extends ImageFile> =
  | { readonly file: File; readonly probabilities: readonly number[] }
  | { readonly file: File; readonly error: StudioError };

/** A trained model that answers for image files. */
export interface Predictor {
  /** Answers in the order of the files; decoding runs ahead of the network. */
  readonly answers: <File extends ImageFile>(files: readonly File[]) => AsyncGenerator<Answer<File>>;
  readonly dispose: () => Promise<void>;
}

/** Compiles a trained model with its weights as constants. */
export async function openPredictor(
  model: TrainedModel,
  plan: Pick<ForwardPlan, 'executor' | 'threads' | 'smaller' | 'onSmaller'>,
): Promise<Predictor> {
  const { description, assembly, network } = model;
  const { shape, task } = description;
  const outputs = [LOGITS];
  const pass = await openForwardPass({ ...plan, network, outputs, shape });
  const pool = openPixelPool({ shape, mean: assembly.mean }, plan.threads);

  const answer = async <File extends ImageFile>(
    group: readonly LoadedPixels<File>[],
  ): Promise<readonly Answer<File>[]> => {
    const said = await pass.answer(group.flatMap((each) => ('pixels' in each ? [each.pixels.plain] : [])));
    let row = 0;
    return group.map((each) =>
      'error' in each
        ? each
        : { file: each.file, probabilities: probabilitiesOf(task, said[row++]!.get(LOGITS)!) },
    );
  };
  async function* answers<File extends ImageFile>(files: readonly File[]): AsyncGenerator<Answer<File>> {
    const groups = grouped(
      pool.load(files, () => []),
      pass.rows,
    );
    for await (const group of ahead(groups, answer, () => pass.width)) yield* group;
  }
  return {
    answers,
    dispose: async () => {
      await pass.dispose();
      await pool.dispose();
    },
  };
}
