import { deriveSeed } from '../../../../shared/domain/random.ts';
import type { HoldOutItem } from '../../data/hold-out.ts';
import { innerFolds } from '../../data/inner-folds.ts';
import type { Executor } from '../../executors/types.ts';
import { floatTensor } from '../../graph/tensor.ts';
import type { Tensor } from '../../graph/types.ts';
import type { LossSpec } from '../../losses/types.ts';
import { firstState } from '../compiled-phase.ts';
import { statistics } from '../phase-network.ts';
import type { PhasePosition, PhaseRun } from '../phase-run.ts';
import { lossOfAnswer, targetOf } from '../targets.ts';
import { choosePenalty } from './choose-penalty.ts';
import { openLinearObjective, type ProbeData, ROWS } from './linear-objective.ts';
import { minimise } from './minimise.ts';

/** What a probe needs besides the phase it stands for. */
export interface ProbeOptions {
  readonly executor: Executor;
  readonly threads: number;
  readonly loss: LossSpec;
  readonly folds: number;
  /** Images in a batch as the recipe wants it: where there are fewer now, fewer rows go through at a time as well. */
  readonly batchSize: number;
  /** Labels and groups of all images of the run. */
  readonly items: readonly HoldOutItem[];
}

/** The linear head that was found, and how. */
export interface FittedProbe {
  readonly weights: Map<string, Tensor>;
  readonly penalty: number;
  /** Parts in which the penalty was chosen. */
  readonly folds: number;
}

/** Where there is only one group, nothing can be held out to choose by: a middling penalty. */
const UNCHOSEN = 0.1;
const accuracy = { tolerance: 1e-5, steps: 500 } as const;

/**
 * The linear head that minimises the loss of the images that learn, in all their cached views, with an L2 penalty chosen by
 * cross-validation among them. No dropout and no mixtures: the penalty does their work.
 */
export async function fitProbe(run: PhaseRun, options: ProbeOptions): Promise<FittedProbe> {
  const { compiled } = run;
  await compiled.program.setState(firstState(compiled, run.weights));
  const breathe = () =>
    run.between(async () => ({
      position: probePosition,
      variables: await compiled.program.state(),
      best: new Map(),
    }));
  const data = await probeData(run);
  const rows = Math.ceil((ROWS * compiled.batch) / options.batchSize);
  const objective = await openLinearObjective(options.executor, data, { ...options, rows });
  try {
    const size = data.classes * (data.features + 1);
    const items = run.training.map((image) => options.items[image]!);
    const folds = innerFolds(items, options.folds, deriveSeed(run.seed, 'penalty'));
    const parts = Math.max(...folds) + 1;
    const chosen =
      parts < 2
        ? { penalty: UNCHOSEN }
        : await choosePenalty(objective, partsOf(run, data, folds, parts), size, breathe);
    const all = rowWeights(run, data, () => true);
    const slopeAt = async (point: Float64Array) => {
      await breathe();
      return objective.slope(point, all, chosen.penalty);
    };
    const point = await minimise(slopeAt, new Float64Array(size), accuracy);
    return { weights: headOf(point, data), penalty: chosen.penalty, folds: parts };
  } finally {
    await objective.dispose();
  }
}

/** A probe has no position to go on from: a resumed one begins anew and comes to the same point. */
export const probePosition: PhasePosition = {
  epoch: 0,
  batch: 0,
  loss: 0,
  right: 0,
  seen: 0,
  seconds: 0,
  best: null,
  plateau: { dropped: 1, best: null, stale: 0 },
  thaw: { blocks: 0, since: 0, grown: false, refused: false },
};

/** Images that learn, one row for each of their views: all views of one image after the other. */
async function probeData(run: PhaseRun): Promise<ProbeData> {
  const { classes } = run.targets;
  const [mean, deviation] = statistics.map((name) => run.constants.get(name)!.data as Float32Array);
  const features = mean!.length;
  const { views } = run.samples;
  const count = run.training.length * views;
  const x = new Float32Array(count * features);
  const targets = new Float32Array(count * classes);
  for (const [position, image] of run.training.entries()) {
    for (let view = 0; view < views; view++) {
      const [row] = (await run.samples.batch([image], 1, view)).values();
      const at = position * views + view;
      const values = row!.data as Float32Array;
      for (let index = 0; index < features; index++)
        x[at * features + index] = (values[index]! - mean![index]!) / deviation![index]!;
      targets.set(targetOf(run.targets, image), at * classes);
    }
  }
  return { features, classes, x, targets };
}

function rowWeights(run: PhaseRun, data: ProbeData, learns: (position: number) => boolean): Float32Array {
  const { views } = run.samples;
  return Float32Array.from({ length: data.targets.length / data.classes }, (_, row) => {
    const position = Math.floor(row / views);
    return learns(position) ? run.imageWeights[run.training[position]!]! / views : 0;
  });
}

function partsOf(run: PhaseRun, data: ProbeData, folds: readonly number[], parts: number) {
  const { views } = run.samples;
  const { classes, task } = run.targets;
  return Array.from({ length: parts }, (_, part) => ({
    learning: rowWeights(run, data, (position) => folds[position] !== part),
    judge: (logits: Float32Array) => {
      let sum = 0;
      let weights = 0;
      for (const [position, image] of run.training.entries()) {
        if (folds[position] !== part) continue;
        // As they are: the first view of each.
        const at = position * views * classes;
        const weight = run.imageWeights[image]!;
        const target = data.targets.subarray(at, at + classes);
        sum += weight * lossOfAnswer(task, logits.subarray(at, at + classes), target);
        weights += weight;
      }
      return sum / weights;
    },
  }));
}

function headOf(point: Float64Array, { features, classes }: ProbeData): Map<string, Tensor> {
  const split = classes * features;
  return new Map<string, Tensor>([
    ['head.linear.weight', floatTensor([classes, features], Float32Array.from(point.subarray(0, split)))],
    ['head.linear.bias', floatTensor([classes], Float32Array.from(point.subarray(split)))],
  ]);
}
