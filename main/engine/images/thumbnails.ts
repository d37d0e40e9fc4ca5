import { setTimeout as delay } from 'node:timers/promises';
import PQueue from 'p-queue';
import type { Job } from '../../../shared/contract/images.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import type { JobId } from '../../../shared/domain/ids.ts';
import { renderThumbnail } from '../../lib/pixels/index.ts';
import type { OpenProject } from '../context.ts';
import {
  countWithoutThumbnail,
  filesWithoutThumbnailAfter,
  type ImageFile,
  raiseThumbnail,
} from '../stores/images.ts';
import { cachePath, exists, writeCacheFile } from './cache-file.ts';
import { pathOf } from './places.ts';
import { setFailure } from './read-file.ts';

/** Longest side of a thumbnail, pixels: the largest tile of the gallery on a plain screen. */
export const thumbnailSize = 320;
/** Drawn side by side, for two cores; what a person looks at goes first. */
const drawnAtOnce = 2;
const background = 0;
const urgent = 1;
/** Thumbnails whose rows are written, and told to the page, together. */
const rowsAtOnce = 100;
const busyPauseMs = 500;

type Drawn = { readonly file: ImageFile; readonly failure: StudioError | null };
type Options = {
  readonly project: OpenProject;
  /** Training needs the processor: the background work stands still, what is asked for does not. */
  readonly isBusy: () => boolean;
  readonly publish: () => void;
  readonly onError: (error: unknown) => void;
};

/** Draws the small pictures of a project: in the background for all images, at once for the one asked for. */
export class Thumbnails {
  readonly #options: Options;
  readonly #queue = new PQueue({ concurrency: drawnAtOnce });
  readonly #drawing = new Map<string, Promise<string>>();
  /** Those of them that have not begun, and may still be moved to the front. */
  readonly #waiting = new Set<string>();
  #running: Promise<void> | null = null;
  #wokenAgain = false;
  #progress = { done: 0, total: 0, startedAt: 0, isPaused: false };

  constructor(options: Options) {
    this.#options = options;
  }

  /** Starts the background work if there is any. */
  wake(): void {
    this.#wokenAgain = true;
    if (this.#running === null && !this.#isClosing) this.#start();
  }

  /** Path of the picture of an image that was read; drawn now, before all others, if it is not there. */
  async get(file: ImageFile): Promise<string> {
    const target = targetOf(this.#options.project, file);
    const isThere = await exists(target);
    const drawn = isThere ? { file, failure: null } : await this.#attempt(file, urgent);
    if (!isThere || file.thumbnail === 0) await this.#store([drawn]);
    if (drawn.failure) throw drawn.failure;
    return target;
  }

  /** The background work as a job; `null` where there is none. */
  job(): Job | null {
    const { done, total, startedAt, isPaused } = this.#progress;
    if (this.#running === null || total === 0) return null;
    const seconds = (performance.now() - startedAt) / 1000;
    return {
      id: 'thumbnails' as JobId,
      kind: 'thumbnails',
      state: isPaused ? 'paused' : 'running',
      done,
      total,
      secondsLeft: done === 0 || isPaused ? null : (seconds / done) * (total - done),
      error: null,
    };
  }

  /** Resolves when the background work has come to rest; for closing and for tests. */
  async settled(): Promise<void> {
    while (this.#running !== null) await this.#running;
    await this.#queue.onIdle();
  }

  get #isClosing(): boolean {
    return this.#options.project.closing.aborted;
  }

  #start(): void {
    this.#wokenAgain = false;
    this.#running = this.#drawAll()
      .catch(this.#options.onError)
      .finally(() => {
        this.#running = null;
        this.#options.publish();
        if (this.#wokenAgain && !this.#isClosing) this.#start();
      });
  }

  async #drawAll(): Promise<void> {
    const { project } = this.#options;
    const total = countWithoutThumbnail(project.db);
    this.#progress = { done: 0, total, startedAt: performance.now(), isPaused: false };
    for (let after = 0; !this.#isClosing; ) {
      await this.#rest();
      const page = filesWithoutThumbnailAfter(project.db, after, rowsAtOnce);
      const last = page.at(-1);
      if (last === undefined || this.#isClosing) return;
      after = last.id;
      await this.#store(await Promise.all(page.map((file) => this.#attempt(file, background))));
      this.#progress.done += page.length;
    }
  }

  async #rest(): Promise<void> {
    const { isBusy, project } = this.#options;
    while (isBusy() && !this.#isClosing) {
      this.#progress.isPaused = true;
      await delay(busyPauseMs, undefined, { signal: project.closing }).catch(() => undefined);
    }
    this.#progress.isPaused = false;
  }

  async #attempt(file: ImageFile, priority: number): Promise<Drawn> {
    try {
      await this.#draw(file, priority);
      return { file, failure: null };
    } catch (error) {
      if (error instanceof StudioError && error.code !== 'NO_SPACE') return { file, failure: error };
      throw error;
    }
  }

  #draw(file: ImageFile, priority: number): Promise<string> {
    const target = targetOf(this.#options.project, file);
    const present = this.#drawing.get(target);
    if (present !== undefined) {
      if (priority === urgent && this.#waiting.has(target)) this.#queue.setPriority(target, urgent);
      return present;
    }
    this.#waiting.add(target);
    const begin = (): Promise<string> => {
      this.#waiting.delete(target);
      return this.#isClosing && priority === background ? Promise.resolve(target) : drawFile(file, target);
    };
    const result = this.#queue
      .add(begin, { priority, id: target })
      .finally(() => this.#drawing.delete(target));
    this.#drawing.set(target, result);
    return result;
  }

  async #store(drawn: readonly Drawn[]): Promise<void> {
    if (this.#isClosing) return;
    await this.#options.project.write((db) => {
      for (const { file, failure } of drawn) {
        if (failure) setFailure(db, file, failure);
        else if (file.thumbnail === 0) raiseThumbnail(db, file.id, versionOf(file));
      }
    });
    this.#options.publish();
  }
}

function targetOf(project: OpenProject, file: ImageFile): string {
  if (file.sha256 === null) throw new Error('A thumbnail needs an image that was read.');
  return cachePath(project, 'thumbnails', file.sha256, `-${thumbnailSize}.webp`);
}

/** Another number for another content, so that the page does not show a picture that it has kept. */
function versionOf(file: ImageFile): number {
  return 1 + Number.parseInt(file.sha256?.slice(0, 7) ?? '0', 16);
}

async function drawFile(file: ImageFile, target: string): Promise<string> {
  if (!(await exists(target)))
    await writeCacheFile(target, await renderThumbnail(pathOf(file), thumbnailSize));
  return target;
}
