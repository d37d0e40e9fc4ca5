import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ExportManifest, ParityCertificate } from '../../../shared/contract/trainer.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import type { GrantId, RunId } from '../../../shared/domain/ids.ts';
import { runtimeFor } from '../computing/service.ts';
import type { EngineContext } from '../context.ts';
import { followJob, type JobStep } from '../jobs/follow-job.ts';
import { insertExport } from '../stores/runs.ts';
import { snapshotFiles } from '../stores/snapshots.ts';
import { projectFiles, runFolder } from './job-files.ts';
import { requireModel } from './predict.ts';

/** Images for the certificate: more than the promised fifty, so that some may be unreadable. */
const CERTIFIED_IMAGES = 64;

/**
 * Writes the network of a run as one self-contained ONNX file with its proof of parity. StudioError PARITY_FAILED
 * (nothing is left behind) where the file would not answer like the trained network.
 */
export async function* exportOnnx(
  context: EngineContext,
  request: { readonly run: RunId; readonly target: GrantId },
  signal?: AbortSignal,
): AsyncGenerator<JobStep, { file: GrantId; certificate: ParityCertificate }, undefined> {
  const project = context.project();
  const run = requireModel(project, request.run);
  const target = context.grants.path(request.target, 'save');
  const id = `export-${context.ids.next()}`;
  const folder = join(project.cacheFolder, 'jobs', id);
  const draft = join(dirname(target), `.${basename(target)}.${id}.tmp`);
  let certificate: ParityCertificate | null = null;
  try {
    const manifest: ExportManifest = {
      version: 1,
      job: 'export',
      model: runFolder(project, run.id),
      images: spread(snapshotFiles(project.db, run.snapshotId), CERTIFIED_IMAGES).map((each) => ({
        key: String(each.id),
        path: each.path,
      })),
      target,
      draft,
      files: projectFiles(context, project, folder, run.recipe.backbone),
      runtime: await runtimeFor(context),
    };
    yield* followJob(context.launcher, {
      id,
      folder,
      manifest,
      left: () => ({ manifest, done: 0 }),
      onEvent: (event) => {
        // A certificate goes out with the file: where it was written concerns nobody.
        if (event.type === 'exported') certificate = { ...event.certificate, file: basename(target) };
        return undefined;
      },
      signal,
    });
  } finally {
    // A trainer that was ended by force could not do it.
    // Where nothing could be written there is nothing to remove, and why is told already.
    await rm(draft, { force: true }).catch(() => undefined);
  }
  const proof = certificate as ParityCertificate | null;
  if (proof === null) throw new StudioError('TRAINER_CRASHED', 'The export ended without a certificate.');
  await project.write((db) =>
    insertExport(db, {
      run: run.id,
      kind: 'onnx',
      fileName: basename(target),
      sha256: proof.sha256,
      bytes: proof.bytes,
      certificate: proof,
      createdAt: context.clock.now(),
    }),
  );
  return { file: context.grants.written(target).id, certificate: proof };
}

/** At most `limit` items, evenly from the whole list. */
function spread<T>(items: readonly T[], limit: number): T[] {
  if (items.length <= limit) return [...items];
  return Array.from({ length: limit }, (_, index) => items[Math.floor((index * items.length) / limit)] as T);
}
