import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Recipe } from '../../../shared/contract/recipe.ts';
import type { PreviewManifest } from '../../../shared/contract/trainer.ts';
import type { AugmentationPreview } from '../../../shared/contract/training.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import type { EngineContext, OpenProject } from '../context.ts';
import { finishJob } from '../jobs/follow-job.ts';
import { labeledImages } from '../stores/snapshots.ts';
import { trainerThreads } from './inspect.ts';
import { projectFiles } from './job-files.ts';
import { previewFile } from './preview-file.ts';

/** Pictures whose views are shown, and views of each: what fits on a screen. */
const IMAGES = 6;
const VIEWS = 4;
/** Rows read at a time while looking for pictures. */
const PAGE = 500;
/** Sheets that are kept: the one on screen, and the one that replaces it. */
const KEPT = 4;

const made = new WeakMap<OpenProject, number>();

/**
 * Shows what a recipe's augmentation does to images of the project: a sheet with one row an image, first as it is.
 * `draw` chooses the images and their views; the same number gives the same sheet. StudioError TOO_FEW_IMAGES where
 * no labeled image has a usable file.
 */
export async function previewAugmentation(
  context: EngineContext,
  request: { readonly recipe: Recipe; readonly draw: number },
  signal?: AbortSignal,
): Promise<AugmentationPreview> {
  const project = context.project();
  const images = chosenImages(project, request.draw);
  if (images.length === 0) {
    throw new StudioError('TOO_FEW_IMAGES', 'There is no labeled image to show yet. Label some first.', {});
  }
  const sheet = (made.get(project) ?? 0) + 1;
  made.set(project, sheet);
  const id = `preview-${context.ids.next()}`;
  const folder = join(project.cacheFolder, 'jobs', id);
  const target = previewFile(project, sheet);
  const draft = join(folder, 'sheet.webp');
  await mkdir(dirname(target), { recursive: true });
  let shown = 0;
  await finishJob(context.launcher, {
    id,
    folder,
    manifest: {
      version: 1,
      job: 'preview',
      recipe: request.recipe,
      images,
      views: VIEWS,
      draw: request.draw,
      target: draft,
      files: projectFiles(context, project, folder, request.recipe.backbone),
      runtime: { threads: trainerThreads(context), executor: 'auto' },
    },
    onEvent: (event) => {
      if (event.type !== 'done') return undefined;
      shown = Number(event.record.images);
      // The job's folder goes when it ends.
      return rename(draft, target);
    },
    signal,
  });
  await removeOldSheets(project);
  return { sheet, version: context.clock.now(), images: shown, views: VIEWS };
}

/** Keeps the newest sheets. Numbers that were not given since the project was opened are of an earlier time. */
async function removeOldSheets(project: OpenProject): Promise<void> {
  const given = made.get(project) ?? 0;
  const names = await readdir(dirname(previewFile(project, given)));
  const sheets = names.map((name) => Number.parseInt(name, 10)).sort((one, other) => other - one);
  const kept = sheets.filter((sheet) => sheet <= given).slice(0, KEPT);
  const old = sheets.filter((sheet) => !kept.includes(sheet));
  await Promise.all(old.map((sheet) => rm(previewFile(project, sheet), { force: true })));
}

/** Images spread evenly over the labeled ones, others for another draw. */
function chosenImages(project: OpenProject, draw: number): PreviewManifest['images'] {
  const usable: PreviewManifest['images'] = [];
  for (let after = 0; ; ) {
    const page = labeledImages(project.db, after, PAGE);
    for (const { id, path, sha256, width, height, file } of page) {
      if (file === 'ok' && sha256 !== null) usable.push({ id, path, sha256, width, height });
    }
    after = page.at(-1)?.id ?? after;
    if (page.length < PAGE) break;
  }
  const count = Math.min(IMAGES, usable.length);
  return Array.from({ length: count }, (_, at) => {
    const place = Math.floor((at * usable.length) / count) + draw;
    return usable[place % usable.length]!;
  });
}
