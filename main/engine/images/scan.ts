import type { Dirent } from 'node:fs';
import { opendir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, extname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Problem } from '../../../shared/contract/common.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import { createBreath, sortInSlices } from '../../lib/breathing.ts';
import { imageExtensions, unsupportedImageExtensions } from '../../lib/pixels/index.ts';
import { naturalKey } from './natural-key.ts';

/** A file that looks like an image by its name; nothing of it was read yet. */
export type FoundFile = {
  /** Absolute path as the system spells it. */
  readonly path: string;
  /** Path below the chosen folder, forward slashes, spelt as on the disk. */
  readonly relPath: string;
  readonly bytes: number;
  readonly mtimeMs: number;
};

/** What lies below a chosen folder. */
export type Scan = {
  /** The folder that relative paths start from. */
  readonly root: string;
  /** In natural order, folder by folder. */
  readonly files: readonly FoundFile[];
  /** Tables that may hold labels: below the folder (two levels) and beside it. */
  readonly tables: readonly string[];
  /** Files of other kinds, hidden ones not counted. */
  readonly ignored: number;
  readonly problems: readonly Problem[];
};

export type ScanOptions = {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (found: number) => void;
};

const systemNames = new Set(['thumbs.db', 'desktop.ini', '__macosx', '$recycle.bin', 'lost+found']);
const tableExtensions = new Set(['.csv', '.tsv']);
const tableDepth = 2;
const statsAtOnce = 16;
/** Names of unsupported files that are listed one by one; beyond it only their number is told. */
const listedProblems = 1000;

/**
 * Lists the images below a folder. Hidden files, system files and project folders are passed over; links are
 * followed, each real folder only once, so that loops end. Errors: FOLDER_MISSING, NO_PERMISSION for the folder
 * itself; what goes wrong below it is a problem in the result.
 */
export async function scanFolder(folder: string, options: ScanOptions = {}): Promise<Scan> {
  const root = resolve(folder);
  const state = new ScanState(root, options);
  await state.enter(root, '', 0).catch((error: unknown) => Promise.reject(folderFailure(root, error)));
  await state.enterAll();
  const beside = await tablesIn(dirname(root)).catch(() => []);
  return { ...(await state.result()), tables: [...state.tables, ...beside] };
}

/**
 * The scan of what was chosen or dropped: one folder, or several files and folders, whose relative paths start at
 * their nearest common folder.
 */
export async function scanPaths(paths: readonly string[], options: ScanOptions = {}): Promise<Scan> {
  const chosen = paths.map((path) => resolve(path));
  const [first = '.'] = chosen;
  const isFolder = async (path: string) => (await stat(path).catch(() => null))?.isDirectory() ?? false;
  if (chosen.length === 1) {
    // What was chosen by name must be there; of several, those that are gone are problems in the result.
    await stat(first).catch((error: unknown) => Promise.reject(folderFailure(first, error)));
    if (await isFolder(first)) return scanFolder(first, options);
  }
  let root = dirname(first);
  const isInside = (path: string) =>
    !relative(root, path).startsWith('..') && !isAbsolute(relative(root, path));
  while (!chosen.every(isInside) && dirname(root) !== root) root = dirname(root);
  const state = new ScanState(root, options);
  for (const path of chosen) {
    const relPath = relative(root, path).split(sep).join('/');
    if (await isFolder(path)) state.plan({ path, relPath, depth: tableDepth });
    else state.take(path, relPath, tableDepth);
  }
  await state.enterAll();
  return { ...(await state.result()), tables: state.tables };
}

/**
 * The failure of a scan that found no image, naming what was chosen: a folder with nothing in it, with other files, or
 * one file that is no image.
 */
export async function nothingFound(paths: readonly string[], scan: Scan): Promise<StudioError> {
  const [only = scan.root] = paths.map((path) => resolve(path));
  const isFile = paths.length === 1 && ((await stat(only).catch(() => null))?.isFile() ?? false);
  const unsupported = scan.problems[0]?.message;
  const reason =
    scan.ignored > 0 ? `none of its ${scan.ignored} files is an image the studio reads` : 'it is empty';
  const message = isFile
    ? `${only} is no image that the studio reads. ${unsupported ?? 'Choose an image, or a folder with images.'}`
    : `No images in ${scan.root}: ${reason}. ${unsupported ?? 'Choose another folder.'}`;
  const folder = basename(isFile ? only : scan.root);
  return new StudioError('FOLDER_EMPTY', message, { folder, ignored: scan.ignored });
}

type Pending = { readonly path: string; readonly relPath: string; readonly depth: number };

class ScanState {
  readonly tables: string[] = [];
  readonly #root: string;
  readonly #options: ScanOptions;
  readonly #images: { path: string; relPath: string }[] = [];
  readonly #folders: Pending[] = [];
  /** Linked folders come last, so that a folder is found under its real path where both lie below the root. */
  readonly #links: Pending[] = [];
  readonly #seen = new Set<string>();
  readonly #problems: Problem[] = [];
  #ignored = 0;

  constructor(root: string, options: ScanOptions) {
    this.#root = root;
    this.#options = options;
  }

  plan(folder: Pending): void {
    this.#folders.push(folder);
  }

  async enterAll(): Promise<void> {
    for (let next = this.#folders.pop() ?? this.#links.pop(); next; ) {
      this.#options.signal?.throwIfAborted();
      const { path, relPath, depth } = next;
      await this.enter(path, relPath, depth).catch((error: unknown) => this.report(path, relPath, error));
      next = this.#folders.pop() ?? this.#links.pop();
    }
  }

  async enter(path: string, relPath: string, depth: number): Promise<void> {
    const real = await realpath(path);
    if (this.#seen.has(real)) return;
    this.#seen.add(real);
    const breathe = createBreath();
    for await (const entry of await opendir(path, { bufferSize: 1024 })) {
      const child = relPath === '' ? entry.name : `${relPath}/${entry.name}`;
      await this.#visit(entry, { path: join(path, entry.name), relPath: child, depth: depth + 1 });
      await breathe();
    }
    this.#options.onProgress?.(this.#images.length);
  }

  async #visit(entry: Dirent, found: Pending): Promise<void> {
    const name = entry.name.toLowerCase();
    if (name.startsWith('.') || systemNames.has(name)) return;
    if (entry.isSymbolicLink()) {
      const target = await stat(found.path).catch(() => null);
      if (target?.isDirectory()) this.#links.push(found);
      else if (target?.isFile()) this.take(found.path, found.relPath, found.depth);
      else this.#ignored += 1;
    } else if (entry.isDirectory()) {
      if (!name.endsWith('.enxerto')) this.#folders.push(found);
    } else if (entry.isFile()) {
      this.take(found.path, found.relPath, found.depth);
    } else {
      this.#ignored += 1;
    }
  }

  take(path: string, relPath: string, depth: number): void {
    const extension = extname(path).toLowerCase();
    if (imageExtensions.has(extension)) {
      this.#images.push({ path, relPath });
      return;
    }
    this.#ignored += 1;
    if (tableExtensions.has(extension) && depth <= tableDepth) this.tables.push(path);
    if (unsupportedImageExtensions.has(extension) && this.#problems.length < listedProblems) {
      const kind = extension.slice(1).toUpperCase();
      this.#problems.push({
        file: relPath,
        code: 'FORMAT_NOT_SUPPORTED',
        message: `${relPath}: ${kind} files are not supported yet. Convert them to JPEG, PNG or TIFF.`,
      });
    }
  }

  report(path: string, relPath: string, error: unknown): void {
    const failure = folderFailure(path, error);
    if (!(failure instanceof StudioError)) throw failure;
    this.#problems.push({ file: relPath, code: failure.code, message: failure.message });
  }

  /** Sizes and times of all images, in natural order. */
  async result(): Promise<Omit<Scan, 'tables'>> {
    const sorted = await sortInSlices(this.#images, ({ relPath }) => naturalKey(relPath));
    const files: (FoundFile | null)[] = new Array(sorted.length).fill(null);
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < sorted.length) {
        this.#options.signal?.throwIfAborted();
        const index = next++;
        const image = sorted[index];
        if (!image) return;
        try {
          const { size, mtimeMs } = await stat(image.path);
          files[index] = { ...image, bytes: size, mtimeMs };
        } catch (error) {
          this.report(image.path, image.relPath, error);
        }
      }
    };
    await Promise.all(Array.from({ length: statsAtOnce }, worker));
    return {
      root: this.#root,
      files: files.filter((file) => file !== null),
      ignored: this.#ignored,
      problems: this.#problems,
    };
  }
}

async function tablesIn(folder: string): Promise<string[]> {
  const tables: string[] = [];
  for await (const entry of await opendir(folder)) {
    if (entry.isFile() && tableExtensions.has(extname(entry.name).toLowerCase()))
      tables.push(join(folder, entry.name));
  }
  return tables.sort();
}

function folderFailure(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const params = { file: basename(path) };
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new StudioError('FOLDER_MISSING', `${path} is not there. Choose it again.`, params, {
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new StudioError(
      'NO_PERMISSION',
      `No permission to read ${path}. Give your user the right to read it, or choose another folder.`,
      params,
      { cause: error },
    );
  }
  if (typeof code === 'string') {
    return new StudioError('FILE_UNREADABLE', `${path} cannot be read (${code}).`, params, { cause: error });
  }
  return error;
}
