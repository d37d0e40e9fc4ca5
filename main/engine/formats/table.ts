import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { type CsvError, parse } from 'csv-parse';
import { StudioError } from '../../../shared/domain/errors.ts';
import { createBreath } from '../../lib/breathing.ts';
import { fileFailure } from '../../lib/file-failure.ts';

/** How a table is written; found out by looking at it. */
export type TableShape = {
  readonly path: string;
  readonly encoding: 'utf-8' | 'utf-16le' | 'windows-1252';
  readonly delimiter: string;
  /** Names of the columns, never empty and never twice the same. */
  readonly columns: readonly string[];
  /** The first row holds names; otherwise columns are called `1`, `2`… */
  readonly hasHeader: boolean;
};
/** One row: its line in the file (from 1) and one text for each column. */
export type TableRow = { readonly line: number; readonly cells: readonly string[] };

const sniffedBytes = 64 * 1024;
/** A quote that is never closed would otherwise swallow the whole file. */
const longestRow = 1024 * 1024;
const mostBytes = 512 * 1024 * 1024;
const delimiters = [',', ';', '\t', '|'];

/**
 * Looks at a table's encoding (UTF-8 with or without mark, UTF-16, else Windows Latin), delimiter and columns.
 * `isFileName` tells a row of data from a row of names. Throws CSV_INVALID, FILE_MISSING, NO_PERMISSION.
 */
export async function openTable(path: string, isFileName: (cell: string) => boolean): Promise<TableShape> {
  const head = await readHead(path);
  const encoding = await encodingOf(path, head);
  const delimiter = delimiterOf(new TextDecoder(encoding).decode(head).replace(/^\uFEFF/, ''));
  for await (const { cells } of records(path, encoding, delimiter)) {
    const hasHeader = !cells.some(isFileName);
    return {
      path,
      encoding,
      delimiter,
      hasHeader,
      columns: hasHeader ? namesOf(cells) : cells.map(position),
    };
  }
  throw invalid(path, 'it is empty');
}

/** The rows of data one by one, with breaths for the event loop; CSV_INVALID names the line. */
export async function* tableRows(
  shape: TableShape,
  signal?: AbortSignal,
): AsyncGenerator<TableRow, void, void> {
  const breathe = createBreath();
  let isFirst = true;
  for await (const { line, cells } of records(shape.path, shape.encoding, shape.delimiter)) {
    signal?.throwIfAborted();
    const isHeader = isFirst && shape.hasHeader;
    isFirst = false;
    if (isHeader) continue;
    yield { line, cells: shape.columns.map((_, index) => cells[index] ?? '') };
    await breathe();
  }
}

async function readHead(path: string): Promise<Buffer> {
  try {
    const handle = await open(path, 'r');
    try {
      const { size } = await handle.stat();
      if (size > mostBytes) throw invalid(path, `it is larger than ${mostBytes / 1024 / 1024} MB`);
      const head = Buffer.alloc(Math.min(size, sniffedBytes));
      const { bytesRead } = await handle.read(head, 0, head.length, 0);
      return head.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileFailure(path, error);
  }
}

async function encodingOf(path: string, head: Buffer): Promise<TableShape['encoding']> {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head.includes(0)) throw invalid(path, 'it is not a text file');
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of createReadStream(path)) decoder.decode(chunk as Buffer, { stream: true });
    decoder.decode();
    return 'utf-8';
  } catch (error) {
    if (error instanceof TypeError) return 'windows-1252';
    throw fileFailure(path, error);
  }
}

/** The delimiter that cuts the first lines into the same number of parts (more than one), or the comma. */
function delimiterOf(text: string): string {
  const lines = text
    .replaceAll(/"[^"]*"/g, '')
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== '')
    .slice(0, 50);
  // The last line may be cut in the middle.
  const whole = lines.length > 1 ? lines.slice(0, -1) : lines;
  const scores = delimiters.map((delimiter) => {
    const counts = whole.map((line) => line.split(delimiter).length - 1);
    const first = counts[0] ?? 0;
    const alike = counts.filter((count) => count === first).length / Math.max(1, counts.length);
    return { delimiter, score: first === 0 ? 0 : alike + first / 1000 };
  });
  const best = scores.reduce((a, b) => (b.score > a.score ? b : a));
  return best.score > 0 ? best.delimiter : ',';
}

function namesOf(cells: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return cells.map((cell, index) => {
    const name = cell.trim().slice(0, 190) || position(cell, index);
    const before = seen.get(name) ?? 0;
    seen.set(name, before + 1);
    return before === 0 ? name : `${name} (${before + 1})`;
  });
}

function position(_: string, index: number): string {
  return String(index + 1);
}

async function* records(
  path: string,
  encoding: TableShape['encoding'],
  delimiter: string,
): AsyncGenerator<TableRow, void, void> {
  const input = createReadStream(path);
  const parser = parse({
    delimiter,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: longestRow,
  });
  const text = new TextDecoder(encoding);
  const pump = async (): Promise<void> => {
    for await (const chunk of input) {
      if (!parser.write(text.decode(chunk as Buffer, { stream: true })))
        await new Promise((resolve) => parser.once('drain', resolve));
    }
    parser.end(text.decode());
  };
  pump().catch((error: unknown) => parser.destroy(error instanceof Error ? error : new Error(String(error))));
  try {
    for await (const item of parser) {
      const { record, info } = item as { record: string[]; info: { lines: number } };
      yield { line: info.lines, cells: record };
    }
  } catch (error) {
    throw isCsvError(error) ? invalid(path, error.message, error) : fileFailure(path, error);
  } finally {
    input.destroy();
    parser.destroy();
  }
}

function isCsvError(error: unknown): error is CsvError {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('CSV_');
}

function invalid(path: string, reason: string, cause?: unknown): StudioError {
  return new StudioError(
    'CSV_INVALID',
    `${path} cannot be read as a table: ${reason}. Save it again as CSV (UTF-8) and choose it once more.`,
    { file: basename(path), reason },
    cause === undefined ? undefined : { cause },
  );
}
