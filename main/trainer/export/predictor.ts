import type { StudioError } from '../../../shared/domain/errors.ts';
import { type ImageFile, loadImages } from '../data/image-loader.ts';
import { compileResizer, resize } from '../data/prepare.ts';
import type { Executor } from '../executors/types.ts';
import { foldBatchNormalization } from '../graph/fold-batch-normalization.ts';
import { tensor } from '../graph/tensor.ts';
import type { TrainedModel } from '../loop/model-files.ts';
import { probabilitiesOf } from '../loop/targets.ts';
import { withBatch } from '../networks/attach.ts';
import { LOGITS } from '../networks/head.ts';
import { PIXELS } from '../networks/input-stage.ts';

/** Images a run of the network answers at once. */
const BATCH = 8;

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
  const network = foldBatchNormalization(withBatch(model.network, BATCH));
  const program = await executor.compile(network, { state: [], threads });
  const resizer = await compileResizer({ shape, mean: assembly.mean, threads });
  const imageBytes = 3 * shape.height * shape.width;
  const input = new Uint8Array(BATCH * imageBytes);
  const run = async (): Promise<Float32Array> => {
    const feed = tensor('uint8', [BATCH, 3, shape.height, shape.width], input);
    return (await program.run(new Map([[PIXELS, feed]]), [LOGITS])).get(LOGITS)!.data as Float32Array;
  };
  async function* answers<File extends ImageFile>(files: readonly File[]): AsyncGenerator<Answer<File>> {
    // Answers wait here until the batch is full, failures among them, so that the order stays.
    let waiting: (Answer<File> | { readonly file: File; readonly row: number })[] = [];
    let rows = 0;
    const flush = async () => {
      const logits = rows > 0 ? await run() : new Float32Array(0);
      const complete = waiting.map((entry): Answer<File> => {
        if (!('row' in entry)) return entry;
        const own = logits.subarray(entry.row * classes.length, (entry.row + 1) * classes.length);
        return { file: entry.file, probabilities: probabilitiesOf(task, own) };
      });
      waiting = [];
      rows = 0;
      return complete;
    };
    for await (const loaded of loadImages(files)) {
      if ('error' in loaded) waiting.push(loaded);
      else {
        input.set(await resize(resizer, loaded.pixels), rows * imageBytes);
        waiting.push({ file: loaded.file, row: rows++ });
      }
      // Many unreadable files in a row must not wait for a full batch either.
      if (rows === BATCH || waiting.length >= 4 * BATCH) yield* await flush();
    }
    yield* await flush();
  }
  return {
    answers,
    dispose: async () => {
      await program.dispose();
      await resizer.dispose();
    },
  };
}
