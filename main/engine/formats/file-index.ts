import { createBreath } from '../../lib/breathing.ts';

/** A file that rows of a table may speak of. */
export type IndexedFile = { readonly path: string; readonly relPath: string };

/** Which file a text in a table means: its position in the list, none, or several that could be meant. */
export type FileMatch = number | 'none' | 'ambiguous';

/** Finds files by what tables call them. */
export type FileIndex = {
  /** `folder`: where the table lies; paths in it may start there. */
  readonly find: (text: string, folder: string) => FileMatch;
};

/**
 * Indexes files by name. A text means a file when its last part is the file's name (with or without its ending,
 * case ignored only if nothing fits exactly) and all folders in it agree with the file's own: a row is never
 * given to a file of the same name in another folder.
 */
export async function createFileIndex(files: readonly IndexedFile[]): Promise<FileIndex> {
  const exact = new Map<string, number[]>();
  const loose = new Map<string, number[]>();
  const breathe = createBreath();
  for (const [index, file] of files.entries()) {
    const name = lastPart(cleaned(file.relPath));
    for (const key of new Set([name, stem(name)])) {
      add(exact, key, index);
      add(loose, key.toLowerCase(), index);
    }
    await breathe();
  }
  return {
    find: (text, folder) => {
      const wanted = cleaned(text);
      const name = lastPart(wanted);
      if (name === '') return 'none';
      const candidates =
        exact.get(name) ?? loose.get(name.toLowerCase()) ?? exact.get(name.replace(/[.,]0+$/, '')) ?? [];
      return choose(files, candidates, wanted, folder);
    },
  };
}

function choose(
  files: readonly IndexedFile[],
  candidates: readonly number[],
  wanted: string,
  folder: string,
): FileMatch {
  const named = wanted.includes('/')
    ? candidates.filter((index) => agrees(files[index], wanted))
    : candidates;
  const [first] = named;
  if (first === undefined) return 'none';
  if (named.length === 1) return first;
  const spelt = (path: string) => named.filter((index) => sameFile(cleaned(files[index]?.path ?? ''), path));
  const atTable = spelt(`${cleaned(folder).replace(/\/+$/, '')}/${wanted}`);
  if (atTable[0] !== undefined && atTable.length === 1) return atTable[0];
  const whole = named.filter((index) => sameFile(cleaned(files[index]?.relPath ?? ''), wanted));
  return whole[0] !== undefined && whole.length === 1 ? whole[0] : 'ambiguous';
}

/** All folders named in the text are the file's own, or (for a path from elsewhere) the file's are the text's. */
function agrees(file: IndexedFile | undefined, wanted: string): boolean {
  if (!file) return false;
  const want = withoutEnding(wanted).toLowerCase();
  const path = `/${withoutEnding(cleaned(file.path))}`.toLowerCase();
  const below = withoutEnding(cleaned(file.relPath)).toLowerCase();
  if (path.endsWith(`/${want.replace(/^\/+/, '')}`)) return true;
  const isAbsolute = /^(\/|[a-z]:)/.test(want);
  return isAbsolute && want.endsWith(`/${below}`);
}

/** With or without the ending, as the text has it. */
function sameFile(path: string, wanted: string): boolean {
  return path === wanted || withoutEnding(path) === wanted;
}

function add(map: Map<string, number[]>, key: string, index: number): void {
  const present = map.get(key);
  if (present) present.push(index);
  else map.set(key, [index]);
}

function cleaned(text: string): string {
  return text
    .trim()
    .normalize('NFC')
    .replaceAll('\\', '/')
    .replace(/^(\.\/)+/, '');
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function stem(name: string): string {
  return name.replace(/(?<=.)\.[^.]*$/, '');
}

const imageEnding = /\.(jpe?g|jpe|jfif|png|webp|tiff?|bmp|dib|gif|avif)$/i;

function withoutEnding(path: string): string {
  return path.replace(imageEnding, '');
}
