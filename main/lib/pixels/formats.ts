/** The encodings the studio reads; each is recognised by its first bytes, never by the file's name. */
export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'tiff' | 'gif' | 'avif' | 'bmp';

/** Names of files that a scan takes for images, lower case with the dot. */
export const imageExtensions: ReadonlySet<string> = new Set(
  '.jpg .jpeg .jpe .jfif .png .webp .tif .tiff .bmp .dib .gif .avif'.split(' '),
);

/** Names of image files that are not read yet: a scan says so instead of passing over them in silence. */
export const unsupportedImageExtensions: ReadonlySet<string> = new Set(
  '.heic .heif .jxl .jp2 .j2k .svg .psd .dng .cr2 .cr3 .nef .arw .orf .rw2 .raf .dcm .ico'.split(' '),
);

/** Bytes that {@link sniffFormat} needs. */
export const sniffBytes = 32;

/** The format that the first bytes of a file announce, or what else they are in a person's words. */
export function sniffFormat(head: Uint8Array): ImageFormat | { readonly other: string } {
  const text = Buffer.from(head.subarray(0, sniffBytes)).toString('latin1');
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'webp';
  if (/^(II\*\0|MM\0\*|II\+\0|MM\0\+)/.test(text)) return 'tiff';
  if (/^GIF8[79]a/.test(text)) return 'gif';
  if (text.startsWith('BM')) return 'bmp';
  if (text.slice(4, 8) === 'ftyp') return sniffFtyp(text);
  if (/^\s*(<\?xml|<svg|<!doctype)/i.test(text.replace('\xef\xbb\xbf', '')))
    return { other: 'an SVG, XML or HTML document' };
  if (text.startsWith('%PDF')) return { other: 'a PDF document' };
  if (/^[\t\n\r\x20-\x7e\xa0-\xff]+$/.test(text)) return { other: 'a text file' };
  return { other: 'no image of a kind the studio knows' };
}

function sniffFtyp(text: string): ImageFormat | { readonly other: string } {
  const brands = text.slice(8);
  if (/avi[fs]/.test(brands)) return 'avif';
  if (/hei[cxms]|hev[cx]|mif1|msf1/.test(brands))
    return { other: 'a HEIC photo, which is not supported yet' };
  return { other: 'a video' };
}
