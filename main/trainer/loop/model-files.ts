import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { recipe } from '../../../shared/contract/recipe.ts';
import { prediction } from '../../../shared/contract/trainer.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import { writeWhole } from '../../lib/atomic-write.ts';
import { fileFailure, systemCode } from '../../lib/file-failure.ts';
import { PIXEL_PIPELINE } from '../data/pixel-stage.ts';
import type { Graph, Tensor } from '../graph/types.ts';
import { type Backbone, loadBackbone } from '../networks/backbone.ts';
import { type CardFacts, cardFacts, withFacts } from '../networks/card.ts';
import { type Assembly, assemble } from './assemble.ts';
import { decision } from './decisions.ts';
import { notResumable } from './not-resumable.ts';
import { deployedNetwork } from './phase-network.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';

/** What `model.json` says: everything besides the weights that is needed to use a trained model. */
export const modelDescription = z.object({
  version: z.literal(1),
  run: z.string(),
  program: z.string(),
  task: z.enum(['singleLabel', 'multiLabel']),
  classes: z.array(z.object({ id: z.int(), name: z.string() })).min(1),
  recipe,
  backbone: z
    .object({
      id: z.string(),
      sha256: z.string(),
      /** What the card said when it was trained; models of earlier versions go by the card. */
      card: cardFacts.optional(),
    })
    .nullable(),
  shape: z.object({ height: z.int(), width: z.int(), fit: z.enum(['pad', 'stretch']) }),
  pixels: z.string(),
  weights: z.object({ file: z.string().regex(/^[\w.-]+$/), sha256: z.string() }),
});
export type ModelDescription = z.infer<typeof modelDescription>;

const DESCRIPTION = 'model.json';
const WEIGHTS = 'weights.safetensors';

/** Writes the weights of the model that is used and exported, then the description that makes them one. */
export async function saveModel(
  folder: string,
  description: Omit<ModelDescription, 'version' | 'weights' | 'pixels'>,
  weights: ReadonlyMap<string, Tensor>,
): Promise<void> {
  const bytes = writeSafetensors(weights);
  await writeWhole(join(folder, WEIGHTS), bytes);
  const whole: z.input<typeof modelDescription> = {
    version: 1,
    ...description,
    pixels: PIXEL_PIPELINE,
    weights: { file: WEIGHTS, sha256: hash('sha256', bytes) },
  };
  await writeWhole(join(folder, DESCRIPTION), JSON.stringify(whole, null, 2));
}

/** A trained model, ready to be compiled. */
export interface TrainedModel {
  readonly description: ModelDescription;
  readonly backbone: Backbone | null;
  readonly assembly: Assembly;
  /** From resized pixels (uint8 [N, 3, height, width]) to logits. */
  readonly network: Graph;
}

/**
 * Loads the model in `folder`. Throws StudioError: NOT_FOUND (no final model there), FILE_UNREADABLE (damaged),
 * NO_PERMISSION, BACKBONE_DAMAGED (its backbone is missing or another one).
 */
export async function loadModel(folder: string, backbones: string): Promise<TrainedModel> {
  const file = join(folder, DESCRIPTION);
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    if (systemCode(cause) !== 'ENOENT') throw fileFailure(file, cause);
    throw new StudioError(
      'NOT_FOUND',
      `${folder} holds no trained model. Train it first, with the final model switched on.`,
      { file },
      { cause },
    );
  });
  const damaged = (reason: string) =>
    new StudioError('FILE_UNREADABLE', `The model ${file} cannot be used: ${reason}. Train it again.`, {
      file,
      reason,
    });
  let description: ModelDescription;
  try {
    description = modelDescription.parse(JSON.parse(text));
  } catch {
    throw damaged('its description is damaged or made by a newer version');
  }
  if (description.pixels !== PIXEL_PIPELINE)
    throw damaged('it was trained on pixels prepared in another way');
  const weightsFile = join(folder, description.weights.file);
  const bytes = await readFile(weightsFile).catch((cause: unknown) => {
    throw systemCode(cause) === 'ENOENT'
      ? damaged('its weights are missing')
      : fileFailure(weightsFile, cause);
  });
  if (hash('sha256', bytes) !== description.weights.sha256) throw damaged('its weights have changed');
  const backbone =
    description.backbone &&
    (await openBackbone(backbones, description.backbone.id, description.backbone.card));
  if (backbone && backbone.card.sha256 !== description.backbone?.sha256) {
    throw damaged(`it was trained on another version of ${backbone.card.name}`);
  }
  const assembly = assemble(description.recipe, backbone, description.shape, description.classes.length);
  const weights = readSafetensors(bytes, file);
  return {
    description,
    backbone,
    assembly,
    network: deployedNetwork(assembly.body, assembly.head(0), weights),
  };
}

/**
 * Loads a backbone; a missing or altered file is BACKBONE_DAMAGED, since the program brought it along. `facts`: what its card
 * said before, which then holds.
 */
export async function openBackbone(folder: string, id: string, facts?: CardFacts): Promise<Backbone> {
  try {
    const backbone = await loadBackbone(folder, id);
    return facts ? { ...backbone, card: withFacts(backbone.card, facts) } : backbone;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StudioError('BACKBONE_DAMAGED', reason, { backbone: id, reason }, { cause });
  }
}

/** A fold's model and what it said of the images it never saw; kept so that a resumed run need not train it again. */
export const foldResult = z.object({
  fold: z.int().nullable(),
  seconds: z.number(),
  predictions: z.array(prediction),
  decisions: z.array(decision).default([]),
});
export type FoldResult = z.infer<typeof foldResult>;

/** Writes a finished fold's weights and predictions. */
export async function saveFold(
  folder: string,
  result: FoldResult,
  weights: ReadonlyMap<string, Tensor>,
): Promise<void> {
  const name = foldName(result.fold);
  await writeWhole(join(folder, `${name}.safetensors`), writeSafetensors(weights));
  await writeWhole(join(folder, `${name}.json`), JSON.stringify(result));
}

/** Reads a finished fold's predictions back; RUN_NOT_RESUMABLE where they are missing or damaged. */
export async function readFold(folder: string, fold: number | null): Promise<FoldResult> {
  const file = join(folder, `${foldName(fold)}.json`);
  try {
    return foldResult.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    throw notResumable('the results of a finished part are missing or damaged', { file }, cause);
  }
}

function foldName(fold: number | null): string {
  return fold === null ? 'final' : `fold-${fold}`;
}
