import { measureWhileTraining } from '../project-labels.ts';
import { type BenchPart, type BenchRow, rounded } from '../row.ts';
import { augmentationParts } from './augmentation.ts';
import { exportedNetwork } from './exported-network.ts';
import { measureFrozenJpeg } from './frozen-jpeg.ts';
import {
  comparePairs,
  measurePeer,
  measureStep,
  type PeerResult,
  type StepRequest,
  type StepResult,
  usual,
} from './measure.ts';

/** Executors that take training steps on the processor, the one that every machine has first. */
const stepExecutors = ['onnx', 'openvino', 'tfjs-tensorflow'] as const;

/** One row: our step against a peer's. `goal` is ours ÷ the peer's in speed; null: shown only. */
type Row = {
  readonly name: string;
  readonly own: Partial<StepRequest>;
  /** Words of the peer's program; several variants of the same network: the fastest is compared with. */
  readonly peers: readonly (readonly string[])[];
  readonly program?: string;
  /** The goal of the fastest executor here, and of ONNX Runtime alone. */
  readonly goal: number | null;
  readonly onnxGoal?: number | null;
  readonly executors?: readonly string[];
};

const mobilenet = ['--model', 'mobilenetv2_100', '--size', '224', '--batch', '8', '--threads', '2'];
const channelsLast = '--channels-last';
/** The same network in the memory layouts that PyTorch offers, as it is and compiled. */
const layouts = (...words: readonly string[]) => [
  [...mobilenet, ...words],
  [...mobilenet, ...words, channelsLast],
  [...mobilenet, ...words, channelsLast, '--compile'],
];
const timm = (model: string, ...words: readonly string[]) => [
  ...['--model', model, '--size', '224', '--batch', '8', '--threads', '2'],
  ...words,
];

const rows: readonly Row[] = [
  {
    name: 'forward',
    own: { mode: 'forward', folded: true },
    peers: layouts('--forward-only', '--fold'),
    goal: 1,
    executors: ['onnx'],
  },
  { name: 'whole', own: {}, peers: layouts(), goal: 0.75, onnxGoal: 0.45 },
  { name: 'whole-folded', own: { folded: true }, peers: layouts('--fold'), goal: 0.75, onnxGoal: 0.45 },
  {
    name: 'whole-keras',
    own: {},
    program: 'keras_step.py',
    peers: [['--model', 'MobileNetV2', '--images', '64', '--fine-tune', '--batch', '8', '--threads', '2']],
    goal: null,
  },
  ...[5, 6].flatMap((block): Row[] => {
    const own = { fromBlock: block, folded: true, steps: 30 };
    const from = ['--from-block', `${block}`];
    return [
      {
        name: `block${block}-usual`,
        own,
        peers: [
          [...mobilenet, ...from],
          [...mobilenet, ...from, channelsLast],
        ],
        goal: block === 5 ? 3.5 : 8,
        onnxGoal: block === 5 ? 2 : 5,
      },
      {
        name: `block${block}-cached`,
        own,
        peers: layouts(...from, '--cached', '--fold', '--steps', '30'),
        goal: 1,
        onnxGoal: 0.5,
      },
    ];
  }),
  ...(['resnet18', 'resnet50'] as const).map(
    (network): Row => ({
      name: network,
      own: { network, steps: 4 },
      peers: [timm(network), timm(network, channelsLast)],
      goal: null,
    }),
  ),
  {
    name: 'vit-tiny',
    own: { network: 'vit_tiny_patch16_224', steps: 4 },
    peers: [timm('vit_tiny_patch16_224')],
    goal: null,
  },
  {
    name: 'lite0-last2',
    own: { network: 'efficientnet-lite0', fromBlock: 5, folded: true, steps: 30 },
    peers: [
      timm('tf_efficientnet_lite0', '--from-block', '5', '--cached', '--fold', '--steps', '30'),
      timm('tf_efficientnet_lite0', '--from-block', '5', '--cached', '--fold', '--steps', '30', channelsLast),
    ],
    goal: 1,
  },
  {
    name: 'tfjs-tensorflow',
    own: {},
    program: 'keras_step.py',
    peers: [['--model', 'MobileNetV2', '--images', '64', '--fine-tune', '--batch', '8', '--threads', '2']],
    goal: null,
    executors: ['tfjs-tensorflow'],
  },
];

const own = (result: StepResult) => result.imagesPerSecond;
const peer = (result: PeerResult) => result.imagesPerSecond;

/** How often each way is tried before one is chosen: a single try on a busy machine may choose the slower one. */
const TRIES = 2;

/** The fastest of several ways to run the same thing, tried in turn; null where none runs. */
async function fastest<Way, Result>(
  ways: readonly Way[],
  measure: (way: Way) => Promise<Result | null>,
  speed: (result: Result) => number,
): Promise<Way | null> {
  if (ways.length === 1) return ways[0]!;
  let best: { readonly way: Way; readonly speed: number } | null = null;
  for (let turn = 0; turn < TRIES; turn++) {
    for (const way of ways) {
      const result = await measure(way);
      if (result && (best === null || speed(result) > best.speed)) best = { way, speed: speed(result) };
    }
  }
  return best?.way ?? null;
}

async function* measureRow(row: Row): AsyncGenerator<BenchRow> {
  const request = await requestOf(row);
  const program = row.program ?? 'torch_step.py';
  const theirs = await fastest(row.peers, (words) => measurePeer(program, words), peer);
  const executors = row.executors ?? stepExecutors;
  const best =
    request && (await fastest(executors, (executor) => measureStep({ ...request, executor }), own));
  const compared = async (executor: string | null) =>
    comparePairs(
      async () => (request && executor ? measureStep({ ...request, executor }) : null),
      async () => (theirs ? measurePeer(program, theirs) : null),
      { own, peer },
    );
  const line = async (name: string, executor: string | null, goal: number | null): Promise<BenchRow> => {
    const { value, ratio, peer: rival, peerValue, own: result } = await compared(executor);
    return {
      group: 'train',
      name,
      value: value && rounded(value),
      unit: `images/s${request?.folded ? ', batch norm folded' : ''}`,
      target: goal === null ? 'shown' : `≥ ${goal} × the peer`,
      ratio: ratio && rounded(ratio),
      peer: peerValue && rounded(peerValue),
      pass: ratio === null || goal === null ? null : ratio >= goal,
      details: {
        executor,
        peer: rival && `${rival.peer} ${theirs?.join(' ')}`,
        megabytes: result && Math.round(result.peakMegabytes),
        peerMegabytes: rival?.peakMegabytes ?? null,
      },
    };
  };
  yield await line(row.name, best, row.goal);
  const onnxToo = row.onnxGoal !== undefined && best !== 'onnx';
  if (onnxToo) yield await line(`${row.name}-onnx`, 'onnx', row.onnxGoal);
}

/** A transformer's position table fixes its size: it is exported at 224 pixels where a peer can do it. */
async function requestOf(row: Row): Promise<StepRequest | null> {
  const request = { ...usual, ...row.own };
  if (!request.network.startsWith('vit_')) return request;
  const file = await exportedNetwork(request.network, request.size);
  return file === null ? null : { ...request, file };
}

/** Peak memory of a process that trains the whole network, against PyTorch's. */
async function* measureMemory(): AsyncGenerator<BenchRow> {
  const executor = await fastest(
    stepExecutors,
    (each) => measureStep({ ...usual, executor: each, steps: 3 }),
    own,
  );
  const ours = executor && (await measureStep({ ...usual, executor }));
  const theirs = await measurePeer('torch_step.py', [...mobilenet, channelsLast]);
  const ratio = ours && theirs ? ours.peakMegabytes / theirs.peakMegabytes : null;
  yield {
    group: 'train',
    name: 'memory',
    value: ours && Math.round(ours.peakMegabytes),
    unit: 'MB at the peak, whole network',
    target: "≤ 1.0 × PyTorch's process",
    ratio: ratio && rounded(ratio),
    peer: theirs?.peakMegabytes ?? null,
    pass: ratio === null ? null : ratio <= 1,
    details: { executor },
  };
}

/** Two hundred epochs of ten steps against the first twenty. */
async function* measureLeak(): AsyncGenerator<BenchRow> {
  const stepsAnEpoch = 10;
  const request = { ...usual, fromBlock: 6, folded: true, steps: 20 * stepsAnEpoch };
  for (const executor of stepExecutors) {
    const result = await measureStep({ ...request, executor, leakSteps: 180 * stepsAnEpoch });
    yield {
      group: 'train',
      name: executor === 'onnx' ? 'leak' : `leak-${executor}`,
      value: result && rounded(result.growth, 4),
      unit: 'memory after 200 epochs ÷ after 20',
      target: '≤ 1.05',
      pass: result && result.growth <= 1.05,
    };
  }
}

async function* measureLabeling(): AsyncGenerator<BenchRow> {
  for await (const row of measureWhileTraining())
    yield { ...row, group: 'train', name: 'labeling-while-training' };
}

/** Group `train`: how fast networks learn, next to what others offer. */
export const trainParts: readonly BenchPart[] = [
  ...rows.map(
    (row): BenchPart => ({
      names: row.onnxGoal === undefined ? [row.name] : [row.name, `${row.name}-onnx`],
      measure: () => measureRow(row),
    }),
  ),
  ...augmentationParts,
  { names: ['frozen-jpeg'], measure: measureFrozenJpeg },
  { names: ['memory'], measure: measureMemory },
  {
    names: stepExecutors.map((each) => (each === 'onnx' ? 'leak' : `leak-${each}`)),
    measure: measureLeak,
  },
  { names: ['labeling-while-training'], measure: measureLabeling },
];
