import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProjectInfo } from '../../../shared/contract/project.ts';
import type { EngineContext } from '../context.ts';
import { asStudioError } from '../db/errors.ts';
import { setProjectValue } from '../stores/project.ts';
import { exists, projectSuffix } from './folder.ts';

/** What the sample is called on a person's disk and in the studio. */
const sampleName = 'Coffee leaves';

/**
 * Opens the sample project; the first time its photos are copied from the program to the person's documents,
 * so that they can be looked at, changed and deleted like any others.
 */
export async function openSample(
  engine: EngineContext,
  _signal: AbortSignal | undefined,
): Promise<ProjectInfo> {
  const home = join(engine.documents, 'Enxerto', sampleName);
  const folder = join(home, `${sampleName}${projectSuffix}`);
  if (await exists(folder)) return (await engine.projects.open(folder)).info();
  await copySample(join(engine.resources, 'sample'), home);
  const project = await engine.projects.create({ name: sampleName, task: 'singleLabel', parent: home });
  await project.write((db) => setProjectValue(db, 'isSample', '1'));
  return project.info();
}

/** Copied beside and then renamed: a copy that was cut short is never taken for a whole one. */
async function copySample(from: string, home: string): Promise<void> {
  const images = join(home, 'images');
  if (await exists(images)) return;
  const partial = join(home, '.images.part');
  try {
    await mkdir(home, { recursive: true });
    await rm(partial, { recursive: true, force: true });
    await cp(join(from, 'images'), partial, { recursive: true });
    for (const file of ['labels.csv', 'LICENSE', 'README.md']) await cp(join(from, file), join(home, file));
    await rename(partial, images);
  } catch (error) {
    throw asStudioError(error, home);
  }
}
