import { createRandom } from '../../../shared/domain/random.ts';
import { onnxExecutor } from '../executors/onnx/executor.ts';
import { outputsOnly } from '../graph/cut.ts';
import { NetworkError } from '../graph/errors.ts';
import { specialise } from '../graph/specialise.ts';
import { elementCount, floatTensor } from '../graph/tensor.ts';
import type { FloatTensor } from '../graph/types.ts';
import type { Survey } from '../networks/survey.ts';

/** How far features may be off, relative to the largest: sums of float32 products in different orders. */
const TOLERANCE = 1e-3;

/**
 * Whether a network gives two images at once the features that it gives each of them alone. Exporters write down how many
 * images they were shown where they should have followed the shape, and mix images of one batch with one another where
 * normalisations were left in training. Throws SHAPE_MISMATCH, with operator and node where they can be told.
 */
export async function checkBatch(survey: Survey): Promise<void> {
  const dims = [3, ...survey.size];
  const random = createRandom(1);
  const pixels = Float32Array.from({ length: 2 * elementCount(dims) }, () => random.uniform() * 2 - 1);
  const [first, second] = [pixels.subarray(0, pixels.length / 2), pixels.subarray(pixels.length / 2)];
  const alone = [
    await features(survey, floatTensor([1, ...dims], first)),
    await features(survey, floatTensor([1, ...dims], second)),
  ].flatMap((row) => [...row]);
  const together = await features(survey, floatTensor([2, ...dims], pixels)).catch((error: unknown) => {
    throw refusal(error);
  });
  const size = alone.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  if (together.length !== alone.length || !alone.every((value, at) => isNear(value, together[at]!, size)))
    throw refusal(null);
}

function isNear(value: number, other: number, size: number): boolean {
  return Math.abs(value - other) <= TOLERANCE * size;
}

async function features(survey: Survey, images: FloatTensor): Promise<Float32Array> {
  const whole = specialise(survey.graph, { inputs: new Map([[survey.input, images.dims]]) });
  const program = await onnxExecutor.compile(outputsOnly(whole, [survey.features]), {
    state: [],
    threads: 1,
  });
  try {
    const results = await program.run(new Map([[survey.input, images]]), [survey.features]);
    return results.get(survey.features)!.data as Float32Array;
  } finally {
    await program.dispose();
  }
}

function refusal(cause: unknown): NetworkError {
  const at = cause instanceof NetworkError ? cause : null;
  const where = at?.node === undefined ? '' : ` (${at.operator ?? ''} "${at.node}")`;
  const error = new NetworkError(
    'SHAPE_MISMATCH',
    `The network does not treat images one by one${where}: two at once give other features than each alone. Export it in evaluation mode with the batch left open (dynamic_shapes, or dynamic_axes).`,
    {
      reason: 'oneByOne',
      ...(at?.operator ? { operator: at.operator } : {}),
      ...(at?.node ? { node: at.node } : {}),
    },
  );
  error.cause = cause;
  return error;
}
