import { StudioError } from '../../../shared/domain/errors.ts';
import { release } from '../../lib/memory.ts';
import { configurePixels, decodeRgb } from '../../lib/pixels/index.ts';
import { serveThread } from '../../lib/threads.ts';
import { renderView } from './augmentation/render.ts';
import { plainView, viewKey } from './augmentation/view.ts';
import type { InputPixels, PixelRequest } from './pixel-pool.ts';
import { readPatiently } from './read-patiently.ts';
import { compileResizer, resize, type Sizing } from './resizer.ts';

const plainKey = viewKey(plainView);

/** Entry of a thread that makes a network's input of image files. */
await serveThread<Sizing, PixelRequest, InputPixels>(async (sizing) => {
  configurePixels({ threadsPerImage: 1 });
  const resizer = await compileResizer(sizing, 1);
  const canvas = { ...sizing.shape, mean: sizing.mean };

  async function answer({ path, sha256, views }: PixelRequest, isClosing: () => boolean) {
    const decoded = await decodeRgb(path, { blocking: true, ...(sha256 !== undefined && { sha256 }) });
    if (isClosing()) throw new StudioError('CANCELLED', 'Nobody waits for these pixels any more.');
    const decodedBytes = decoded.data.byteLength;
    const plain = await resize(resizer, decoded);
    release(decoded.data);
    const drawn: Uint8Array[] = [];
    for (const view of views) {
      // The image itself needs no copy; asked for twice, each has its own memory.
      if (viewKey(view) === plainKey && !drawn.includes(plain)) {
        drawn.push(plain);
        continue;
      }
      const planes = new Uint8Array(plain.length);
      await renderView(plain, canvas, view, planes, 0);
      drawn.push(planes);
    }
    return { plain, views: drawn, decodedBytes };
  }

  return {
    answer: (request, isClosing) => readPatiently(request.path, () => answer(request, isClosing)),
    moved: ({ plain, views }) => [...new Set([plain, ...views].map(({ buffer }) => buffer as ArrayBuffer))],
    close: () => resizer.dispose(),
  };
});
