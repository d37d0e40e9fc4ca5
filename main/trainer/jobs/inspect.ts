import { mkdir, readdir, readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { NetworkReport } from '../../../shared/contract/network.ts';
import type { BlockReport, InspectManifest } from '../../../shared/contract/trainer.ts';
import { writeWhole } from '../../lib/atomic-write.ts';
import { onnxExecutor } from '../executors/onnx/executor.ts';
import { SHORTEST_MS } from '../executors/tuning/stopwatch.ts';
import { foldBatchNormalization } from '../graph/fold-batch-normalization.ts';
import { elementCount, tensor } from '../graph/tensor.ts';
import { type Body, buildBody } from '../loop/body.ts';
import { openBackbone } from '../loop/model-files.ts';
import { stepBytesOf } from '../loop/step-memory.ts';
import { withBatch } from '../networks/attach.ts';
import { FEATURES } from '../networks/features.ts';
import { PIXELS } from '../networks/input-stage.ts';
import { blockReports } from './block-reports.ts';
import { describeNetwork } from './describe.ts';
import { asStudioError, refusalNaming } from './errors.ts';
import type { Job, JobContext } from './job.ts';

/** Runs that are timed, after one that is not; their median counts. */
const RUNS = 5;
const BATCH = 8;

/** A network's description; a refusal says of which file it is. */
async function described(network: string, weights: string | undefined): Promise<NetworkReport> {
  try {
    return await describeNetwork(network, weights);
  } catch (error) {
    throw refusalNaming(asStudioError(error), `${basename(network)} cannot be used.`);
  }
}

/** Lists every backbone's blocks and sizes and, if asked, measures how fast this machine runs it frozen. */
export const runInspectJob: Job<InspectManifest> = async (manifest, context) => {
  const { files, runtime, measure } = manifest;
  if (manifest.network !== undefined) {
    context.reporter.send({
      type: 'described',
      network: await described(manifest.network, manifest.weights),
    });
    return { network: manifest.network };
  }
  const names = (await readdir(files.backbones)).filter((name) => name.endsWith('.json')).sort();
  const reports: BlockReport[] = [];
  for (const [done, name] of names.entries()) {
    await context.control.breathe();
    context.reporter.progress({ stage: 'preparing', done, total: names.length });
    const id = name.slice(0, -'.json'.length);
    const backbone = await openBackbone(files.backbones, id);
    const [height, width] = backbone.card.size;
    const shape = { height, width, fit: 'pad' } as const;
    const body = buildBody(backbone, shape, { multiLevel: true, folded: false });
    const last = buildBody(backbone, shape, { multiLevel: false, folded: false });
    const rate = measure
      ? await rememberedRate(files.cache, backbone.card.sha256, runtime.threads, body, context)
      : null;
    reports.push({
      backbone: id,
      blocks: blockReports(body, stepBytesOf(backbone, shape)),
      parameters: body.blocks.reduce((sum, block) => sum + block.parameterCount, 0),
      featureSize: { last: last.features, multiLevel: body.features },
      forwardRate: rate,
    });
  }
  context.reporter.send({ type: 'inspected', reports });
  return { backbones: reports.length };
};

const rates = z.record(z.string(), z.number().positive());

/** Measures once for each backbone, number of threads and processor; the cache folder may be emptied at any time. */
async function rememberedRate(
  cache: string,
  sha256: string,
  threads: number,
  body: Body,
  context: JobContext,
): Promise<number> {
  const file = join(cache, 'forward-rates.json');
  const known = rates.safeParse(await readJson(file));
  const key = `${sha256} ${threads} ${cpus()[0]?.model ?? process.arch}`;
  const before = known.success ? known.data[key] : undefined;
  if (before !== undefined) return before;
  const rate = await forwardRate(body, threads, context);
  await mkdir(cache, { recursive: true });
  await writeWhole(file, JSON.stringify({ ...(known.success ? known.data : {}), [key]: rate }));
  return rate;
}

async function forwardRate(body: Body, threads: number, { control }: JobContext): Promise<number> {
  const graph = foldBatchNormalization(withBatch(body.graph, BATCH));
  const program = await onnxExecutor.compile(graph, { state: [], threads });
  const dims = graph.inputs.find((input) => input.name === PIXELS)!.dims as number[];
  const pixels = new Uint8Array(elementCount(dims)).fill(127);
  const feeds = new Map([[PIXELS, tensor('uint8', dims, pixels)]]);
  await program.run(feeds, [FEATURES]);
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    await control.breathe();
    const began = performance.now();
    await program.run(feeds, [FEATURES]);
    times.push(performance.now() - began);
  }
  await program.dispose();
  times.sort((a, b) => a - b);
  return (BATCH * 1000) / Math.max(times[RUNS >> 1]!, SHORTEST_MS);
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    // Not measured yet, or cut short: measured again.
    return null;
  }
}
