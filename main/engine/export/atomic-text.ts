import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { writeFailure } from '../../lib/file-failure.ts';

/** A text file that is written piece by piece and appears under its name only when it is whole. */
export type AtomicText = {
  readonly write: (text: string) => Promise<void>;
  /** Flushes to the disk and puts the file in its place. */
  readonly commit: () => Promise<void>;
  /** Leaves what was there before as it was; nothing happens after `commit`. */
  readonly abandon: () => Promise<void>;
};

/**
 * Opens a file beside its target for writing, for tables too long for memory. StudioError NO_PERMISSION, NO_SPACE and
 * BAD_REQUEST name the target.
 */
export async function createAtomicText(target: string, id: string): Promise<AtomicText> {
  const temporary = join(dirname(target), `.${basename(target)}.${id}.tmp`);
  let handle: FileHandle | null = null;
  let isCommitted = false;
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw writeFailure(target, error);
    }
  };
  await guarded(async () => {
    await mkdir(dirname(target), { recursive: true });
    handle = await open(temporary, 'w');
  });
  return {
    write: (text) => guarded(async () => void (await handle?.appendFile(text))),
    commit: () =>
      guarded(async () => {
        await handle?.sync();
        await handle?.close();
        handle = null;
        await rename(temporary, target);
        isCommitted = true;
      }),
    abandon: async () => {
      if (isCommitted) return;
      await handle?.close();
      handle = null;
      await rm(temporary, { force: true });
    },
  };
}

/**
 * Cells as one line of a CSV table (RFC 4180, comma, CRLF). Names of files and classes come from anywhere, and a
 * spreadsheet would run one that begins like a formula: such a cell gets an apostrophe in front, which shows it as
 * text. Signed numbers and lone signs are no formulas.
 */
export function csvLine(cells: readonly (string | number)[]): string {
  const text = cells.map((cell) => {
    const value = typeof cell === 'string' && isFormula(cell) ? `'${cell}` : String(cell);
    return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  });
  return `${text.join(',')}\r\n`;
}

function isFormula(cell: string): boolean {
  return /^\s*[=@\uff1d\uff20]|^[\t\r\n]|^\s*[+\-\uff0b\uff0d](?!\s*$|\d+([.,]\d+)?(e[+-]?\d+)?\s*$)/i.test(
    cell,
  );
}
