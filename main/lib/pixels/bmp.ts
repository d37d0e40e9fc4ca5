import { decode } from 'bmp-ts';
import { tooLarge, unreadable } from './failures.ts';
import { maxImagePixels } from './limits.ts';

/** What a BMP's header says. */
export type BmpHeader = {
  readonly width: number;
  readonly height: number;
  readonly bottomUp: boolean;
  readonly bitsPerPixel: number;
  readonly compression: number;
  readonly pixelOffset: number;
};

const infoHeaderBytes = 54;
/** What the library decodes it decodes at one go and in four times the memory: pixels that take half a second. */
const libraryPixels = 16_777_216;
/** Rows are copied in slices of about this many pixels, so that no event loop stands still meanwhile. */
const slicePixels = 1 << 20;

/** Reads and checks a BMP's header; `data` may be the first 54 bytes only. Throws FILE_UNREADABLE. */
export function readBmpHeader(path: string, data: Buffer): BmpHeader {
  if (data.length < infoHeaderBytes) throw unreadable(path, 'the file is cut short');
  const height = data.readInt32LE(22);
  const header = {
    width: data.readInt32LE(18),
    height: Math.abs(height),
    bottomUp: height > 0,
    bitsPerPixel: data.readUInt16LE(28),
    compression: data.readUInt32LE(30),
    pixelOffset: data.readUInt32LE(10),
  };
  const isKnown = data.readUInt32LE(14) >= 40 && [1, 4, 8, 16, 24, 32].includes(header.bitsPerPixel);
  if (!isKnown || header.width < 1 || header.height < 1)
    throw unreadable(path, 'its BMP header is not one the studio knows');
  return header;
}

/**
 * Decodes a BMP to RGB bytes, rows from the top, alpha ignored (most writers leave it undefined).
 * Plain rows of 24 and 32 bits and of palettes are copied here, because the library ignores where the header says
 * that pixels begin and holds up the process; run lengths and 16 bits go through it, up to 16 megapixels.
 */
export async function decodeBmp(
  path: string,
  data: Buffer,
): Promise<{ data: Uint8Array; width: number; height: number }> {
  const header = readBmpHeader(path, data);
  const { width, height } = header;
  if (width * height > maxImagePixels) throw tooLarge(path, width, height);
  if (isCutShort(header, data.length)) throw unreadable(path, 'the file is cut short');
  if (header.compression === 0 && header.bitsPerPixel !== 16) {
    return { data: await copyRows(data, header), width, height };
  }
  if (width * height > libraryPixels) throw tooLarge(path, width, height, libraryPixels);
  const image = decode(data, { toRGBA: false });
  const rgb = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) {
    // The library's order is alpha, blue, green, red.
    rgb[pixel * 3] = image.data[pixel * 4 + 3] as number;
    rgb[pixel * 3 + 1] = image.data[pixel * 4 + 2] as number;
    rgb[pixel * 3 + 2] = image.data[pixel * 4 + 1] as number;
  }
  return { data: rgb, width, height };
}

/**
 * Fewer bytes than the pixels need. A run-length pair of two bytes makes 255 pixels at most: what claims more is
 * no picture but an attack on the memory.
 */
export function isCutShort(header: BmpHeader, bytes: number): boolean {
  const pixels = header.width * header.height;
  const needed =
    header.compression === 1 || header.compression === 2
      ? (pixels / 255) * 2
      : rowBytes(header) * header.height;
  return bytes < header.pixelOffset + needed;
}

/** Bytes of one row, padded to four. */
function rowBytes(header: BmpHeader): number {
  return Math.ceil((header.width * header.bitsPerPixel) / 32) * 4;
}

async function copyRows(data: Buffer, header: BmpHeader): Promise<Uint8Array> {
  const { width, height } = header;
  const stride = rowBytes(header);
  const palette = header.bitsPerPixel <= 8 ? paletteOf(data, header) : null;
  const rgb = new Uint8Array(width * height * 3);
  const rowsPerSlice = Math.max(1, Math.floor(slicePixels / width));
  for (let row = 0; row < height; row++) {
    const from = header.pixelOffset + stride * (header.bottomUp ? height - 1 - row : row);
    if (palette) copyIndices(data, from, header, palette, rgb, row * width * 3);
    else copyColours(data, from, header, rgb, row * width * 3);
    if (row % rowsPerSlice === rowsPerSlice - 1) await new Promise(setImmediate);
  }
  return rgb;
}

function copyColours(data: Buffer, from: number, header: BmpHeader, rgb: Uint8Array, to: number): void {
  const step = header.bitsPerPixel / 8;
  for (let column = 0; column < header.width; column++) {
    const source = from + column * step;
    const target = to + column * 3;
    rgb[target] = data[source + 2] as number;
    rgb[target + 1] = data[source + 1] as number;
    rgb[target + 2] = data[source] as number;
  }
}

/** 256 colours of red, green, blue; an index beyond the file's palette is black. */
function paletteOf(data: Buffer, header: BmpHeader): Uint8Array {
  const start = 14 + data.readUInt32LE(14);
  const stated = data.readUInt32LE(46) || 2 ** header.bitsPerPixel;
  const colours = Math.min(stated, 256, Math.floor((header.pixelOffset - start) / 4));
  const palette = new Uint8Array(256 * 3);
  for (let index = 0; index < colours; index++) {
    const entry = start + index * 4;
    palette.set([data[entry + 2] ?? 0, data[entry + 1] ?? 0, data[entry] ?? 0], index * 3);
  }
  return palette;
}

function copyIndices(
  data: Buffer,
  from: number,
  { width, bitsPerPixel }: BmpHeader,
  palette: Uint8Array,
  rgb: Uint8Array,
  to: number,
): void {
  const perByte = 8 / bitsPerPixel;
  const mask = 2 ** bitsPerPixel - 1;
  for (let column = 0; column < width; column++) {
    const byte = data[from + Math.floor(column / perByte)] as number;
    const index = (byte >> (8 - bitsPerPixel * ((column % perByte) + 1))) & mask;
    for (let channel = 0; channel < 3; channel++)
      rgb[to + column * 3 + channel] = palette[index * 3 + channel] as number;
  }
}
