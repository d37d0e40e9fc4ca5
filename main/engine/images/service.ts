import PQueue from 'p-queue';
import type { Job } from '../../../shared/contract/images.ts';
import { configurePixels } from '../../lib/pixels/index.ts';
import type { EngineContext, OpenProject } from '../context.ts';
import { isTraining } from '../training/service.ts';
import { recheckFiles } from './recheck.ts';
import { Thumbnails } from './thumbnails.ts';

/** What works on the images of one open project. */
export type ImageService = {
  readonly thumbnails: Thumbnails;
  /** Imports and checks take turns: each looks at what is there before it writes. */
  readonly turns: PQueue;
};

const services = new WeakMap<OpenProject, ImageService>();

/** The image service of the open project; NO_PROJECT where there is none. */
export function imagesOf(context: EngineContext): ImageService {
  return serviceOf(context, context.project());
}

/** The drawing of thumbnails of the open project, where it is under way; for the list of jobs. */
export function imageJobs(context: EngineContext): Job[] {
  const job = imagesOf(context).thumbnails.job();
  return job === null ? [] : [job];
}

/**
 * To be called when a project was opened: looks in the background for files that are missing or were changed
 * meanwhile, reads what an interrupted import left, and draws thumbnails that are not there.
 */
export function startImages(context: EngineContext, project: OpenProject): void {
  const { thumbnails, turns } = serviceOf(context, project);
  const work = async (): Promise<void> => {
    const found = await recheckFiles(project, { retry: false, signal: project.closing });
    if (found.changed > 0) context.publish('images', 'labels');
    thumbnails.wake();
  };
  void turns.add(work).catch((error: unknown) => {
    if (!project.closing.aborted) context.log.error({ err: error }, 'checking the images failed');
  });
}

function serviceOf(context: EngineContext, project: OpenProject): ImageService {
  const present = services.get(project);
  if (present !== undefined) return present;
  // Many small images side by side are faster than one after the other on all cores.
  configurePixels({ threadsPerImage: 1 });
  const thumbnails = new Thumbnails({
    project,
    isBusy: () => isTraining(context),
    publish: () => context.publish('thumbnails', 'jobs'),
    onError: (error) => {
      if (!project.closing.aborted) context.log.error({ err: error }, 'drawing thumbnails failed');
    },
  });
  const service = { thumbnails, turns: new PQueue({ concurrency: 1 }) };
  project.onClose(async () => {
    await service.turns.onIdle();
    await thumbnails.settled();
  });
  services.set(project, service);
  return service;
}
