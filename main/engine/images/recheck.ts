import { stat } from 'node:fs/promises';
import { StudioError } from '../../../shared/domain/errors.ts';
import { createBreath } from '../../lib/breathing.ts';
import { fileFailure } from '../../lib/file-failure.ts';
import type { OpenProject } from '../context.ts';
import type { WritableDb } from '../db/types.ts';
import { clearFileProblem, type ImageFile, imageFilesAfter } from '../stores/images.ts';
import { pathOf } from './places.ts';
import { setFailure } from './read-file.ts';
import { readFiles } from './reader.ts';

const filesAtOnce = 1000;
const statsAtOnce = 16;

type Look = { readonly file: ImageFile } & (
  | { readonly kind: 'same' | 'read' }
  | { readonly kind: 'back'; readonly mtimeMs: number }
  | { readonly kind: 'failed'; readonly failure: StudioError }
);

/**
 * Looks at all files of the project: size and time first, the content only where they differ or where it was not
 * read. A file whose content differs from what was labeled becomes `changed`; labels are never touched. Answers
 * how many rows were written.
 */
export async function recheckFiles(
  project: OpenProject,
  options: {
    /** Reads again what could not be read, even if the file looks the same. */
    readonly retry: boolean;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<{ changed: number }> {
  const { retry, signal } = options;
  let changed = 0;
  const breathe = createBreath();
  for (let after = 0; !signal?.aborted; ) {
    const page = imageFilesAfter(project.db, after, filesAtOnce);
    const last = page.at(-1);
    if (last === undefined) break;
    after = last.id;
    const looks = await lookAt(
      page.filter((file) => !file.isRemoved),
      retry,
    );
    const plain = looks.filter((look) => look.kind === 'back' || look.kind === 'failed');
    if (plain.length > 0) await project.write((db) => plain.forEach((look) => void store(db, look)));
    const toRead = looks.filter((look) => look.kind === 'read').map(({ file }) => file);
    await readFiles(project, toRead, { signal });
    changed += plain.length + toRead.length;
    await breathe();
  }
  return { changed };
}

async function lookAt(files: readonly ImageFile[], retry: boolean): Promise<Look[]> {
  const looks: Look[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let file = files[next++]; file; file = files[next++]) looks.push(await look(file, retry));
  };
  await Promise.all(Array.from({ length: statsAtOnce }, worker));
  return looks;
}

async function look(file: ImageFile, retry: boolean): Promise<Look> {
  try {
    const { size, mtimeMs } = await stat(pathOf(file));
    const isSame = size === file.bytes && mtimeMs === file.mtimeMs;
    if (file.state === 'unreadable' && isSame && !retry) return { file, kind: 'same' };
    if (file.sha256 === null || file.state === 'unreadable' || !isSame) return { file, kind: 'read' };
    return file.state === 'missing' ? { file, kind: 'back', mtimeMs } : { file, kind: 'same' };
  } catch (error) {
    const failure = fileFailure(pathOf(file), error);
    if (!(failure instanceof StudioError)) throw failure;
    // What is known already need not be written again.
    const isKnown = file.state === 'missing' && failure.code === 'FILE_MISSING';
    return isKnown ? { file, kind: 'same' } : { file, kind: 'failed', failure };
  }
}

function store(db: WritableDb, look: Look): void {
  if (look.kind === 'back') clearFileProblem(db, look.file.id, look.mtimeMs);
  else if (look.kind === 'failed') setFailure(db, look.file, look.failure);
}
