import { rename, rm } from 'node:fs/promises';
import type { ExportManifest } from '../../../shared/contract/trainer.ts';
import { writeWhole } from '../../lib/atomic-write.ts';
import { writeFailure } from '../../lib/file-failure.ts';
import { executorsFor } from '../executors/roles.ts';
import { writeExport } from '../export/onnx-file.ts';
import { certify } from '../export/parity.ts';
import { openPredictor } from '../export/predictor.ts';
import { tellSmallerPass } from '../loop/memory.ts';
import { loadModel } from '../loop/model-files.ts';
import type { Job } from './job.ts';

/**
 * Writes a self-contained ONNX file and its certificate beside it. It gets its name only when it was proven to answer
 * alike: whatever goes wrong, what was there before stays as it was.
 */
export const runExportJob: Job<ExportManifest> = async (manifest, { control, reporter }, { smaller }) => {
  const { images, target, draft, runtime } = manifest;
  reporter.progress({ stage: 'saving', done: 0, total: images.length });
  const model = await loadModel(manifest.model, manifest.files.backbones);
  const guarded = <T>(work: () => Promise<T>): Promise<T> =>
    work().catch((error: unknown) => Promise.reject(writeFailure(target, error)));
  try {
    await guarded(() => writeExport(model, draft));
    const computing = await executorsFor(runtime, manifest.files);
    const predictor = await openPredictor(model, {
      executor: computing.forward,
      threads: runtime.threads,
      smaller,
      onSmaller: (before, after) => tellSmallerPass(reporter, before, after),
    });
    try {
      reporter.progress({ stage: 'verifying' });
      const certificate = await certify({ file: draft, target }, predictor, images, {
        onImage: (done) => reporter.progress({ done }),
        breathe: control.breathe,
      });
      await guarded(async () => {
        await rename(draft, target);
        await writeWhole(`${target}.certificate.json`, JSON.stringify(certificate, null, 2));
      });
      reporter.send({ type: 'exported', certificate });
      return { target, certificate };
    } finally {
      await predictor.dispose();
    }
  } finally {
    // Where nothing could be written there is nothing to remove, and why is told already.
    await rm(draft, { force: true }).catch(() => undefined);
  }
};
