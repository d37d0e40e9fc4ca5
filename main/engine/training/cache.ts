import type { CacheState } from '../../../shared/contract/training.ts';
import { cacheSize, emptyCache } from '../../lib/cache-folders.ts';
import type { EngineContext } from '../context.ts';
import { activationFolder } from './job-files.ts';

/** What the open project keeps of its images' descriptions, and how much of them it may. */
export async function cacheState(context: EngineContext): Promise<CacheState> {
  return cacheSize(activationFolder(context.project()), context.settings.get().cacheShare);
}

/** Removes what no training uses at the moment; it is computed again when it is needed. */
export async function clearCache(context: EngineContext): Promise<CacheState> {
  await emptyCache(activationFolder(context.project()));
  return cacheState(context);
}
