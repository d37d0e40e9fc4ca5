import writeFileAtomic from 'write-file-atomic';

/**
 * Replaces a file in one step: written beside it, synced, renamed. After a crash or a full disk either the old
 * bytes or the new ones are there, never a part of them.
 */
export async function writeWhole(path: string, data: string | Uint8Array): Promise<void> {
  await writeFileAtomic(
    path,
    typeof data === 'string' ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  );
}
