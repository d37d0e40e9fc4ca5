import { parentPort, Worker, workerData } from 'node:worker_threads';
import { StudioError } from '../../shared/domain/errors.ts';

/** A thread that answers requests, several at once, each when it is done. */
export interface Thread<Request, Answer> {
  /** Rejects with what the thread threw, and with its own failure once it has ended. */
  readonly ask: (request: Request) => Promise<Answer>;
  /** Lets what is under way come to its end, then the thread. */
  readonly close: () => Promise<void>;
}

/** What a thread does: its answers, and what is to be done at the end. */
export interface ThreadWork<Request, Answer> {
  readonly answer: (request: Request, isClosing: () => boolean) => Promise<Answer>;
  /** Memory of an answer that moves to the asker instead of being copied. */
  readonly moved?: (answer: Answer) => ArrayBuffer[];
  readonly close: () => Promise<void>;
}

interface Question<Request> {
  readonly number: number;
  readonly request: Request;
}
type Reply<Answer> =
  | { readonly number: number; readonly answer: Answer }
  | { readonly number: number; readonly error: Error; readonly studio: StudioFailure | null };
type StudioFailure = Pick<StudioError, 'code' | 'message' | 'params'>;

/**
 * Starts the thread of a module `name` that lies beside the calling module (`base`: its import.meta.url), and beside
 * the program where that is built into one file. `data` is copied to it.
 */
export function startThread<Request, Answer>(
  name: string,
  base: string,
  data: object,
): Thread<Request, Answer> {
  const entry = new URL(`./${name}${base.endsWith('.ts') ? '.ts' : '.js'}`, base);
  // The address space that a thread reserves for compiled code by default counts where a process's memory is limited.
  const resourceLimits = { codeRangeSizeMb: 16 };
  const worker = new Worker(entry, { workerData: data, execArgv: [], resourceLimits });
  const waiting = new Map<number, PromiseWithResolvers<Answer>>();
  let asked = 0;
  let failure: Error | null = null;
  const fail = (error: Error) => {
    failure ??= error;
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  worker.on('message', (reply: Reply<Answer>) => {
    const asker = waiting.get(reply.number);
    waiting.delete(reply.number);
    if ('answer' in reply) asker?.resolve(reply.answer);
    else asker?.reject(reply.studio ? studioError(reply.studio) : reply.error);
  });
  worker.on('error', fail);
  const ended = new Promise<void>((resolve) => {
    worker.on('exit', () => {
      fail(new Error(`The thread "${name}" has ended.`));
      resolve();
    });
  });
  return {
    ask: (request) => {
      if (failure) return Promise.reject(failure);
      const number = asked++;
      const asker = Promise.withResolvers<Answer>();
      waiting.set(number, asker);
      worker.postMessage({ number, request } satisfies Question<Request>);
      return asker.promise;
    },
    close: () => {
      worker.postMessage(null);
      return ended;
    },
  };
}

/** Serves the thread that this module is the entry of; `data` is what the starter handed over. */
export async function serveThread<Data, Request, Answer>(
  begin: (data: Data) => Promise<ThreadWork<Request, Answer>>,
): Promise<void> {
  const port = parentPort!;
  const work = await begin(workerData as Data);
  const underWay = new Set<Promise<void>>();
  let isClosing = false;
  const serve = async ({ number, request }: Question<Request>): Promise<void> => {
    try {
      const answer = await work.answer(request, () => isClosing);
      port.postMessage({ number, answer } satisfies Reply<Answer>, work.moved?.(answer) ?? []);
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      // An error's own class and fields do not survive the way between threads.
      const studio =
        error instanceof StudioError
          ? { code: error.code, message: error.message, params: error.params }
          : null;
      port.postMessage({ number, error: new Error(error.message), studio } satisfies Reply<Answer>);
    }
  };
  port.on('message', async (question: Question<Request> | null) => {
    if (question !== null) {
      const serving: Promise<void> = serve(question).finally(() => underWay.delete(serving));
      underWay.add(serving);
      return;
    }
    isClosing = true;
    await Promise.all(underWay);
    await work.close();
    // With nobody to listen to, the thread ends by itself.
    port.close();
  });
}

function studioError({ code, message, params }: StudioFailure): StudioError {
  return new StudioError(code, message, params);
}
