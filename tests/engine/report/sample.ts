import sharp from 'sharp';
import type { RunReport } from '../../../main/engine/export/report/report-data.ts';
import { compareAll } from '../../../main/engine/validation/comparison.ts';
import type { Interval } from '../../../main/engine/validation/intervals.ts';
import {
  meanOfProportions,
  stratifiedBootstrap,
  wilsonInterval,
} from '../../../main/engine/validation/intervals.ts';
import {
  classificationMetrics,
  confusionMatrix,
  type Measured,
} from '../../../main/engine/validation/metrics.ts';
import { type EpochMetrics, epochMetrics, parityCertificate } from '../../../shared/contract/trainer.ts';
import { runResults } from '../../../shared/contract/training.ts';
import { createRandom } from '../../../shared/domain/random.ts';

const CLASSES = ['saudável', 'bicho-mineiro', 'ferrugem', 'phoma', 'cercóspora'] as const;
const COLOURS = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9'] as const;

const estimate = (value: Measured, interval: Interval | null) => ({
  value,
  low: interval?.low ?? null,
  high: interval?.high ?? null,
});

/** A strategy's answers on 250 leaves: each class a little harder than the one before. */
function answers(seed: number, skill: number, shared: readonly number[]) {
  const random = createRandom(seed);
  const truth = Array.from({ length: 250 }, (_, image) => Math.floor(image / 50));
  const predicted = truth.map((own, image) => {
    const ease = 0.75 * shared[image]! + 0.25 * random.uniform();
    return ease < skill - 0.05 * own ? own : (own + 1 + random.below(4)) % 5;
  });
  return { truth, predicted, right: truth.map((own, image) => own === predicted[image]) };
}

function measured(result: { truth: number[]; predicted: number[] }) {
  const confusion = confusionMatrix(result.truth, result.predicted, 5);
  const metrics = classificationMetrics(confusion);
  const bootstrap = stratifiedBootstrap({ ...result, classCount: 5 }, createRandom(1));
  const balanced = meanOfProportions(
    metrics.perClass.map((of) => ({ successes: of.correct, n: of.support })),
  );
  return {
    confusion,
    accuracy: estimate(metrics.accuracy, wilsonInterval(metrics.correct, metrics.images)),
    balancedAccuracy: estimate(metrics.balancedAccuracy, balanced),
    macroF1: estimate(metrics.macroF1, bootstrap.macroF1),
    classes: metrics.perClass.map((of, index) => ({
      classId: index + 1,
      name: CLASSES[index]!,
      colour: COLOURS[index]!,
      support: of.support,
      precision: estimate(of.precision, wilsonInterval(of.correct, of.predicted)),
      recall: estimate(of.recall, wilsonInterval(of.correct, of.support)),
      f1: estimate(of.f1, bootstrap.perClass[index]!.f1),
    })),
  };
}

/** Probabilities for the answers: the surer, the more often right. */
function predictionsOf({ truth, predicted }: ReturnType<typeof answers>) {
  const random = createRandom(5);
  return truth.map((own, image) => {
    const answer = predicted[image]!;
    const sure = answer === own ? 0.6 + 0.39 * random.uniform() : 0.35 + 0.5 * random.uniform();
    const probabilities = Array.from({ length: 5 }, (_, index) => (index === answer ? sure : (1 - sure) / 4));
    return { imageId: String(image + 1), path: `fotos/IMG_${2000 + image}.jpg`, truth: own, probabilities };
  });
}

/** Curves of five models: a head alone, then the last blocks, some stopped early. */
function curves(): EpochMetrics[] {
  const random = createRandom(3);
  const epochs: EpochMetrics[] = [];
  for (let fold = 0; fold < 5; fold++) {
    const lengths = [20, 9 + fold] as const;
    lengths.forEach((length, phase) => {
      for (let epoch = 0; epoch < length; epoch++) {
        const progress = phase * 20 + epoch;
        const loss = 0.25 + 1.4 * Math.exp(-progress / 7) + 0.02 * random.normal();
        const held = 0.55 + 1.1 * Math.exp(-progress / 6) + 0.05 * random.normal();
        const made = {
          ...{ fold, phase, phaseName: phase === 0 ? 'head' : 'fineTuning', epoch: epoch + 1 },
          ...{ trainLoss: loss, trainAccuracy: Math.min(1, 1.02 - loss / 2.1), learningRate: 1e-3 },
          ...{ validationLoss: held, validationAccuracy: Math.min(1, 1.05 - held / 2.1), seconds: 0.4 },
          imagesPerSecond: 480,
        };
        epochs.push(epochMetrics.parse(made));
      }
    });
  }
  return epochs;
}

/** A small picture of a leaf-like blob, as the thumbnails are: inline. */
async function picture(seed: number): Promise<string> {
  const random = createRandom(seed);
  const spots = Array.from({ length: 9 }, () => {
    const [x, y, r] = [40 + random.below(120), 25 + random.below(50), 2 + random.below(7)];
    return `<circle cx="${x}" cy="${y}" r="${r}" fill="#7a4a1e"/>`;
  }).join('');
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100"><rect width="200" height="100" fill="#d8d5cc"/>
<ellipse cx="100" cy="50" rx="84" ry="34" fill="hsl(${90 + random.below(30)} 45% 35%)"/>${spots}</svg>`;
  const bytes = await sharp(Buffer.from(svg)).jpeg({ quality: 75 }).toBuffer();
  return `data:image/jpeg;base64,${bytes.toString('base64')}`;
}

/** A whole report as the engine would hand it over, with numbers from this project's own functions. */
export async function sampleReport(language: RunReport['language']): Promise<RunReport> {
  const random = createRandom(11);
  const shared = Array.from({ length: 250 }, random.uniform);
  const results = {
    own: answers(1, 0.9, shared),
    features: answers(2, 0.88, shared),
    scratch: answers(3, 0.55, shared),
  };
  const own = measured(results.own);
  const wrong = results.own.right.flatMap((right, image) => (right ? [] : [image])).slice(0, 8);
  const run = {
    ...{
      id: 'run-1',
      name: 'Folhas, 3ª rodada',
      state: 'done',
      strategy: 'hybrid',
      backbone: 'EfficientNet-Lite0',
    },
    ...{ createdAt: Date.UTC(2026, 2, 14, 13, 5), finishedAt: Date.UTC(2026, 2, 14, 13, 8), seconds: 148.2 },
    ...{ images: 250, classes: 5, accuracy: own.accuracy, balancedAccuracy: own.balancedAccuracy },
    ...{ resumable: false, hasModel: true, error: null },
  };
  const phase = {
    ...{
      name: 'head',
      trainableBlocks: [],
      epochs: 40,
      learningRate: 0.001,
      backboneFactor: 0.1,
      blockDecay: 0.75,
    },
    ...{ weightDecay: 0.01, schedule: 'cosine', warmUp: 0.1 },
  };
  const fineTuning = {
    ...phase,
    name: 'fineTuning',
    trainableBlocks: ['blocks.5', 'blocks.6'],
    epochs: 15,
    learningRate: 0.0003,
  };
  const recipe = {
    ...{
      strategy: 'hybrid',
      backbone: 'efficientnet_lite0',
      shape: 'aspect',
      size: null,
      features: 'multiLevel',
    },
    ...{
      head: { hidden: null, dropout: 0.2 },
      phases: [phase, fineTuning],
      batchSize: 16,
      labelSmoothing: 0.1,
    },
    ...{ classWeights: 'balanced', clipNorm: 1, foldedBatchNorm: false, seed: 7 },
    augmentation: { flipHorizontal: true, flipVertical: true, brightness: 0.1, contrast: 0.1, views: 4 },
    earlyStopping: { patience: 5, holdOut: 0.15 },
  };
  const rival = (
    id: string,
    strategy: 'featureExtraction' | 'scratch',
    result: typeof results.own,
    seconds: number,
  ) => {
    const { accuracy, balancedAccuracy } = measured(result);
    return { id, strategy, accuracy, balancedAccuracy, seconds };
  };
  const rivals = [
    { id: 'run-1', right: results.own.right },
    { id: 'run-2', right: results.features.right },
    { id: 'run-3', right: results.scratch.right },
  ];
  const pairs = [
    ['run-2', 'run-1'],
    ['run-3', 'run-1'],
    ['run-3', 'run-2'],
  ] as const;
  const pictures = await Promise.all(wrong.map(async (image) => [image + 1, await picture(image)] as const));
  return {
    language,
    project: 'Café 2026',
    writtenAt: Date.UTC(2026, 2, 14, 14, 0),
    results: runResults.parse({
      run,
      recipe,
      evaluation: { kind: 'kFold', folds: 5, seed: 42 },
      tested: 250,
      ...own,
      baseline: 0.2,
      perFold: [0, 1, 2, 3, 4].map((fold) => {
        const right = results.own.right.filter((one, image) => image % 5 === fold && one).length;
        return { fold, accuracy: right / 50, images: 50 };
      }),
      mistakes: wrong.map((image, rank) => ({
        imageId: image + 1,
        path: `fotos/talhão ${1 + (image % 4)}/IMG_${2000 + image}.jpg`,
        thumbnail: 1,
        trueClassIds: [results.own.truth[image]! + 1],
        predictedClassIds: [results.own.predicted[image]! + 1],
        confidence: 0.99 - 0.04 * rank,
      })),
      groups: null,
      notes: [
        { code: 'duplicatesTogether', params: { images: 4, sets: 2 } },
        { code: 'imagesLeftOut', params: { images: 2 } },
      ],
      record: { executor: 'onnx', threads: 2, frozen: { tensors: 104, identical: true } },
    }),
    rivals: [
      rival('run-2', 'featureExtraction', results.features, 21.4),
      rival('run-3', 'scratch', results.scratch, 96),
    ],
    predictions: predictionsOf(results.own),
    comparisons: compareAll(rivals, pairs, null, createRandom(1)),
    epochs: curves(),
    dataHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    versions: { Enxerto: '0.1.0', 'ONNX Runtime': '1.30.0', 'Node.js': '24.21.0' },
    certificate: parityCertificate.parse({
      ...{
        images: 60,
        maxAbsDiff: 3.1e-6,
        meanAbsDiff: 2.4e-7,
        top1Agreement: 1,
        tolerance: 1e-3,
        passed: true,
      },
      ...{
        file: 'folhas.onnx',
        sha256: 'ab'.repeat(32),
        bytes: 13_500_000,
        runtime: 'onnxruntime-node 1.30.0',
      },
    }),
    thumbnails: new Map(pictures),
  };
}
