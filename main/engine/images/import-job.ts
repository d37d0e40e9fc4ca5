import { basename } from 'node:path';
import type { ImportProgress, ImportReport } from '../../../shared/contract/images.ts';
import type { ImageId } from '../../../shared/domain/ids.ts';
import { createBreath } from '../../lib/breathing.ts';
import type { OpenProject } from '../context.ts';
import { duplicateGroups } from '../stores/gallery.ts';
import { type ImageFile, imageFile, insertImage } from '../stores/images.ts';
import { ensureSource, listSources } from '../stores/sources.ts';
import { naturalKey, searchKey } from './natural-key.ts';
import { knownFiles, pathBelow, pathFromHome, pathKey, sourceAbove } from './places.ts';
import { readFiles } from './reader.ts';
import type { FoundFile, Scan } from './scan.ts';

/** Rows in one transaction: the pause it makes stays far below a frame. */
const rowsAtOnce = 500;
/** Failures and groups of equal files that a report lists one by one. */
const listed = 1000;

/** The image that a scanned file became, or was before. */
export type ImportedFile = {
  readonly id: ImageId;
  /** Below its source folder, which may lie above the chosen one. */
  readonly relPath: string;
  readonly isNew: boolean;
  /** It had been taken out of the project; the import brings it back. */
  readonly wasRemoved: boolean;
};

/** What the import of a scan needs and whom it tells. */
export type IndexOptions = {
  readonly project: OpenProject;
  readonly at: number;
  readonly signal: AbortSignal;
  readonly tell: (phase: 'indexing' | 'reading', done: number, total: number) => void;
  /** The gallery has something new to show. */
  readonly publish: () => void;
};

/**
 * Adds the files of a scan that the project does not have, in batches that are each whole; the gallery can show
 * them at once. Answers what each file of the scan is in the project, in the scan's order; after an abort the
 * rest is missing.
 */
export async function indexFiles(scan: Scan, options: IndexOptions): Promise<ImportedFile[]> {
  const { project, at, signal, tell, publish } = options;
  const known = await knownFiles(project);
  const above = sourceAbove(listSources(project.db), scan.root);
  const root = above?.absolutePath ?? scan.root;
  const sourceId =
    above?.id ??
    (await project.write((db) =>
      ensureSource(db, { absolutePath: root, relativePath: pathFromHome(project.home, root), at }),
    ));
  const prefix = pathBelow(root, scan.root) ?? '';
  const result: ImportedFile[] = [];
  const breathe = createBreath();
  for (let start = 0; start < scan.files.length && !signal.aborted; start += rowsAtOnce) {
    const batch = scan.files.slice(start, start + rowsAtOnce);
    const added = await project.write((db) =>
      batch.map((file): ImportedFile => {
        const present = known.get(pathKey(file.path));
        if (present) return presentFile(present);
        const relPath = prefix === '' ? file.relPath : `${prefix}/${file.relPath}`;
        return {
          id: insertImage(db, rowOf(file, sourceId, relPath, at)),
          relPath,
          isNew: true,
          wasRemoved: false,
        };
      }),
    );
    result.push(...added);
    tell('indexing', result.length, scan.files.length);
    if (added.some(({ isNew }) => isNew)) publish();
    // A write that need not wait comes back without the event loop having turned.
    await breathe();
  }
  return result;
}

function presentFile(file: ImageFile): ImportedFile {
  return { id: file.id, relPath: file.relPath, isNew: false, wasRemoved: file.isRemoved };
}

function rowOf(file: FoundFile, sourceId: number, relPath: string, at: number) {
  return {
    sourceId,
    relPath,
    name: basename(file.path).normalize('NFC'),
    bytes: file.bytes,
    mtimeMs: file.mtimeMs,
    sortKey: naturalKey(relPath),
    searchKey: searchKey(relPath),
    at,
  };
}

/**
 * Reads what is new, what was never read, and what differs in size or time from what the project knows. Answers
 * the files that failed, with the reason (the first thousand), and the images they are.
 */
export async function readImported(
  scan: Scan,
  imported: readonly ImportedFile[],
  options: IndexOptions,
): Promise<{ failed: ImportReport['failed']; unreadable: ReadonlySet<ImageId> }> {
  const { project, signal, tell, publish } = options;
  const files: ImageFile[] = [];
  const breathe = createBreath();
  for (const [index, { id }] of imported.entries()) {
    const file = imageFile(project.db, id);
    const found = scan.files[index];
    const isSame = file?.bytes === found?.bytes && file?.mtimeMs === found?.mtimeMs;
    if (file && (file.sha256 === null || file.state !== 'ok' || !isSame)) files.push(file);
    await breathe();
  }
  const failed: ImportReport['failed'] = [];
  const unreadable = new Set<ImageId>();
  let done = 0;
  await readFiles(project, files, {
    signal,
    onResults: (results) => {
      for (const result of results) {
        if (!('failure' in result)) continue;
        const { code, message } = result.failure;
        if (failed.length < listed)
          failed.push({ file: result.file.relPath.normalize('NFC'), code, message });
        unreadable.add(result.file.id);
      }
      done += results.length;
      tell('reading', done, files.length);
      publish();
    },
  });
  return { failed, unreadable };
}

/** Groups of files with the same content, for the report. */
export function duplicatesOf(project: OpenProject): Pick<ImportReport, 'duplicates' | 'duplicateFiles'> {
  const { groups, files } = duplicateGroups(project.db, listed);
  return { duplicates: groups, duplicateFiles: files };
}

/** Progress of one import: numbered, with the time that is left in the phase it is in. */
export function createTeller(
  send: (progress: Extract<ImportProgress, { type: 'progress' }>) => void,
): (phase: 'listing' | 'indexing' | 'reading' | 'labels', done: number, total: number) => void {
  let sequence = 0;
  let phaseNow = '';
  let startedAt = 0;
  return (phase, done, total) => {
    if (phase !== phaseNow) {
      phaseNow = phase;
      startedAt = performance.now();
    }
    const seconds = (performance.now() - startedAt) / 1000;
    const secondsLeft =
      phase === 'listing' || done === 0 ? null : (seconds / done) * Math.max(0, total - done);
    send({ type: 'progress', sequence: sequence++, phase, done, total, secondsLeft });
  };
}
