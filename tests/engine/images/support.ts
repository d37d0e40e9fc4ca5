import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, type Engine } from '../../../main/engine/engine.ts';
import { imagesOf } from '../../../main/engine/images/service.ts';
import type { ImportProgress, ImportReport, LabelSource } from '../../../shared/contract/images.ts';
import type { Task } from '../../../shared/contract/project.ts';
import type { CommandId, ImageId } from '../../../shared/domain/ids.ts';

/** A real engine on a temporary folder, with shorthands for what image tests do all the time. */
export type Studio = {
  readonly engine: Engine;
  readonly folder: string;
  readonly at: (...parts: string[]) => string;
  readonly importFrom: (path: string | readonly string[], options?: ImportOptions) => Promise<ImportReport>;
  /** Path and state of every image, in natural order. */
  readonly rows: () => Promise<
    { path: string; file: string; state: string; classIds: readonly number[]; id: ImageId }[]
  >;
  readonly idOf: (path: string) => Promise<ImageId>;
  readonly thumbnailsDone: () => Promise<void>;
  /** Checks that run in the background after opening have ended. */
  readonly settled: () => Promise<void>;
};
type ImportOptions = {
  readonly labels?: LabelSource;
  readonly groups?: { kind: 'none' } | { kind: 'folder' } | { kind: 'pattern'; pattern: string };
  readonly commandId?: CommandId;
};

let commands = 0;
export const newCommand = (): CommandId => `test-${++commands}` as CommandId;

export async function startEngine(folder: string): Promise<Engine> {
  return createEngine({
    version: '0.0.0',
    userData: join(folder, 'user'),
    documents: join(folder, 'documents'),
    resources: join(folder, 'resources'),
    systemLanguage: 'en',
    launcher: { launch: () => Promise.reject(new Error('No trainer in these tests.')) },
  });
}

/** An engine with a new project `documents/P.enxerto`; `close` it with {@link endStudio}. */
export async function openStudio(task: Task = 'singleLabel'): Promise<Studio> {
  const folder = await mkdtemp(join(tmpdir(), 'enxerto-images-'));
  const engine = await startEngine(folder);
  await engine.client.projects.create({ commandId: newCommand(), name: 'P', task, folder: null });
  return studioOf(engine, folder);
}

export function studioOf(engine: Engine, folder: string): Studio {
  const rows: Studio['rows'] = async () => {
    const page = { filter: {}, sort: 'name', descending: false, offset: 0, limit: 1000 } as const;
    const found = await engine.client.images.page(page);
    return found.rows.map(({ path, file, state, classIds, id }) => ({ path, file, state, classIds, id }));
  };
  return {
    engine,
    folder,
    at: (...parts) => join(folder, ...parts),
    importFrom: async (path, options = {}) => {
      const kind = typeof path === 'string' ? 'folder' : 'files';
      const source = engine.context.grants.give(kind, path).id;
      return reportOf(await collect(engine, source, options));
    },
    rows,
    idOf: async (path) => {
      const row = (await rows()).find((each) => each.path === path);
      if (!row) throw new Error(`No image ${path}`);
      return row.id;
    },
    thumbnailsDone: () => imagesOf(engine.context).thumbnails.settled(),
    settled: () => imagesOf(engine.context).turns.onIdle(),
  };
}

async function collect(
  engine: Engine,
  source: ReturnType<Engine['context']['grants']['give']>['id'],
  options: ImportOptions,
): Promise<ImportProgress[]> {
  const { labels = { kind: 'none' }, groups = { kind: 'none' }, commandId = newCommand() } = options;
  const seen: ImportProgress[] = [];
  for await (const progress of await engine.client.images.import({ commandId, source, labels, groups }))
    seen.push(progress);
  return seen;
}

function reportOf(seen: readonly ImportProgress[]): ImportReport {
  const last = seen.at(-1);
  if (last?.type !== 'done') throw new Error('The import ended without a report.');
  return last.report;
}

export async function endStudio(studio: Studio): Promise<void> {
  await studio.engine.close();
  await rm(studio.folder, { recursive: true, force: true });
}
