import { writeFile } from 'node:fs/promises';
import type { PreviewManifest } from '../../../shared/contract/trainer.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import { encodePicture } from '../../lib/pixels/index.ts';
import { freshView } from '../data/augmentation/draw.ts';
import { renderView } from '../data/augmentation/render.ts';
import { plainView } from '../data/augmentation/view.ts';
import type { Canvas } from '../data/augmentation/warp.ts';
import { loadImages } from '../data/image-loader.ts';
import { compileResizer, resize } from '../data/resizer.ts';
import { ownScaling } from '../loop/assemble.ts';
import { openBackbone } from '../loop/model-files.ts';
import { shapeOf } from '../loop/run-setup.ts';
import type { Job } from './job.ts';

/** Free pixels between pictures, and their colour. */
const GAP = 4;
const PAPER = 255;

/**
 * Draws what a recipe does to some images: one row an image, first as it is, then in so many views, by the very code
 * that training uses. Files that cannot be read are left out; StudioError FILE_UNREADABLE where none can.
 */
export const runPreviewJob: Job<PreviewManifest> = async (manifest, { control, reporter }) => {
  const { recipe, images, views, draw, files, runtime, target } = manifest;
  reporter.progress({ stage: 'preparing', done: 0, total: images.length });
  const backbone = recipe.backbone === null ? null : await openBackbone(files.backbones, recipe.backbone);
  const shape = shapeOf(manifest, backbone);
  const mean = backbone?.card.mean ?? ownScaling.mean;
  const canvas = { ...shape, mean };
  const resizer = await compileResizer({ shape, mean }, runtime.threads);
  const rows: Uint8Array[][] = [];
  let failure: StudioError | null = null;
  try {
    for await (const loaded of loadImages(images)) {
      await control.breathe();
      if ('error' in loaded) {
        failure = loaded.error;
        continue;
      }
      const pixels = await resize(resizer, loaded.pixels);
      const { sha256 } = loaded.file;
      const shown = Array.from({ length: views }, (_, number) =>
        freshView(recipe.augmentation, { seed: draw, sha256, number }, canvas),
      );
      const row: Uint8Array[] = [];
      for (const view of [plainView, ...shown]) {
        const drawn = new Uint8Array(pixels.length);
        await renderView(pixels, canvas, view, drawn, 0);
        row.push(drawn);
      }
      rows.push(row);
      reporter.progress({ stage: 'preparing', done: rows.length, total: images.length });
    }
  } finally {
    await resizer.dispose();
  }
  if (rows.length === 0) {
    throw failure ?? new StudioError('FILE_UNREADABLE', 'None of the images could be read.', {});
  }
  const { data } = await encodePicture(sheetOf(rows, canvas));
  await writeFile(target, data);
  return { images: rows.length, views };
};

/** All pictures on one sheet, interleaved RGB: one row an image. */
function sheetOf(rows: readonly (readonly Uint8Array[])[], { width, height }: Canvas) {
  const columns = rows[0]!.length;
  const sheet = {
    width: columns * (width + GAP) - GAP,
    height: rows.length * (height + GAP) - GAP,
  };
  const data = new Uint8Array(3 * sheet.width * sheet.height).fill(PAPER);
  const area = width * height;
  for (const [row, pictures] of rows.entries()) {
    for (const [column, planes] of pictures.entries()) {
      for (let y = 0; y < height; y++) {
        const line = row * (height + GAP) + y;
        let to = 3 * (line * sheet.width + column * (width + GAP));
        for (let at = y * width; at < (y + 1) * width; at++) {
          data[to++] = planes[at]!;
          data[to++] = planes[area + at]!;
          data[to++] = planes[2 * area + at]!;
        }
      }
    }
  }
  return { ...sheet, data };
}
