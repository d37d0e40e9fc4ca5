import { appendFileSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';

/** Fields of one log line; never names of images or persons at `info` and above. */
export type LogFields = Readonly<Record<string, unknown>>;

/** What the processes write their log through. */
export interface Logger {
  readonly debug: (fields: LogFields, message: string) => void;
  readonly info: (fields: LogFields, message: string) => void;
  readonly warn: (fields: LogFields, message: string) => void;
  readonly error: (fields: LogFields, message: string) => void;
}

/** Where and how much a log file keeps. */
export interface LogOptions {
  readonly folder: string;
  /** Process that writes it; also the file's name. */
  readonly name: string;
  readonly level?: 'debug' | 'info' | 'warn' | 'error';
  /** A file grows to at most this many bytes; then it becomes `NAME.1.log` and so on. */
  readonly maxBytes?: number;
  readonly keep?: number;
}

/**
 * A log in JSON lines, turned over by size so that it never fills a disk. Lines are written at once, not
 * buffered: the last line before a crash is the one that matters, and there are few.
 */
export function createLog(options: LogOptions): Logger {
  const { folder, name, level = 'info', maxBytes = 2_000_000, keep = 4 } = options;
  mkdirSync(folder, { recursive: true });
  const file = (index: number) => join(folder, index === 0 ? `${name}.log` : `${name}.${index}.log`);
  let size = sizeOf(file(0));
  const write = (line: string): void => {
    try {
      const bytes = Buffer.byteLength(line);
      if (size > 0 && size + bytes > maxBytes) {
        turnOver(file, keep);
        size = 0;
      }
      appendFileSync(file(0), line);
      size += bytes;
    } catch {
      // A full or vanished disk must not stop the work that is being logged.
    }
  };
  return pino({ level, base: { process: name }, timestamp: pino.stdTimeFunctions.isoTime }, { write });
}

/** A log that keeps nothing, for tests and one-off commands. */
export const silentLog: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

function nothing(): void {}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function turnOver(file: (index: number) => string, keep: number): void {
  rmSync(file(keep), { force: true });
  for (let index = keep - 1; index >= 0; index--) {
    if (sizeOf(file(index)) > 0) renameSync(file(index), file(index + 1));
  }
}
