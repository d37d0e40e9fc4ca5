import type { OpenProject } from '../context.ts';
import type { ImageFile } from '../stores/images.ts';
import { type ReadResult, readImage, storeRead } from './read-file.ts';

/** Files read side by side: what keeps the disk and the four threads of the runtime busy, and no more. */
const filesAtOnce = 8;
/** Rows in one transaction: the pause it makes stays far below a frame. */
const rowsAtOnce = 200;

/**
 * Reads files (hash, header) and stores what they are, in batches. `onResults` hears of each batch after it is
 * committed. An abort ends it between files: what was read is stored.
 */
export async function readFiles(
  project: OpenProject,
  files: readonly ImageFile[],
  options: {
    readonly signal?: AbortSignal | undefined;
    readonly onResults?: (results: readonly ReadResult[]) => void;
  } = {},
): Promise<void> {
  let next = 0;
  let waiting: ReadResult[] = [];
  let storing: Promise<void> = Promise.resolve();
  const store = (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return storing;
    storing = storing.then(async () => {
      await project.write((db) => {
        for (const result of batch) storeRead(db, result);
      });
      options.onResults?.(batch);
    });
    return storing;
  };
  const worker = async (): Promise<void> => {
    for (let file = files[next++]; file && !options.signal?.aborted; file = files[next++]) {
      const result = await readImage(file);
      // After the reading, not around it: the list is another one when a batch was stored meanwhile.
      waiting.push(result);
      if (waiting.length >= rowsAtOnce) await store();
    }
  };
  await Promise.all(Array.from({ length: filesAtOnce }, worker));
  await store();
}
