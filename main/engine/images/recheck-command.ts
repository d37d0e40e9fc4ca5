import type { EngineContext } from '../context.ts';
import { galleryCounts } from '../stores/gallery.ts';
import { recheckFiles } from './recheck.ts';
import { imagesOf } from './service.ts';

/** Looks at all files again, unreadable ones too, and answers how many images are in which state. */
export async function recheckImages(
  context: EngineContext,
): Promise<{ ok: number; changed: number; missing: number; unreadable: number }> {
  const project = context.project();
  const { turns, thumbnails } = imagesOf(context);
  await turns.add(() => recheckFiles(project, { retry: true, signal: project.closing }));
  context.publish('images', 'labels');
  thumbnails.wake();
  const { total, changed, missing, unreadable } = galleryCounts(project.db);
  return { ok: total - changed - missing - unreadable, changed, missing, unreadable };
}
