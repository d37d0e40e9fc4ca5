import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { InferenceSession } from 'onnxruntime-node';
import type { ParityCertificate } from '../../../shared/contract/trainer.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import { type ImageFile, loadImages } from '../data/image-loader.ts';
import { IMAGE } from '../data/pixel-stage.ts';
import { onnxRuntime, onnxRuntimeVersion } from '../executors/onnx/runtime.ts';
import { PROBABILITIES } from './onnx-file.ts';
import type { Predictor } from './predictor.ts';

/** Largest difference of a probability that counts as the same answer. */
export const TOLERANCE = 1e-3;
/** Share of images whose likeliest class must be the same. */
export const TOP1 = 0.99;

/** What two models said of the same files. */
export interface ParityPair {
  readonly trained: readonly number[];
  readonly exported: readonly number[];
}

/** Compares pairs of answers; both lists of numbers have one entry a class. */
export function compareAnswers(
  pairs: readonly ParityPair[],
): Pick<ParityCertificate, 'images' | 'maxAbsDiff' | 'meanAbsDiff' | 'top1Agreement' | 'passed'> {
  let largest = 0;
  let sum = 0;
  let count = 0;
  let same = 0;
  for (const { trained, exported } of pairs) {
    trained.forEach((value, index) => {
      const difference = Math.abs(value - exported[index]!);
      // Not-a-number is no agreement: it must not slip through a comparison.
      largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(largest, difference);
      sum += difference;
      count++;
    });
    if (likeliest(trained) === likeliest(exported)) same++;
  }
  const top1Agreement = pairs.length > 0 ? same / pairs.length : 0;
  return {
    images: pairs.length,
    maxAbsDiff: largest,
    meanAbsDiff: count > 0 ? sum / count : 0,
    top1Agreement,
    passed: pairs.length > 0 && largest < TOLERANCE && top1Agreement >= TOP1,
  };
}

/**
 * Proves that an exported file answers like the trained model: the file is read back from the disk and run by
 * ONNX Runtime on its own, both sides beginning at the image files; `target` is the name it will have. Throws PARITY_FAILED where they differ,
 * TOO_FEW_IMAGES where no image could be read.
 */
export async function certify(
  { file, target }: { readonly file: string; readonly target: string },
  predictor: Predictor,
  images: readonly (ImageFile & { readonly key: string })[],
  hooks: { readonly onImage: (done: number) => void; readonly breathe: () => Promise<void> },
): Promise<ParityCertificate> {
  const bytes = await readFile(file);
  const session = await onnxRuntime().InferenceSession.create(bytes);
  const pairs: ParityPair[] = [];
  let done = 0;
  for await (const answer of predictor.answers(images)) {
    await hooks.breathe();
    if (!('error' in answer)) {
      const exported = await runExported(session, answer.file);
      pairs.push({ trained: answer.probabilities, exported });
    }
    hooks.onImage(++done);
  }
  await session.release();
  if (pairs.length === 0) {
    throw new StudioError(
      'TOO_FEW_IMAGES',
      `None of the ${images.length} images that were to prove the export can be read, so nothing was written. Put the files back, or import their folder again if it was moved.`,
      { images: 0 },
    );
  }
  const certificate: ParityCertificate = {
    ...compareAnswers(pairs),
    tolerance: TOLERANCE,
    file: target,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytes: bytes.byteLength,
    runtime: `onnxruntime ${onnxRuntimeVersion()}`,
  };
  if (!certificate.passed) throw disagreement(certificate);
  return certificate;
}

async function runExported(session: InferenceSession, file: ImageFile): Promise<number[]> {
  for await (const loaded of loadImages([file])) {
    if ('error' in loaded) throw loaded.error;
    const { data, width, height } = loaded.pixels;
    const image = new (onnxRuntime().Tensor)('uint8', data, [1, height, width, 3]);
    const results = await session.run({ [IMAGE]: image });
    return Array.from(results[PROBABILITIES]!.data as Float32Array);
  }
  return [];
}

function likeliest(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}

function disagreement({ maxAbsDiff, top1Agreement, images, file }: ParityCertificate): StudioError {
  return new StudioError(
    'PARITY_FAILED',
    `The exported file ${file} does not answer like the trained model on ${images} images (largest difference ${maxAbsDiff}, same class in ${(100 * top1Agreement).toFixed(1)} %). It was not kept.`,
    { file, images, maxAbsDiff, top1Agreement },
  );
}
