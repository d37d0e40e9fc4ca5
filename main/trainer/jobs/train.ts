import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { TrainManifest } from '../../../shared/contract/trainer.ts';
import { trainRun } from '../loop/train-run.ts';
import type { Job } from './job.ts';

/** Trains the models of a manifest. */
export const runTrainJob: Job<TrainManifest> = async (manifest, context, options) => {
  await mkdir(manifest.files.folder, { recursive: true });
  // Where the project lies may change between two tries; what is trained may not.
  const { files: _, ...identity } = manifest;
  const sha256 = createHash('sha256').update(JSON.stringify(identity)).digest('hex');
  return trainRun(manifest, sha256, context, options);
};
