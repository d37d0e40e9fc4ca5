import readExif from 'exif-reader';

/**
 * When a photo was taken, as the camera's clock said (EXIF has no zone): `YYYY-MM-DDTHH:MM:SS`, or `null` where
 * the block is damaged or says nothing. Damage here is no reason to refuse a photo.
 */
export function takenAtOf(block: Buffer): string | null {
  try {
    const exif = readExif(block);
    const taken = exif.Photo?.DateTimeOriginal ?? exif.Image?.DateTime;
    return taken instanceof Date && !Number.isNaN(taken.getTime()) ? taken.toISOString().slice(0, 19) : null;
  } catch {
    return null;
  }
}
