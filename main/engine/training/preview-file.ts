import { join } from 'node:path';
import type { OpenProject } from '../context.ts';

/** The file of a sheet; the page asks for it by its number. */
export function previewFile(project: Pick<OpenProject, 'cacheFolder'>, sheet: number): string {
  return join(project.cacheFolder, 'previews', `${sheet}.webp`);
}
