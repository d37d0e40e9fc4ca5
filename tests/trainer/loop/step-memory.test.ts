import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { estimateWork } from '../../../main/engine/training/estimate.ts';
import { scratchBytes } from '../../../main/engine/training/memory.ts';
import { runningStatistics } from '../../../main/trainer/graph/batch-statistics.ts';
import { writeOnnx } from '../../../main/trainer/graph/onnx-writer.ts';
import { ownScaling } from '../../../main/trainer/loop/assemble.ts';
import { onPixels } from '../../../main/trainer/loop/phase-network.ts';
import { networkBytes } from '../../../main/trainer/loop/step-memory.ts';
import { smallConvNet } from '../../../main/trainer/networks/small-conv-net.ts';
import type { ExecutorId } from '../../../shared/contract/executor.ts';
import { recipe } from '../../../shared/contract/recipe.ts';
import type { BlockReport } from '../../../shared/contract/trainer.ts';
import { adopt } from '../support/adopt.ts';
import { executorAtHand, libraryFolders } from '../support/parity/at-hand.ts';
import { scratchRecipe, tinyRecipe, writeSmallRun } from '../support/small-run.ts';
import { loadTopology } from '../support/topologies.ts';
import { train } from '../support/trainer-memory.ts';

const NETWORK = 'mobilenetv2';
const SIZE = 160;
const BATCH = 16;
/** How far the estimate may be from the largest resident set, either way. */
const TOLERANCE = 0.25;

let root: string;
let report: BlockReport;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'enxerto-step-memory-'));
  const backbones = join(root, 'run', 'backbones');
  mkdirSync(backbones, { recursive: true });
  const network = join(root, 'network.onnx');
  // Exported for small images; nothing in it depends on their size.
  const exported = loadTopology(NETWORK, 'legacy');
  const inputs = exported.inputs.map((input) => ({ ...input, dims: ['N', 3, 'H', 'W'] }));
  writeFileSync(network, writeOnnx({ ...exported, inputs }));
  const found = await adopt(root, {
    network,
    id: NETWORK,
    size: SIZE,
    scaling: 'imagenet',
    reference: null,
    target: backbones,
  });
  if (!found.report) throw new Error(JSON.stringify(found.last));
  report = found.report.report;
});
afterAll(() => rmSync(root, { recursive: true }));

/** All of MobileNetV2 learns. */
function wholeNetwork(change: Record<string, unknown>) {
  const trainableBlocks = report.blocks.map(({ id }) => id);
  const [phase] = tinyRecipe.phases;
  return {
    ...tinyRecipe,
    backbone: NETWORK,
    features: 'last',
    phases: [{ ...phase, name: 'fineTuning', trainableBlocks, epochs: 2 }],
    ...change,
  };
}

/** Whether what has several forms is timed first, as in the studio: that takes memory of its own, and most of the time. */
type Forms = 'timed' | 'usual';

/** A few steps, each of one batch, then the fold that is left out. */
async function peakOf(executor: ExecutorId, change: Record<string, unknown>, forms: Forms = 'usual') {
  const whole = {
    ...change,
    shape: 'square',
    batchSize: BATCH,
    augmentation: { flipHorizontal: true, flipVertical: false, brightness: 0, contrast: 0, views: 1 },
  };
  const { manifest, path } = await writeSmallRun(join(root, 'run'), {
    images: 2 * BATCH,
    folds: [0],
    finalModel: false,
    recipe: whole,
  });
  rmSync(join(root, 'run', 'run'), { recursive: true });
  mkdirSync(join(root, 'run', 'run'));
  const findings = forms === 'timed' ? join(root, `${executor}.json`) : undefined;
  const files = { ...manifest.files, libraries: libraryFolders, findings };
  writeFileSync(path, JSON.stringify({ ...manifest, files, runtime: { threads: 2, executor } }));
  const { events, peak } = await train(path, null);
  expect(events.at(-1)).toMatchObject({ type: 'done', record: { batching: { batch: BATCH } } });
  const facts = { images: BATCH, models: 1, aspect: 1, megapixels: 0.003, threads: 2 };
  const estimated = estimateWork(recipe.parse(whole), { ...facts, report, inputSize: SIZE, executor });
  return { peak, estimate: estimated.memoryBytes };
}

function expectNear(
  runs: Readonly<Record<string, { readonly peak: number; readonly estimate: number }>>,
): void {
  for (const [name, { peak, estimate }] of Object.entries(runs)) {
    expect(estimate / peak, name).toBeGreaterThan(1 - TOLERANCE);
    expect(estimate / peak, name).toBeLessThan(1 + TOLERANCE);
  }
}

it.each([
  ['group', 64],
  ['batch', 64],
  ['batch', 256],
] as const)('the network from scratch, %s, takes for each pixel what its graphs say', (norm, side) => {
  const size = [side, side] as const;
  const network = onPixels(smallConvNet({ classes: 3, size, dropout: 0, seed: 1, norm }), size, ownScaling);
  const moving = norm === 'batch' ? runningStatistics(network.graph, network.parameters) : [];
  const bytes = (batch: number) => networkBytes(network, network.parameters, { batch, moving });
  expect(scratchBytes[norm] / ((bytes(64) - bytes(32)) / 32 / side ** 2)).toBeCloseTo(1, 2);
});

for (const id of ['onnx', 'openvino', 'tfjs-tensorflow'] as const) {
  const { executor, skipped } = await executorAtHand(id);
  describe.skipIf(!executor || process.platform !== 'linux')(
    `the memory of a run on ${id}${skipped}`,
    { timeout: 300_000 },
    () => {
      it('is what was estimated, as batch normalisation came, folded and adapted', async () => {
        const inference = await peakOf(id, wholeNetwork({}), 'timed');
        const folded = await peakOf(id, wholeNetwork({ foldedBatchNorm: true }));
        const adapted = await peakOf(id, wholeNetwork({ batchNorm: 'adapted' }));
        expectNear({ inference, folded, adapted });
        // OpenVINO holds much of what the batch's statistics need in any case.
        if (id === 'openvino') return;
        const [told, taken] = [adapted.estimate - folded.estimate, adapted.peak - folded.peak];
        expect(told / taken, 'what adapted batch normalisation adds').toBeGreaterThan(0.6);
        expect(told / taken).toBeLessThan(1.6);
      });

      it('is what was estimated for the network from scratch', async () => {
        const phases = scratchRecipe.phases.map((phase) => ({ ...phase, epochs: 2 }));
        const scratch = { ...scratchRecipe, phases, size: 256 };
        // OpenVINO's usual forms take much less than those that are found to be faster.
        const forms = id === 'openvino' ? 'timed' : 'usual';
        const group = await peakOf(id, { ...scratch, scratchNorm: 'group' }, forms);
        const batch = await peakOf(id, { ...scratch, scratchNorm: 'batch' }, forms);
        expectNear({ group, batch });
      });
    },
  );
}
