import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { narrowed } from './halves.ts';
import { ensureSpace, openRecordStore, type RecordStore } from './record-store.ts';

/** Everything besides the image and its view that decides what the values at a cut are. */
export interface CutIdentity {
  /** sha256 of the backbone's file. */
  readonly backbone: string;
  /** Names of the values at the cut, in order. */
  readonly values: readonly string[];
  /** Shape of each of them for one image, without the batch axis. */
  readonly dims: readonly (readonly number[])[];
  readonly height: number;
  readonly width: number;
  readonly fit: string;
  readonly pixels: string;
}

/** The activations of one cut on disk: half precision, one record per image and view, its values one after the other. */
export interface ActivationCache {
  /** Numbers in a record. */
  readonly length: number;
  readonly has: (sha256: string, view: string) => boolean;
  readonly read: (sha256: string, view: string) => Promise<Uint16Array | null>;
  readonly write: (sha256: string, view: string, values: Float32Array) => Promise<void>;
  /** Throws NO_SPACE unless that many more records fit on the disk. */
  readonly ensureSpace: (records: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Opens the cache of a cut below `folder`; any difference in `identity` is another cache. */
export async function openActivationCache(
  folder: string,
  identity: CutIdentity,
  shardName: string,
): Promise<ActivationCache> {
  const description = createHash('sha256').update(JSON.stringify(identity)).digest('hex');
  const length = identity.dims.reduce(
    (sum, dims) => sum + dims.reduce((product, dim) => product * dim, 1),
    0,
  );
  const place = join(folder, description.slice(0, 32));
  const store: RecordStore = await openRecordStore(place, {
    recordBytes: length * 2,
    description,
    shardName,
  });
  return {
    length,
    has: (sha256, view) => store.has(recordKey(sha256, view)),
    read: async (sha256, view) => {
      const bytes = await store.read(recordKey(sha256, view));
      return bytes && new Uint16Array(bytes.buffer, bytes.byteOffset, length);
    },
    write: (sha256, view, values) => {
      const halves = narrowed(values);
      return store.write(
        recordKey(sha256, view),
        new Uint8Array(halves.buffer, halves.byteOffset, halves.byteLength),
      );
    },
    ensureSpace: (records) => ensureSpace(place, records * store.recordBytes),
    close: store.close,
  };
}

function recordKey(sha256: string, view: string): string {
  return createHash('sha256').update(`${sha256} ${view}`).digest('hex');
}
