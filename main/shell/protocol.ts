import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { extname, isAbsolute, join, relative, sep } from 'node:path';
import { Readable } from 'node:stream';
import type { CustomScheme } from 'electron';
import { contentPolicy } from './security.ts';

/** Both schemes behave like https within Chromium; they must be registered before the app is ready. */
export const schemes: CustomScheme[] = [
  { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
  {
    scheme: 'media',
    privileges: { standard: true, secure: true, supportFetchAPI: true, corsEnabled: true, stream: true },
  },
];

/** Stands in `index.html` where each answer gets a nonce of its own. */
const noncePlaceholder = '__CSP_NONCE__';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

const common = { 'x-content-type-options': 'nosniff' } as const;

function refuse(status: 400 | 404 | 405 | 502): Response {
  return new Response(null, { status, headers: common });
}

/**
 * The file below `folder` that a request's address means.
 * @returns null for anything that is not plainly a file inside, links included.
 */
async function containedFile(folder: string, address: string): Promise<string | null> {
  // The raw text is judged: URL parsers fold `..` and decode nothing, so both spellings are looked for here.
  const raw = /^app:\/\/studio(\/[^?#]*)/.exec(address)?.[1];
  if (raw === undefined) return null;
  let path: string;
  try {
    path = decodeURIComponent(raw);
  } catch {
    return null;
  }
  // Nothing in the build needs an escape; whatever changes by decoding is an attempt at something.
  if (path !== raw || /[\\\0:]|\/\//.test(path)) return null;
  if (path.split('/').some((part) => part === '.' || part === '..')) return null;
  try {
    const [base, found] = await Promise.all([realpath(folder), realpath(join(folder, path))]);
    const inside = relative(base, found);
    if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) return null;
    return (await stat(found)).isFile() ? found : null;
  } catch {
    return null;
  }
}

/** Answers `app://studio/…` from the built page's folder and nothing else. */
export function appHandler(folder: string): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method !== 'GET') return refuse(405);
    const file = await containedFile(folder, request.url);
    const type = file === null ? undefined : types[extname(file)];
    if (file === null || type === undefined) return refuse(404);
    const bytes = await readFile(file);
    const nonce = randomBytes(18).toString('base64');
    const isDocument = extname(file) === '.html';
    const body = isDocument ? bytes.toString('utf8').replaceAll(noncePlaceholder, nonce) : bytes;
    return new Response(body, {
      headers: {
        ...common,
        'content-type': type,
        'content-security-policy': contentPolicy(nonce),
        'cross-origin-opener-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        // A new build must be seen at once; reading from the disk costs nothing.
        'cache-control': 'no-store',
      },
    });
  };
}

/** A picture that an id means, as the engine answers. */
export interface Media {
  readonly path: string;
  readonly mime: string;
}
/** A small picture of an image, the image itself, or a sheet of views. */
export type MediaKind = 'thumb' | 'image' | 'preview';
/** Asks the engine; `null`: there is no such image. */
export type ResolveMedia = (kind: MediaKind, id: number) => Promise<Media | null>;

const mediaAddress = /^media:\/\/(thumb|image|preview)\/([1-9]\d{0,14})(?:\?[A-Za-z0-9=&._-]*)?$/;
/** Below this one read is faster than a stream; above it a whole file should not stand in memory. */
const streamFrom = 512 * 1024;

/** Answers `media://thumb/ID`, `media://image/ID` and `media://preview/ID`: ids only, resolved by the engine, never a path. */
export function mediaHandler(
  resolve: ResolveMedia,
  pageOrigin: string,
): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method !== 'GET') return refuse(405);
    const [, kind, id] = mediaAddress.exec(request.url) ?? [];
    if (kind === undefined || id === undefined) return refuse(400);
    let media: Media | null;
    try {
      media = await resolve(kind as MediaKind, Number(id));
    } catch {
      // The engine has logged why; the page shows its placeholder and may ask again.
      return refuse(502);
    }
    if (media === null) return refuse(404);
    const { path, mime } = media;
    // What a browser could run or follow is no picture, whatever the engine believes.
    if (!/^image\/(jpeg|png|webp|avif|gif|bmp)$/.test(mime)) return refuse(404);
    const found = await stat(path).catch(() => null);
    if (found === null || !found.isFile()) return refuse(404);
    const body =
      found.size < streamFrom
        ? await readFile(path)
        : (Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>);
    return new Response(body, {
      headers: {
        ...common,
        'content-type': mime,
        'content-length': String(found.size),
        'access-control-allow-origin': pageOrigin,
        // `v` changes with the bytes, so what carries it can be kept.
        'cache-control': /[?&]v=/.test(request.url) ? 'private, max-age=86400, immutable' : 'no-store',
      },
    });
  };
}
