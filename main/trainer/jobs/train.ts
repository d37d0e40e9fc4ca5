import { hash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { TrainManifest } from '../../../shared/contract/trainer.ts';
import type { RunIdentity } from '../loop/checkpoint.ts';
import { trainRun } from '../loop/train-run.ts';
import type { Job } from './job.ts';

/** Trains the models of a manifest. */
export const runTrainJob: Job<TrainManifest> = async (manifest, context, options) => {
  await mkdir(manifest.files.folder, { recursive: true });
  return trainRun(manifest, identityOf(manifest), context, options);
};

/** Where the project and its images lie may change between two tries; what is trained may not. */
function identityOf({ files: _, ...said }: TrainManifest): RunIdentity {
  const images = said.images.map(({ path: _, ...image }) => image);
  return {
    sha256: hash('sha256', JSON.stringify({ ...said, images })),
    earlier: hash('sha256', JSON.stringify(said)),
  };
}
