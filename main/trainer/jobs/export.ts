import { unlink } from 'node:fs/promises';
import type { ExportManifest } from '../../../shared/contract/trainer.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import { writeWhole } from '../../lib/atomic-write.ts';
import { writeExport } from '../export/onnx-file.ts';
import { certify } from '../export/parity.ts';
import { openPredictor } from '../export/predictor.ts';
import { loadModel } from '../loop/model-files.ts';
import type { Job } from './job.ts';

/** Writes a self-contained ONNX file and its certificate beside it; a file that answers differently is not left behind. */
export const runExportJob: Job<ExportManifest> = async (manifest, { control, reporter }) => {
  const { images, target, runtime } = manifest;
  reporter.progress({ stage: 'saving', done: 0, total: images.length });
  const model = await loadModel(manifest.model, manifest.files.backbones);
  await writeExport(model, target);
  const predictor = await openPredictor(model, runtime.threads);
  try {
    reporter.progress({ stage: 'verifying' });
    const certificate = await certify(target, predictor, images, {
      onImage: (done) => reporter.progress({ done }),
      breathe: control.breathe,
    });
    await writeWhole(`${target}.certificate.json`, JSON.stringify(certificate, null, 2));
    reporter.send({ type: 'exported', certificate });
    return { target, certificate };
  } catch (error) {
    if (error instanceof StudioError) await unlink(target);
    throw error;
  } finally {
    await predictor.dispose();
  }
};
