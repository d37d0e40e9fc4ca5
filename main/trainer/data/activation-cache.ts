import { hash } from 'node:crypto';
import { join } from 'node:path';
import { makeRoom, type TakenFolder, takeFolder } from '../../lib/cache-folders.ts';
import { elementCount } from '../graph/tensor.ts';
import { ensureSpace, openRecordStore, storedBytes } from './record-store.ts';

/** Everything besides the image and its view that decides what the values at a cut are. */
export interface CutIdentity {
  /** sha256 of the backbone's file; empty for the resized pixels themselves. */
  readonly backbone: string;
  /** What computed the values: the executor and what it chose for this machine. Others give other last bits. */
  readonly executor: string;
  /** Names of the values at the cut, in order. */
  readonly values: readonly string[];
  /** Shape of each of them for one image, without the batch axis. */
  readonly dims: readonly (readonly number[])[];
  /** `half`, `single`: activations in 16 or 32 bits a number; `byte`: pixels as they are. */
  readonly storage: 'half' | 'single' | 'byte';
  readonly height: number;
  readonly width: number;
  readonly fit: string;
  readonly pixels: string;
}

/** The values at one cut on disk: one record per image and view, the cut's values one after the other. */
export interface ActivationCache {
  readonly identity: CutIdentity;
  /** Numbers in a record. */
  readonly length: number;
  readonly recordBytes: number;
  readonly has: (sha256: string, view: string) => boolean;
  /** Raw bytes of a record (numbers as `storage` says), or null where it is not there. */
  readonly read: (sha256: string, view: string) => Promise<Uint8Array | null>;
  readonly write: (sha256: string, view: string, bytes: Uint8Array) => Promise<void>;
  /** Where it lies, and what all caches there may take. */
  readonly place: { readonly root: string; readonly limit: number | null; readonly folder: TakenFolder };
  readonly close: () => Promise<void>;
}

const numberBytes = { half: 2, single: 4, byte: 1 } as const;

/**
 * Opens the cache of a cut below `folder`; any difference in `identity` is another cache. It is kept from removal until it
 * is closed. `limit`: bytes that all caches there may take; null: the usual share of the disk.
 */
export async function openActivationCache(
  folder: string,
  identity: CutIdentity,
  { shardName, limit = null }: { readonly shardName: string; readonly limit?: number | null },
): Promise<ActivationCache> {
  const description = hash('sha256', JSON.stringify(identity));
  const length = identity.dims.reduce((sum, dims) => sum + elementCount(dims), 0);
  const recordBytes = length * numberBytes[identity.storage];
  const name = description.slice(0, 32);
  const place = join(folder, name);
  const taken = await takeFolder(folder, name);
  const store = await openRecordStore(place, { recordBytes, description, shardName }).catch(
    async (error: unknown) => {
      await taken.release();
      throw error;
    },
  );
  return {
    identity,
    length,
    recordBytes,
    has: (sha256, view) => store.has(recordKey(sha256, view)),
    read: (sha256, view) => store.read(recordKey(sha256, view)),
    write: (sha256, view, bytes) => store.write(recordKey(sha256, view), bytes),
    place: { root: folder, limit, folder: taken },
    close: () => store.close().finally(taken.release),
  };
}

/**
 * Makes room for so many more records in each of a run's caches, all together: one by one they would each find free what
 * another is about to fill. Throws NO_SPACE where limit or disk leave none.
 */
export async function ensureRoom(wanted: ReadonlyMap<ActivationCache, number>): Promise<void> {
  const rooms = [...wanted].map(([{ place, recordBytes }, records]) => ({
    ...place,
    bytes: records * storedBytes(recordBytes),
  }));
  const [first] = rooms;
  if (!first) return;
  await makeRoom(first.root, first.limit, rooms);
  await ensureSpace(
    first.root,
    rooms.reduce((sum, { bytes }) => sum + bytes, 0),
  );
}

function recordKey(sha256: string, view: string): string {
  return hash('sha256', `${sha256} ${view}`);
}
