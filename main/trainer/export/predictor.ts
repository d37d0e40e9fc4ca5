import type { StudioError } from '../../../shared/domain/errors.ts';
import { ahead } from '../../lib/ahead.ts';
import type { ImageFile } from '../data/image-loader.ts';
import { type LoadedPixels, openPixelPool } from '../data/pixel-pool.ts';
import { forwardBatches, grouped } from '../executors/batches.ts';
import type { Executor } from '../executors/types.ts';
import { foldBatchNormalization } from '../graph/fold-batch-normalization.ts';
import { tensor } from '../graph/tensor.ts';
import type { TrainedModel } from '../loop/model-files.ts';
import { probabilitiesOf } from '../loop/targets.ts';
import { withBatch } from '../networks/attach.ts';
import { LOGITS } from '../networks/head.ts';
import { PIXELS } from '../networks/input-stage.ts';

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
  executor: Executor,
  threads: number,
): Promise<Predictor> {
  const { description, assembly } = model;
  const { shape, task, classes } = description;
  const { rows: size, lanes, asked } = forwardBatches(executor, threads);
  const network = foldBatchNormalization(withBatch(model.network, size));
  const program = await executor.compile(network, { state: [], threads, lanes });
  const pool = openPixelPool({ shape, mean: assembly.mean }, threads);
  const imageBytes = 3 * shape.height * shape.width;

  const logitsOf = async (images: readonly Uint8Array[]): Promise<Float32Array> => {
    if (images.length === 0) return new Float32Array(0);
    const input = new Uint8Array(size * imageBytes);
    for (const [row, image] of images.entries()) input.set(image, row * imageBytes);
    const feed = tensor('uint8', [size, 3, shape.height, shape.width], input);
    return (await program.run(new Map([[PIXELS, feed]]), [LOGITS])).get(LOGITS)!.data as Float32Array;
  };
  const answer = async <File extends ImageFile>(
    group: readonly LoadedPixels<File>[],
  ): Promise<readonly Answer<File>[]> => {
    const images = group.flatMap((each) => ('pixels' in each ? [each.pixels.plain] : []));
    const logits = await logitsOf(images);
    let row = 0;
    return group.map((each) => {
      if ('error' in each) return each;
      const own = logits.subarray(row * classes.length, (row + 1) * classes.length);
      row += 1;
      return { file: each.file, probabilities: probabilitiesOf(task, own) };
    });
  };
  async function* answers<File extends ImageFile>(files: readonly File[]): AsyncGenerator<Answer<File>> {
    const groups = grouped(
      pool.load(files, () => []),
      size,
    );
    for await (const group of ahead(groups, answer, () => asked)) yield* group;
  }
  return {
    answers,
    dispose: async () => {
      await program.dispose();
      await pool.dispose();
    },
  };
}
