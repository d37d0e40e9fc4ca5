import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeSampleProject, trainOnSample } from '../../main/cli/demo/sample.ts';
import type { Studio } from '../../main/cli/studio.ts';
import { rightness } from '../../main/engine/training/results.ts';
import { comparePair } from '../../main/engine/validation/comparison.ts';
import { wilsonInterval } from '../../main/engine/validation/intervals.ts';
import type { Strategy } from '../../shared/contract/recipe.ts';
import type { ImageId, RunId } from '../../shared/domain/ids.ts';
import { createRandom } from '../../shared/domain/random.ts';
import { inBenchStudio } from './bench-studio.ts';
import { type BenchPart, type BenchRow, rounded } from './row.ts';

const seeds = [1, 2, 3] as const;
const bootstrap = fileURLToPath(new URL('../../main/bootstrap.mjs', import.meta.url));

/** The demo as a person starts it, from the command to its end. */
async function* measureSeconds(): AsyncGenerator<BenchRow> {
  const folder = await mkdtemp(join(tmpdir(), 'enxerto-bench-demo-'));
  const began = performance.now();
  try {
    const last = await runDemoProcess(folder);
    const seconds = (performance.now() - began) / 1000;
    yield {
      group: 'demo',
      name: 'demo-seconds',
      value: rounded(seconds, 4),
      unit: 's',
      target: '≤ 300',
      pass: seconds <= 300,
      details: last,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function runDemoProcess(folder: string): Promise<Record<string, unknown>> {
  const words = [bootstrap, 'demo', '--json', '--seed', String(seeds[0]), '--folder', folder];
  // A person's measurements of this machine must not shorten the demo.
  const env = { ...process.env, ENXERTO_USER_DATA: join(`${folder}-user`) };
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'], env });
  let out = '';
  child.stdout.on('data', (text: Buffer) => {
    out += text;
  });
  return new Promise((resolve, reject) => {
    child.once('close', (code) => {
      void rm(`${folder}-user`, { recursive: true, force: true });
      if (code === 0) resolve(JSON.parse(out.trim().split('\n').at(-1) ?? '{}') as Record<string, unknown>);
      else reject(new Error(`The demo ended with ${code}: ${out.slice(-500)}`));
    });
  });
}

type Trained = {
  readonly accuracy: number;
  readonly right: ReadonlyMap<ImageId, boolean>;
  readonly seconds: number;
};

async function train(studio: Studio, strategy: Strategy, seed: number): Promise<Trained> {
  const results = await trainOnSample(studio, strategy, seed);
  const right = rightness(studio.engine.context.project().db, results.run.id as RunId);
  return { accuracy: results.accuracy.value ?? 0, right, seconds: results.run.seconds ?? 0 };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** Three seeds on the sample's own folds: feature extraction, and what fine-tuning adds to it. */
async function* measureAccuracy(): AsyncGenerator<BenchRow> {
  const rows = await inBenchStudio(async (studio, folder) => {
    const { images } = await makeSampleProject(studio, folder);
    const features: Trained[] = [];
    const tuned: Trained[] = [];
    for (const seed of seeds) {
      features.push(await train(studio, 'featureExtraction', seed));
      tuned.push(await train(studio, 'hybrid', seed));
    }
    return [featuresRow(features, images), tuningRow(features, tuned)];
  });
  yield* rows;
}

function featuresRow(features: readonly Trained[], images: number): BenchRow {
  const value = mean(features.map((each) => each.accuracy));
  // One image counts once: three answers to it are not three images.
  const interval = wilsonInterval(Math.round(value * images), images);
  return {
    group: 'demo',
    name: 'demo-features',
    value: rounded(value, 4),
    unit: 'accuracy',
    target: '≥ 0.74',
    pass: value >= 0.74,
    details: {
      seeds,
      perSeed: features.map((each) => each.accuracy),
      interval: [interval?.low ?? null, interval?.high ?? null],
      seconds: features.map((each) => rounded(each.seconds)),
    },
  };
}

/** The paired bootstrap draws images, with the answers of all three seeds; McNemar's exact test stands for each seed. */
function tuningRow(features: readonly Trained[], tuned: readonly Trained[]): BenchRow {
  const pairs = features.flatMap((each, index) =>
    [...each.right].map(([id, right]) => ({
      id,
      seed: index,
      first: right,
      second: tuned[index]?.right.get(id) ?? false,
    })),
  );
  const compare = (of: typeof pairs, groups: readonly string[] | null) =>
    comparePair(
      of.map((pair) => pair.first),
      of.map((pair) => pair.second),
      groups,
      createRandom(seeds[0]),
    );
  const pooled = compare(
    pairs,
    pairs.map((pair) => String(pair.id)),
  );
  const perSeed = seeds.map((_, index) =>
    compare(
      pairs.filter((pair) => pair.seed === index),
      null,
    ),
  );
  const value = pooled.difference ?? 0;
  return {
    group: 'demo',
    name: 'demo-fine-tuning',
    value: rounded(value, 4),
    unit: 'accuracy, fine-tuning − feature extraction',
    target: '≥ −0.03',
    pass: value >= -0.03,
    details: {
      seeds,
      accuracy: tuned.map((each) => each.accuracy),
      interval: [pooled.interval?.low ?? null, pooled.interval?.high ?? null],
      pOverImages: pooled.p,
      mcNemar: perSeed.map((each) => rounded(each.p)),
      seconds: tuned.map((each) => rounded(each.seconds)),
    },
  };
}

/** Group `demo`. */
export const demoParts: readonly BenchPart[] = [
  { names: ['demo-seconds'], measure: measureSeconds },
  { names: ['demo-features', 'demo-fine-tuning'], measure: measureAccuracy },
];
