import { createHash } from 'node:crypto';
import { z } from 'zod';
import { NetworkError } from '../graph/errors.ts';

/** One stage of a backbone, in order from the image to the features. */
export interface BackboneStage {
  readonly name: string;
  /** The values at which the network is cut after this stage: one, or several that cross side by side. */
  readonly outputs: readonly string[];
}

/** What must be known of a backbone to feed it, cut it and ship it; read from the JSON beside its .onnx. */
export interface BackboneCard {
  readonly name: string;
  /** File name of the network, beside the card. */
  readonly file: string;
  readonly sha256: string;
  /** Name of the image input (NCHW, RGB, float32). */
  readonly input: string;
  /** Height and width it was trained at. */
  readonly size: readonly [number, number];
  /** Whether other sizes work (fully convolutional). */
  readonly anySize: boolean;
  /** (x − mean) / std per channel on 0…255 values. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  /** Value holding the pooled features [batch, featureCount]. */
  readonly features: string;
  readonly featureCount: number;
  readonly stages: readonly BackboneStage[];
  /** Stages whose spatial means, concatenated, make the multi-level features. */
  readonly multiLevel: readonly string[];
  /** Licence of the weights, for the manifest and exported files; null: not stated. */
  readonly licence: string | null;
}

const triple = z.tuple([z.number(), z.number(), z.number()]);
/** A stage as cards say it: one value by its name, several as a list. */
const storedStage = z.object({
  name: z.string().min(1),
  output: z.union([z.string().min(1), z.array(z.string().min(1)).min(2)]),
});
type StoredStage = z.infer<typeof storedStage>;

/** Stages as they are written into a card. */
export function storedStages(stages: readonly BackboneStage[]): StoredStage[] {
  return stages.map(({ name, outputs }) => {
    const [only, ...others] = outputs;
    return { name, output: only !== undefined && others.length === 0 ? only : [...outputs] };
  });
}

function stagesFrom(stored: readonly StoredStage[]): readonly BackboneStage[] {
  return stored.map(({ name, output }) => ({ name, outputs: [output].flat() }));
}

const schema = z.object({
  name: z.string().min(1),
  licence: z.object({ weights: z.string().nullable() }),
  onnx: z.object({ file: z.string().regex(/^[\w.-]+$/), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  input: z.object({
    name: z.string().min(1),
    size: z.tuple([z.int().positive(), z.int().positive()]),
    any_size: z.boolean(),
    mean: triple,
    std: triple,
  }),
  network: z.object({
    features_output: z.string().min(1),
    feature_count: z.int().positive(),
    stages: z.array(storedStage).min(1),
    multi_level: z.array(z.string()),
  }),
});

/**
 * What a card says that changes results: how images are scaled, where the network is cut, which features are read. Kept with
 * every run and model, so that a card that is edited later changes neither.
 */
export const cardFacts = z.object({
  input: z.string(),
  size: z.tuple([z.int().positive(), z.int().positive()]),
  anySize: z.boolean(),
  mean: triple,
  std: triple,
  features: z.string(),
  featureCount: z.int().positive(),
  stages: z.array(storedStage),
  multiLevel: z.array(z.string()),
});
export type CardFacts = z.infer<typeof cardFacts>;

/** The facts of a card, as they are written. */
export function factsOf(card: BackboneCard): CardFacts {
  return cardFacts.parse({ ...card, stages: storedStages(card.stages) });
}

/** A card with what it said before. */
export function withFacts(card: BackboneCard, facts: CardFacts): BackboneCard {
  return { ...card, ...facts, stages: stagesFrom(facts.stages) };
}

/** The same digits for the same facts. */
export function factsDigest(card: BackboneCard): string {
  return createHash('sha256')
    .update(JSON.stringify(factsOf(card)))
    .digest('hex');
}

/** Reads a card; INVALID_CARD names the file and the field that is wrong. */
export function readCard(json: string, file: string): BackboneCard {
  const invalid = (why: string) =>
    new NetworkError(
      'INVALID_CARD',
      `The backbone card ${file} cannot be used: ${why}. Reinstall it, or repair the field.`,
    );
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw invalid('it is not JSON');
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalid(`${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'unreadable'}`);
  }
  const { name, licence, onnx, input, network } = parsed.data;
  const stages = stagesFrom(network.stages);
  for (const level of network.multi_level) {
    const stage = stages.find((candidate) => candidate.name === level);
    if (stage === undefined)
      throw invalid(`network.multi_level names the stage "${level}", which network.stages lacks`);
    if (stage.outputs.length > 1)
      throw invalid(`network.multi_level names the stage "${level}", which ends with more than one map`);
  }
  return {
    name,
    file: onnx.file,
    sha256: onnx.sha256,
    input: input.name,
    size: input.size,
    anySize: input.any_size,
    mean: input.mean,
    std: input.std,
    features: network.features_output,
    featureCount: network.feature_count,
    stages,
    multiLevel: network.multi_level,
    licence: licence.weights,
  };
}
