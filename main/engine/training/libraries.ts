import { join } from 'node:path';
import type { EngineContext } from '../context.ts';

/** Folders in which libraries of executors may lie beside those that come with the program: the person's own first. */
export function libraryFolders(context: Pick<EngineContext, 'userData'>): string[] {
  return [join(context.userData, 'libraries')];
}
