import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { StudioError } from '../../../shared/domain/errors.ts';
import { NetworkError } from '../graph/errors.ts';
import { specialise } from '../graph/specialise.ts';
import type { Graph, Tensor } from '../graph/types.ts';
import { readSafetensors } from '../loop/safetensors.ts';
import { importWeights } from './import-weights.ts';
import { imageInput } from './survey.ts';

/** The arrays of a person's .safetensors file; WEIGHTS_MISMATCH where it is damaged or something else. */
export async function readWeights(file: string): Promise<ReadonlyMap<string, Tensor>> {
  const bytes = await readFile(file);
  try {
    return readSafetensors(bytes, file);
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    const name = basename(file);
    throw new NetworkError(
      'WEIGHTS_MISMATCH',
      `The weights ${name} cannot be read: ${error.params.reason ?? 'damaged'}. Save them as .safetensors, or download the file again.`,
      { reason: 'weightsFile', params: { file: name } },
    );
  }
}

/**
 * A network as its file has it, with the weights of a .safetensors file in the place of its own. Its sizes stay as open as
 * they were. Throws what `importWeights` does.
 */
export async function withWeightsOf(network: Graph, file: string): Promise<Graph> {
  const { name } = imageInput(network);
  const dims = network.inputs[0]!.dims!;
  const fixed = specialise(network, { inputs: new Map([[name, ['N', ...dims.slice(1)]]]) });
  return importWeights(fixed, await readWeights(file));
}
