import type { ImageId, RunId } from '../../../shared/domain/ids.ts';
import type { ReadableDb, WritableDb } from '../db/types.ts';

/** What a model that never saw an image said of it, and what was true when the run was started. */
export type StoredPrediction = {
  readonly imageId: ImageId;
  readonly fold: number;
  /** Positions in the snapshot's classes. */
  readonly truth: readonly number[];
  readonly probabilities: readonly number[];
};
/** A prediction with what is needed to show its image. */
export type ShownPrediction = StoredPrediction & { readonly path: string; readonly thumbnail: number };

/** Stores answers for tested images; a resumed run that tests a fold again replaces them. */
export function putPredictions(
  db: WritableDb,
  run: RunId,
  predictions: readonly Omit<StoredPrediction, 'truth'>[],
  truthOf: (image: ImageId) => readonly number[],
): void {
  for (const { imageId, fold, probabilities } of predictions) {
    db.run(
      `INSERT OR REPLACE INTO predictions (run_id, image_id, fold, truth, probabilities) VALUES (?, ?, ?, ?, ?)`,
      [run, imageId, fold, JSON.stringify(truthOf(imageId)), pack(probabilities)],
    );
  }
}

/** All answers of a run by image id. */
export function listPredictions(db: ReadableDb, run: RunId): ShownPrediction[] {
  const rows = db.all<{
    image_id: ImageId;
    fold: number;
    truth: string;
    probabilities: Uint8Array;
    path: string;
    thumbnail: number;
  }>(
    `SELECT p.image_id, p.fold, p.truth, p.probabilities, i.rel_path AS path, i.thumbnail
     FROM predictions p JOIN images i ON i.id = p.image_id WHERE p.run_id = ? ORDER BY p.image_id`,
    [run],
  );
  return rows.map((row) => ({
    imageId: row.image_id,
    fold: row.fold,
    truth: JSON.parse(row.truth) as number[],
    probabilities: unpack(row.probabilities),
    path: row.path,
    thumbnail: row.thumbnail,
  }));
}

/** Little-endian 32-bit floats: four bytes a class, the same on every machine. */
function pack(probabilities: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(probabilities.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of probabilities.entries()) view.setFloat32(index * 4, value, true);
  return bytes;
}

function unpack(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.byteLength / 4 }, (_, index) => view.getFloat32(index * 4, true));
}
