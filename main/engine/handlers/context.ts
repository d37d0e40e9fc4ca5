import type { EngineContext } from '../context.ts';

/**
 * What every handler gets as its oRPC context: `implement(imagesContract).$context<HandlerContext>()`.
 * Handlers only pass parsed input on; failures are thrown as StudioError and turned into answers in one place.
 */
export type HandlerContext = { readonly engine: EngineContext };
