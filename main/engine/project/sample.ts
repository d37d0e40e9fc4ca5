import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProjectInfo } from '../../../shared/contract/project.ts';
import type { CommandId } from '../../../shared/domain/ids.ts';
import type { EngineContext, OpenProject } from '../context.ts';
import { asStudioError } from '../db/errors.ts';
import { importImages } from '../images/importer.ts';
import { projectValue, setProjectValue } from '../stores/project.ts';
import { exists, projectSuffix } from './folder.ts';

/** What the sample is called on a person's disk and in the studio. */
const sampleName = 'Coffee leaves';

/**
 * Opens the sample project; the first time its photos are copied from the program to the person's documents,
 * so that they can be looked at, changed and deleted like any others, and imported with their labels and folds.
 * An import that was cut short is taken up where it ended.
 */
export async function openSample(
  engine: EngineContext,
  signal: AbortSignal | undefined,
): Promise<ProjectInfo> {
  const home = join(engine.documents, 'Enxerto', sampleName);
  const folder = join(home, `${sampleName}${projectSuffix}`);
  await copySample(join(engine.resources, 'sample'), home);
  const project = (await exists(folder))
    ? await engine.projects.open(folder)
    : await engine.projects.create({ name: sampleName, task: 'singleLabel', parent: home });
  if (projectValue(project.db, 'isSample') === null) await importSample(engine, project, home, signal);
  return project.info();
}

async function importSample(
  engine: EngineContext,
  project: OpenProject,
  home: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const progress = importImages(
    engine,
    {
      commandId: engine.ids.next() as CommandId,
      source: engine.grants.give('folder', home).id,
      labels: {
        kind: 'csv',
        csv: engine.grants.give('file', join(home, 'labels.csv')).id,
        fileColumn: 'file',
        labelColumns: ['class'],
        foldColumn: 'fold',
      },
      groups: { kind: 'none' },
    },
    signal,
  );
  let isDone = false;
  for await (const step of progress) isDone = step.type === 'done';
  if (isDone) await project.write((db) => setProjectValue(db, 'isSample', '1'));
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
