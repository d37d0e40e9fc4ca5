import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';

const sample = new URL('../../resources/sample/images/', import.meta.url).pathname;
/** Different photos that were really encoded; the files differ further by a comment, and so in their hashes. */
const encodes = 50;

/** Writes small JPEGs, each with content of its own, 1,000 a folder: a large collection that is quickly made. */
export async function writeSmallJpegs(folder: string, count: number): Promise<void> {
  const names = (await readdir(sample)).filter((name) => name.endsWith('.jpg')).slice(0, encodes);
  const photos = await Promise.all(
    names.map(async (name) =>
      sharp(await readFile(join(sample, name)))
        .resize(160, 80)
        .jpeg()
        .toBuffer(),
    ),
  );
  for (let start = 0; start < count; start += 1000) {
    const part = join(folder, `plot ${start / 1000}`);
    await mkdir(part, { recursive: true });
    const writes = Array.from({ length: Math.min(1000, count - start) }, (_, index) => {
      const number = start + index;
      const photo = photos[number % photos.length];
      if (!photo) throw new Error('The sample has no photos.');
      return writeFile(join(part, `IMG_${number}.jpg`), withComment(photo, `photo ${number}`));
    });
    await Promise.all(writes);
  }
}

/** A JPEG comment after the start marker. */
function withComment(photo: Buffer, text: string): Buffer {
  const comment = Buffer.from(text);
  const marker = Buffer.from([0xff, 0xfe, 0, comment.length + 2]);
  return Buffer.concat([photo.subarray(0, 2), marker, comment, photo.subarray(2)]);
}
