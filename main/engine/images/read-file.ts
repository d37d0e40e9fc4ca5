import { createHash, hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { StudioError } from '../../../shared/domain/errors.ts';
import { fileFailure } from '../../lib/file-failure.ts';
import { checkComplete, readInfo, readInfoOf, wholeFileBytes } from '../../lib/pixels/index.ts';
import type { WritableDb } from '../db/types.ts';
import { type ImageFile, type ReadFacts, setFileProblem, setRead } from '../stores/images.ts';
import { pathOf } from './places.ts';

/** What became of one file: what it is, or why it cannot be used. */
export type ReadResult = { readonly file: ImageFile } & (
  | { readonly facts: ReadFacts }
  | { readonly failure: StudioError }
);

/** Up to this size hashing takes less time than handing it to another thread. */
const hashedHere = 1024 * 1024;

/** Hash and header of an image file, its bytes read once. Failures of the file are results, not exceptions. */
export async function readImage(file: ImageFile): Promise<ReadResult> {
  const path = pathOf(file);
  try {
    return { file, facts: await factsOf(path) };
  } catch (error) {
    const failure = fileFailure(path, error);
    if (failure instanceof StudioError) return { file, failure };
    throw failure;
  }
}

/** Stores what reading found. */
export function storeRead(db: WritableDb, result: ReadResult): void {
  if ('facts' in result) setRead(db, result.file.id, result.facts);
  else setFailure(db, result.file, result.failure);
}

/** Stores why a file cannot be used. */
export function setFailure(db: WritableDb, file: ImageFile, failure: StudioError): void {
  const state = failure.code === 'FILE_MISSING' ? 'missing' : 'unreadable';
  setFileProblem(db, file.id, { state, code: failure.code, message: failure.message });
}

async function factsOf(path: string): Promise<ReadFacts> {
  const { size, mtimeMs } = await stat(path);
  const isSmall = size <= wholeFileBytes;
  const data = isSmall ? await readFile(path) : null;
  const info = data ? await readInfoOf(path, data) : await readInfo(path);
  if (data) await checkComplete(path, data);
  return {
    bytes: data?.length ?? size,
    mtimeMs,
    sha256: data ? await digest(data) : await digestFile(path),
    width: info.width,
    height: info.height,
    format: info.format,
    orientation: info.orientation,
    takenAt: info.takenAt,
  };
}

async function digest(data: Buffer<ArrayBuffer>): Promise<string> {
  if (data.length <= hashedHere) return hash('sha256', data, 'hex');
  return Buffer.from(await crypto.subtle.digest('SHA-256', data)).toString('hex');
}

/** SHA-256 of a file's bytes as hexadecimal text; throws what the file system throws. */
export async function contentOf(path: string): Promise<string> {
  const { size } = await stat(path);
  return size <= wholeFileBytes ? digest(await readFile(path)) : digestFile(path);
}

async function digestFile(path: string): Promise<string> {
  const sum = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: hashedHere }))
    sum.update(chunk as Buffer);
  return sum.digest('hex');
}
