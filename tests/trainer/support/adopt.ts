import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AdoptManifest } from '../../../shared/contract/trainer.ts';
import { ofType, serve } from './serve.ts';

/** The program's own networks, and what PyTorch says of one of them. */
export const resources = new URL('../../../resources/backbones/', import.meta.url).pathname;
export const fixtures = new URL('../../fixtures/trainer/', import.meta.url).pathname;

/** Takes EfficientNet-Lite0 as a network of one's own into `root`, with what is said otherwise; gives the last word and the report. */
export async function adopt(root: string, change: Partial<AdoptManifest>) {
  const manifest: AdoptManifest = {
    version: 1,
    job: 'adopt',
    network: join(resources, 'efficientnet_lite0.onnx'),
    weights: null,
    id: 'mine',
    name: 'Mine',
    scaling: null,
    mean: null,
    std: null,
    order: null,
    size: null,
    features: null,
    reference: join(fixtures, 'efficientnet_lite0.reference.safetensors'),
    referenceImages: null,
    check: 'values',
    licence: 'Apache-2.0',
    trainedOn: 'photos',
    knownBias: null,
    target: join(root, 'mine'),
    files: { folder: root, cache: root, backbones: root, libraries: [] },
    runtime: { threads: 1, executor: 'auto' },
    ...change,
  };
  const path = join(root, 'manifest.json');
  await writeFile(path, JSON.stringify(manifest));
  const run = serve(path);
  return { last: await run.end, report: ofType(run.events, 'adopted')[0]?.report };
}
