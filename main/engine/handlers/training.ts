import { implement } from '@orpc/server';
import { trainingContract } from '../../../shared/contract/training.ts';
import { imageJobs } from '../images/service.ts';
import { cacheState, clearCache } from '../training/cache.ts';
import { describeNetwork } from '../training/describe.ts';
import { estimateTraining } from '../training/estimate.ts';
import { exportOnnx } from '../training/export-onnx.ts';
import { listBackbones } from '../training/inspect.ts';
import { adoptBackbone, removeBackbone } from '../training/own-backbones.ts';
import { predictFolder } from '../training/predict.ts';
import { previewAugmentation } from '../training/preview.ts';
import { recommend } from '../training/recommend.ts';
import { writeReport } from '../training/report.ts';
import { cellOf, compareRuns, runResultsOf } from '../training/results.ts';
import {
  listJobs,
  listRunSummaries,
  removeRun,
  renameRun,
  resumeRun,
  runsOf,
  startRun,
} from '../training/service.ts';
import { asEvents } from './as-events.ts';
import type { HandlerContext } from './context.ts';

const base = implement(trainingContract).$context<HandlerContext>();

/** Runs and what can be done with their networks. */
export const trainingHandlers = base.router({
  backbones: base.backbones.handler(({ context }) => listBackbones(context.engine)),
  describe: base.describe.handler(({ context, input }) => describeNetwork(context.engine, input)),
  adoptBackbone: base.adoptBackbone.handler(({ context, input, signal }) =>
    asEvents(adoptBackbone(context.engine, input, signal)),
  ),
  removeBackbone: base.removeBackbone.handler(({ context, input }) =>
    removeBackbone(context.engine, input.backbone),
  ),
  recommend: base.recommend.handler(({ context, input }) => recommend(context.engine, input.strategy)),
  estimate: base.estimate.handler(({ context, input }) => estimateTraining(context.engine, input)),
  cache: base.cache.handler(({ context }) => cacheState(context.engine)),
  clearCache: base.clearCache.handler(({ context }) => clearCache(context.engine)),
  start: base.start.handler(({ context, input }) => startRun(context.engine, input)),
  control: base.control.handler(async ({ context, input }) =>
    (await runsOf(context.engine)).control(input.run, input.action),
  ),
  resume: base.resume.handler(({ context, input }) => resumeRun(context.engine, input)),
  runs: base.runs.handler(({ context }) => listRunSummaries(context.engine)),
  remove: base.remove.handler(({ context, input }) => removeRun(context.engine, input)),
  rename: base.rename.handler(({ context, input }) => renameRun(context.engine, input)),
  watch: base.watch.handler(async function* ({ context, input, signal }) {
    yield* (await runsOf(context.engine)).watch(input.run, signal);
  }),
  results: base.results.handler(async ({ context, input }) => {
    await runsOf(context.engine);
    return runResultsOf(context.engine.project().db, input.run);
  }),
  cell: base.cell.handler(({ context, input }) =>
    cellOf(context.engine.project().db, input.run, input.trueClass, input.predictedClass),
  ),
  compare: base.compare.handler(({ context, input }) =>
    compareRuns(context.engine.project().db, input.first, input.second),
  ),
  report: base.report.handler(({ context, input }) => writeReport(context.engine, input)),
  predict: base.predict.handler(({ context, input, signal }) =>
    asEvents(predictFolder(context.engine, input, signal)),
  ),
  exportOnnx: base.exportOnnx.handler(({ context, input, signal }) =>
    asEvents(exportOnnx(context.engine, input, signal)),
  ),
  previewAugmentation: base.previewAugmentation.handler(({ context, input, signal }) =>
    previewAugmentation(context.engine, input, signal),
  ),
  jobs: base.jobs.handler(async ({ context }) => [
    ...imageJobs(context.engine),
    ...(await listJobs(context.engine)),
  ]),
});
