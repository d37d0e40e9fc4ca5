import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NetworkError } from '../graph/errors.ts';
import { readOnnx } from '../graph/onnx-reader.ts';
import { specialise } from '../graph/specialise.ts';
import type { Dim, Graph } from '../graph/types.ts';
import type { BackboneCard } from './card.ts';
import { readCard } from './card.ts';

/** A backbone as it was shipped: its card and its network, the weights verified against the card. */
export interface Backbone {
  readonly card: BackboneCard;
  readonly graph: Graph;
}

/**
 * Loads `NAME.json` and the network it names from a folder.
 * Throws NetworkError: INVALID_CARD, WEIGHTS_MISMATCH (file missing or sha256 differs), or what `readOnnx` throws.
 */
export async function loadBackbone(folder: string, name: string): Promise<Backbone> {
  const cardFile = join(folder, `${name}.json`);
  const json = await readFile(cardFile, 'utf8').catch((cause: unknown) => {
    throw withCause(
      new NetworkError(
        'INVALID_CARD',
        `The backbone card ${cardFile} cannot be read. Reinstall the backbone.`,
      ),
      cause,
    );
  });
  const card = readCard(json, cardFile);
  const file = join(folder, card.file);
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw withCause(
      new NetworkError('WEIGHTS_MISMATCH', `The network ${file} cannot be read. Reinstall the backbone.`),
      cause,
    );
  });
  if (createHash('sha256').update(bytes).digest('hex') !== card.sha256) {
    throw new NetworkError(
      'WEIGHTS_MISMATCH',
      `The network ${file} is not the one its card describes (sha256 differs). Reinstall it.`,
    );
  }
  return { card, graph: readOnnx(bytes) };
}

/** A backbone fixed to an image size [height, width]; the batch stays open ('N') or is a number. */
export function backboneAt(backbone: Backbone, size: readonly [number, number], batch: Dim = 'N'): Graph {
  const { card, graph } = backbone;
  if (!card.anySize && (size[0] !== card.size[0] || size[1] !== card.size[1])) {
    throw new NetworkError('SHAPE_MISMATCH', `${card.name} works at ${card.size.join(' × ')} pixels only.`);
  }
  return specialise(graph, { inputs: new Map([[card.input, [batch, 3, size[0], size[1]]]]) });
}

function withCause(error: NetworkError, cause: unknown): NetworkError {
  error.cause = cause;
  return error;
}
