import { hash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { AdoptionReport, AdoptManifest } from '../../../shared/contract/trainer.ts';
import { writeWhole } from '../../lib/atomic-write.ts';
import { checkNetwork } from '../graph/check.ts';
import { NetworkError } from '../graph/errors.ts';
import { openOnnx } from '../graph/onnx-file.ts';
import { writeOnnx } from '../graph/onnx-writer.ts';
import type { Graph } from '../graph/types.ts';
import { type Body, buildBody } from '../loop/body.ts';
import { stepBytesOf } from '../loop/step-memory.ts';
import { attachHead } from '../networks/attach.ts';
import { readCard, storedStages } from '../networks/card.ts';
import { splitForTraining } from '../networks/freezing.ts';
import { classifierHead } from '../networks/head.ts';
import { referenceError } from '../networks/reference/errors.ts';
import { type Reference, readReference } from '../networks/reference/read.ts';
import { type Survey, surveyNetwork } from '../networks/survey.ts';
import { buildTrainingGraph } from '../networks/training-graph.ts';
import { withWeightsOf } from '../networks/weights-file.ts';
import { choosePreprocessing, type Preprocessing } from './adopt-scaling.ts';
import { blockReports } from './block-reports.ts';
import { checkBatch } from './check-batch.ts';
import { asStudioError, refusalNaming, refusalOf } from './errors.ts';
import type { Job } from './job.ts';

/**
 * Takes a person's own .onnx as a backbone: finds its parts, checks its preprocessing on a reference, tries which of its
 * blocks can be trained, and writes network and card into `target`. Nothing is written for a network that is refused:
 * StudioError NETWORK_UNSUPPORTED names operator, node and reason; PREPROCESSING says which scaling fits.
 */
export const runAdoptJob: Job<AdoptManifest> = async (manifest, ...surroundings) => {
  try {
    return await adopt(manifest, ...surroundings);
  } catch (error) {
    throw refusalNaming(asStudioError(error), `${basename(manifest.network)} was not taken.`);
  }
};

const adopt: Job<AdoptManifest> = async (manifest, { control, reporter }) => {
  reporter.progress({ stage: 'preparing', done: 0, total: 3 });
  const { bytes: original, graph: asExported } = await openOnnx(manifest.network);
  checkNetwork(asExported);
  const { weights } = manifest;
  const network = weights === null ? asExported : await withWeightsOf(asExported, weights);
  const reference = await openReference(manifest);
  const look = {
    size: manifest.size,
    features: manifest.features,
    // Where neither file nor person says, photos with known answers are of the size it was made for.
    otherwise: reference?.photos.size?.[0] ?? null,
  };
  const first = surveyNetwork(network, { order: manifest.order ?? 'rgb', ...look });
  await control.breathe();
  reporter.progress({ stage: 'verifying', done: 1, total: 3 });
  const plain = manifest.order === 'bgr' ? surveyNetwork(network, { order: 'rgb', ...look }) : first;
  const chosen = await choosePreprocessing(manifest, plain, reference, control.breathe);
  const survey =
    chosen.order === (manifest.order ?? 'rgb')
      ? first
      : surveyNetwork(network, { order: chosen.order, ...look });
  await checkBatch(survey);
  await control.breathe();
  reporter.progress({ stage: 'saving', done: 2, total: 3 });
  const bytes = writeOnnx(survey.graph);
  const card = cardOf(manifest, survey, chosen, { bytes, original });
  const parsed = readCard(JSON.stringify(card), `${manifest.id}.json`);
  const [height, width] = survey.size;
  const shape = { height, width, fit: 'pad' } as const;
  const backbone = { card: parsed, graph: survey.graph };
  const body = buildBody(backbone, shape, { multiLevel: false, folded: false });
  const report: AdoptionReport = {
    ...inventory(survey.graph),
    layout: survey.layout,
    size: [...survey.size],
    anySize: survey.anySize,
    featureCount: survey.featureCount,
    classes: survey.classes,
    scaling: chosen.name,
    order: chosen.order,
    check: chosen.check,
    images: chosen.images,
    agreeing: chosen.agreeing,
    difference: chosen.difference,
    report: {
      backbone: manifest.id,
      blocks: blockReports(body, stepBytesOf(backbone, shape)),
      parameters: body.blocks.reduce((sum, block) => sum + block.parameterCount, 0),
      featureSize: {
        last: body.features,
        multiLevel: buildBody(backbone, shape, { multiLevel: true, folded: false }).features,
      },
      forwardRate: null,
    },
    trainable: trainableFrom(body),
  };
  await mkdir(manifest.target, { recursive: true });
  await writeWhole(join(manifest.target, `${manifest.id}.onnx`), bytes);
  await writeWhole(join(manifest.target, 'report.txt'), JSON.stringify(report, null, 2));
  // The card comes last: without it there is no network.
  await writeWhole(join(manifest.target, `${manifest.id}.json`), JSON.stringify(card, null, 2));
  reporter.send({ type: 'adopted', report });
  return { ...inventory(survey.graph) };
};

async function openReference({
  reference,
  referenceImages,
  check,
}: AdoptManifest): Promise<Reference | null> {
  if (reference === null && referenceImages === null) return null;
  if (reference === null)
    throw referenceError('referenceAnswers', 'there are images but no file with what the network answers');
  return readReference(reference, { folder: referenceImages, fitted: check === 'top1' });
}

function cardOf(
  manifest: AdoptManifest,
  survey: Survey,
  chosen: Preprocessing,
  { bytes, original }: { readonly bytes: Uint8Array; readonly original: Uint8Array },
) {
  return {
    name: manifest.id,
    architecture: manifest.name,
    origin: {
      file: basename(manifest.network),
      file_sha256: hash('sha256', original),
      weights: manifest.weights === null ? null : basename(manifest.weights),
    },
    licence: { weights: manifest.licence },
    trained_on: manifest.trainedOn,
    known_bias: manifest.knownBias,
    onnx: { file: `${manifest.id}.onnx`, bytes: bytes.length, sha256: hash('sha256', bytes) },
    params: inventory(survey.graph).parameters,
    input: {
      name: survey.input,
      size: survey.size,
      any_size: survey.anySize,
      mean: chosen.mean,
      std: chosen.std,
      layout: `${survey.layout} ${chosen.order}`,
      verified:
        chosen.check === null
          ? null
          : {
              check: chosen.check,
              images: chosen.images,
              agreeing: chosen.agreeing,
              difference: chosen.difference,
            },
    },
    network: {
      features_output: survey.features,
      feature_count: survey.featureCount,
      stages: storedStages(survey.stages),
      multi_level: survey.multiLevel,
    },
  };
}

function inventory({ nodes, initializers }: Graph) {
  const counts = new Map<string, number>();
  for (const { operator } of nodes) counts.set(operator, (counts.get(operator) ?? 0) + 1);
  const operators = [...counts]
    .map(([operator, count]) => ({ operator, count }))
    .sort((one, other) => other.count - one.count);
  const parameters = [...initializers.values()]
    .filter(({ dtype }) => dtype === 'float32' || dtype === 'float16')
    .reduce((sum, { data }) => sum + data.length, 0);
  return { operators, nodes: nodes.length, parameters };
}

/** Writes the training graph of every depth, from the head down, until one cannot be; says down to where, and why not deeper. */
function trainableFrom(body: Body): AdoptionReport['trainable'] {
  const names = body.blocks.map(({ name }) => name);
  let reached: string | null = null;
  for (let first = names.length - 1; first >= 0; first--) {
    try {
      tryDepth(body, names.slice(first));
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      return { first: reached, reason: { message: error.message, params: refusalOf(error) } };
    }
    reached = names[first]!;
  }
  return { first: reached, reason: null };
}

function tryDepth(body: Body, blocks: readonly string[]): void {
  const first = body.blocks.length - blocks.length;
  const { suffix } =
    first === 0
      ? { suffix: body.graph }
      : splitForTraining(body.graph, body.card, { firstTrainable: blocks[0]! });
  const head = classifierHead({ features: body.features, classes: 2, dropout: 0, seed: 1 });
  const parameters = body.blocks.slice(first).flatMap((block) => block.parameters);
  if (suffix === null || parameters.length === 0) return;
  buildTrainingGraph({
    network: attachHead(suffix, head),
    batch: 1,
    loss: { kind: 'cross-entropy' },
    optimiser: { kind: 'sgd', momentum: 0, nesterov: false },
    groups: [{ name: 'all', parameters, weightDecay: 0 }],
  });
}
