import { StudioError } from '../../../shared/domain/errors.ts';
import { configurePixels, decodeRgb } from '../../lib/pixels/index.ts';
import { serveThread } from '../../lib/threads.ts';
import { asStudioError } from '../jobs/errors.ts';
import { renderView } from './augmentation/render.ts';
import type { InputPixels, PixelRequest } from './pixel-pool.ts';
import { compileResizer, resize, type Sizing } from './resizer.ts';

/** Entry of a thread that makes a network's input of image files. */
await serveThread<Sizing, PixelRequest, InputPixels>(async (sizing) => {
  configurePixels({ threadsPerImage: 1 });
  const resizer = await compileResizer(sizing, 1);
  const canvas = { ...sizing.shape, mean: sizing.mean };

  async function answer({ path, sha256, views }: PixelRequest, isClosing: () => boolean) {
    const decoded = await decodeRgb(path, sha256 === undefined ? {} : { sha256 });
    if (isClosing()) throw new StudioError('CANCELLED', 'Nobody waits for these pixels any more.');
    const plain = await resize(resizer, decoded);
    const drawn: Uint8Array[] = [];
    for (const view of views) {
      const planes = new Uint8Array(plain.length);
      await renderView(plain, canvas, view, planes, 0);
      drawn.push(planes);
    }
    return { plain, views: drawn, decodedBytes: decoded.data.byteLength };
  }

  return {
    answer: async (request, isClosing) => {
      try {
        return await answer(request, isClosing);
      } catch (error) {
        throw asStudioError(error);
      }
    },
    moved: ({ views }) => views.map(({ buffer }) => buffer as ArrayBuffer),
    close: () => resizer.dispose(),
  };
});
