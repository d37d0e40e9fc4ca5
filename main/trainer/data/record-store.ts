import { readSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { StudioError } from '../../../shared/domain/errors.ts';
import { freeBytes } from '../../lib/disk-space.ts';

/**
 * Equal-sized records on disk under 32-byte keys: what activations and resized pixels are kept in.
 * A store is a folder of append-only shards, one per process that ever wrote to it, so that several trainers
 * may use it at once without locks. A shard is a header (magic, record size, description) and records of
 * key + CRC-32 + bytes; a record cut short by a crash, or damaged later, counts as absent: what is damaged cannot be told
 * without reading it, so whoever finds it takes its key away, and the next process computes it again.
 */
export interface RecordStore {
  readonly recordBytes: number;
  readonly has: (key: string) => boolean;
  /** The bytes of a record, or null where it is absent or damaged. */
  readonly read: (key: string) => Promise<Uint8Array | null>;
  readonly write: (key: string, bytes: Uint8Array) => Promise<void>;
  /** Makes what was written safe against a power cut. */
  readonly close: () => Promise<void>;
}

const MAGIC = 'ENXREC1\n';
const HEADER_BYTES = 512;
const KEY_BYTES = 32;
const PREFIX_BYTES = KEY_BYTES + 4;
/** Left free for the database and everybody else. */
const RESERVE_BYTES = 64 * 1024 * 1024;

/** In place of the key of a record that is not to be used any more. */
const NO_KEY = 'f'.repeat(2 * KEY_BYTES);

interface Place {
  readonly path: string;
  readonly shard: FileHandle;
  readonly at: number;
}

/**
 * Opens (or makes) the store in `folder`. Keys are 64 hexadecimal digits; `description` says what the records
 * are and must be the same in every shard, others are ignored. `shardName`: unique to this process.
 */
export async function openRecordStore(
  folder: string,
  options: { readonly recordBytes: number; readonly description: string; readonly shardName: string },
): Promise<RecordStore> {
  const { recordBytes } = options;
  await mkdir(folder, { recursive: true });
  const header = makeHeader(recordBytes, options.description);
  const places = new Map<string, Place>();
  const shards: FileHandle[] = [];
  try {
    for (const name of (await readdir(folder)).filter((file) => file.endsWith('.records')).sort()) {
      const path = join(folder, name);
      const shard = await open(path, 'r');
      shards.push(shard);
      const at = { path, shard };
      if (!(await findRecords(at, header, recordBytes, places))) await shards.pop()?.close();
    }
  } catch (error) {
    for (const shard of shards) await shard.close();
    throw error;
  }
  const own = shardWriter(join(folder, `${options.shardName}.records`), header);
  return {
    recordBytes,
    has: (key) => places.has(key),
    read: async (key) => {
      const place = places.get(key);
      if (!place) return null;
      const bytes = await readRecord(place, recordBytes);
      if (bytes) return bytes;
      places.delete(key);
      await disown(place);
      return null;
    },
    write: async (key, bytes) => {
      if (bytes.byteLength !== recordBytes) {
        throw new RangeError(`A record of ${recordBytes} bytes was given ${bytes.byteLength}.`);
      }
      places.set(key, await own.append(key, bytes));
    },
    close: async () => {
      await own.close();
      for (const shard of shards) await shard.close();
      places.clear();
    },
  };
}

/** What a record takes on the disk. */
export function storedBytes(recordBytes: number): number {
  return PREFIX_BYTES + recordBytes;
}

/**
 * Refuses to begin what the disk cannot hold. `bytes`: what will be written to `folder`.
 * Throws StudioError NO_SPACE with `needed` and `free` in bytes.
 */
export async function ensureSpace(folder: string, bytes: number): Promise<void> {
  if (bytes === 0) return;
  await mkdir(folder, { recursive: true });
  const free = await freeBytes(folder);
  if (free - RESERVE_BYTES >= bytes) return;
  throw noSpace(folder, bytes + RESERVE_BYTES, free);
}

function noSpace(folder: string, needed: number, free: number, cause?: unknown): StudioError {
  const megabytes = (value: number) => Math.ceil(value / 1e6);
  return new StudioError(
    'NO_SPACE',
    `${folder} needs ${megabytes(needed)} MB for features, but only ${megabytes(free)} MB are free. Free some space, or empty the project's cache folder.`,
    { folder, needed, free },
    { cause },
  );
}

function makeHeader(recordBytes: number, description: string): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  const text = `${MAGIC}${recordBytes}\n${description}`;
  if (Buffer.byteLength(text) >= HEADER_BYTES)
    throw new RangeError('The description of a record store is too long.');
  header.write(text);
  return header;
}

/** Adds what a shard holds; false where that is of another kind. */
async function findRecords(
  { path, shard }: Omit<Place, 'at'>,
  header: Buffer,
  recordBytes: number,
  places: Map<string, Place>,
): Promise<boolean> {
  const found = Buffer.alloc(HEADER_BYTES);
  await shard.read(found, 0, HEADER_BYTES, 0);
  if (!found.equals(header)) return false;
  const { size } = await shard.stat();
  const stride = PREFIX_BYTES + recordBytes;
  const key = Buffer.alloc(KEY_BYTES);
  for (let at = HEADER_BYTES; at + stride <= size; at += stride) {
    // Tens of thousands of tiny reads: each would take thirty times as long through the thread pool.
    readSync(shard.fd, key, 0, KEY_BYTES, at);
    const name = key.toString('hex');
    if (name !== NO_KEY) places.set(name, { path, shard, at });
  }
  return true;
}

/** Takes the key of a damaged record away; where that is not allowed it is found damaged again. */
async function disown({ path, at }: Place): Promise<void> {
  try {
    const shard = await open(path, 'r+');
    await shard.write(Buffer.from(NO_KEY, 'hex'), 0, KEY_BYTES, at).finally(() => shard.close());
  } catch {
    return;
  }
}

async function readRecord({ shard, at }: Place, recordBytes: number): Promise<Uint8Array | null> {
  const record = Buffer.allocUnsafeSlow(PREFIX_BYTES + recordBytes);
  const { bytesRead } = await shard.read(record, 0, record.byteLength, at);
  if (bytesRead < record.byteLength) return null;
  // A copy of its own memory: callers view the bytes as 16-bit numbers, which needs an even start.
  const bytes = new Uint8Array(record.subarray(PREFIX_BYTES));
  return crc32(bytes) === record.readUInt32LE(KEY_BYTES) ? bytes : null;
}

/** A disk that is nearly full takes a part of a write without complaint; only the next one fails. */
async function writeAll(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength; )
    done += (await file.write(bytes, done, bytes.byteLength - done, at + done)).bytesWritten;
}

/** Appends records to a shard that exists only once something was written. */
function shardWriter(path: string, header: Buffer) {
  let shard: FileHandle | null = null;
  let end = HEADER_BYTES;
  const begin = async () => {
    // Under another name until its header is whole, so that no other process reads half of it.
    const draft = `${path}.draft`;
    const created = await open(draft, 'wx+');
    try {
      await created.write(header, 0, HEADER_BYTES, 0);
      await rename(draft, path);
      return created;
    } catch (error) {
      await created.close();
      await unlink(draft);
      throw error;
    }
  };
  return {
    append: async (key: string, bytes: Uint8Array): Promise<Place> => {
      const record = Buffer.allocUnsafeSlow(PREFIX_BYTES + bytes.byteLength);
      record.write(key, 0, KEY_BYTES, 'hex');
      record.writeUInt32LE(crc32(bytes), KEY_BYTES);
      record.set(bytes, PREFIX_BYTES);
      try {
        shard ??= await begin();
        await writeAll(shard, record, end);
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== 'ENOSPC') throw cause;
        const folder = dirname(path);
        throw noSpace(folder, record.byteLength, await freeBytes(folder), cause);
      }
      const place = { path, shard, at: end };
      end += record.byteLength;
      return place;
    },
    close: async () => {
      if (!shard) return;
      await shard.sync();
      await shard.close();
      // Nothing was written: an empty shard would only have to be opened again each time.
      if (end === HEADER_BYTES) await unlink(path);
    },
  };
}
