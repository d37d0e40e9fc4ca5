import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { createBreath } from '../../lib/breathing.ts';
import type { OpenProject } from '../context.ts';
import { type ImageFile, imageFilesAfter } from '../stores/images.ts';
import { listSources, moveSource, type SourceRow } from '../stores/sources.ts';

/** Absolute path of an image's file in the system's own spelling. */
export function pathOf(file: Pick<ImageFile, 'root' | 'relPath'>): string {
  return join(file.root, ...file.relPath.split('/'));
}

/** Equal for two spellings of a path that this system takes for the same file. */
export function pathKey(path: string): string {
  const isCaseBlind = process.platform === 'win32' || process.platform === 'darwin';
  return isCaseBlind ? path.normalize('NFC').toLowerCase() : path;
}

/** Path of a folder from the one the project lies in, forward slashes; `null` where there is none. */
export function pathFromHome(home: string, path: string): string | null {
  const way = relative(dirname(home), path);
  return isAbsolute(way) ? null : way.split(sep).join('/') || '.';
}

/** The part of `path` below `folder` with forward slashes, or `null` where it lies elsewhere. */
export function pathBelow(folder: string, path: string): string | null {
  const way = relative(folder, path);
  if (isAbsolute(way) || way === '..' || way.startsWith(`..${sep}`)) return null;
  return way.split(sep).join('/');
}

/** The source that a chosen folder belongs to: itself or the nearest one above it. */
export function sourceAbove(sources: readonly SourceRow[], folder: string): SourceRow | null {
  const above = sources.filter((source) => pathBelow(source.absolutePath, folder) !== null);
  return above.reduce<SourceRow | null>(
    (best, source) => (source.absolutePath.length > (best?.absolutePath.length ?? -1) ? source : best),
    null,
  );
}

/** All files of the project by {@link pathKey}, removed ones too. */
export async function knownFiles(project: OpenProject): Promise<Map<string, ImageFile>> {
  const known = new Map<string, ImageFile>();
  const breathe = createBreath();
  for (let after = 0; ; ) {
    const page = imageFilesAfter(project.db, after, 1000);
    for (const file of page) {
      const key = pathKey(pathOf(file));
      if (known.get(key)?.isRemoved !== false) known.set(key, file);
    }
    const last = page.at(-1);
    if (last === undefined) return known;
    after = last.id;
    await breathe();
  }
}

/**
 * Finds the source folders of a project that was opened elsewhere: where the way from the project leads to a
 * folder, that is the one (project and images were moved together), else the absolute path stays. Which images
 * are really there shows when their files are checked.
 */
export async function locateSources(project: OpenProject): Promise<void> {
  const base = dirname(project.home);
  const moves: { id: number; absolutePath: string; relativePath: string | null }[] = [];
  const sources = listSources(project.db);
  for (const source of sources) {
    if (source.relativePath === null) continue;
    const here = join(base, ...source.relativePath.split('/'));
    if (pathKey(here) === pathKey(source.absolutePath)) continue;
    const isThere = (await stat(here).catch(() => null))?.isDirectory() ?? false;
    const isTaken = sources.some((other) => pathKey(other.absolutePath) === pathKey(here));
    if (isThere && !isTaken)
      moves.push({ id: source.id, absolutePath: here, relativePath: source.relativePath });
  }
  if (moves.length === 0) return;
  await project.write((db) => {
    for (const move of moves) moveSource(db, move.id, move);
  });
}
