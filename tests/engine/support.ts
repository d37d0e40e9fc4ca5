import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { OpenProject } from '../../main/engine/context.ts';
import { createEngine, type Engine, type EngineOptions } from '../../main/engine/engine.ts';
import type { Clock } from '../../main/lib/clock.ts';
import { silentLog } from '../../main/lib/log.ts';
import type { CommandId, ImageId } from '../../shared/domain/ids.ts';

/** A folder that is gone when the test has ended. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'enxerto-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Time that moves by one millisecond with every look at it. */
export function tickingClock(start = 1_700_000_000_000): Clock {
  let now = start;
  return { now: () => ++now };
}

/** A real engine in a temporary folder; closed when the test has ended. */
export async function startEngine(
  options: Partial<EngineOptions> = {},
): Promise<Engine & { readonly folder: string }> {
  const folder = options.userData === undefined ? await temporaryFolder() : join(options.userData, '..');
  const engine = await createEngine({
    version: '1.2.3',
    userData: join(folder, 'user'),
    documents: join(folder, 'documents'),
    resources: join(import.meta.dirname, '../../resources'),
    systemLanguage: 'en',
    launcher: { launch: () => Promise.reject(new Error('no trainer is needed here')) },
    clock: tickingClock(),
    log: silentLog,
    ...options,
  });
  onTestFinished(() => engine.close());
  return { ...engine, folder };
}

let commands = 0;
/** A new command id. */
export function command(): CommandId {
  return `command-${++commands}` as CommandId;
}

/** Rows for images whose files are not needed. */
export async function addImages(project: OpenProject, count: number): Promise<ImageId[]> {
  return project.write((db) => {
    db.run("INSERT OR IGNORE INTO sources (absolute_path, added_at) VALUES ('/nowhere', 0)");
    const source = db.get<{ id: number }>("SELECT id FROM sources WHERE absolute_path = '/nowhere'");
    const first = db.get<{ n: number }>('SELECT count(*) AS n FROM images')?.n ?? 0;
    return Array.from({ length: count }, (_, index) => {
      const name = `image-${first + index}.jpg`;
      const { lastId } = db.run(
        `INSERT INTO images (source_id, rel_path, name, sha256, width, height, format, sort_key, search_key, added_at)
         VALUES (?, ?, ?, ?, 10, 10, 'jpeg', ?, ?, 0)`,
        [source?.id ?? 0, `folder/${name}`, name, `sha-${first + index}`, name.padStart(20, '0'), name],
      );
      return lastId as ImageId;
    });
  });
}

/** An engine with a new project, some images and two classes. */
export async function startProject(
  task: 'singleLabel' | 'multiLabel' = 'singleLabel',
  images = 5,
): Promise<{
  readonly engine: Engine & { readonly folder: string };
  readonly project: OpenProject;
  readonly ids: ImageId[];
  readonly rust: Awaited<ReturnType<Engine['client']['classes']['create']>>['id'];
  readonly miner: Awaited<ReturnType<Engine['client']['classes']['create']>>['id'];
}> {
  const engine = await startEngine();
  await engine.client.projects.create({ commandId: command(), name: 'Leaves', task, folder: null });
  const project = engine.context.project();
  const ids = await addImages(project, images);
  const rust = await engine.client.classes.create({ commandId: command(), name: 'Rust' });
  const miner = await engine.client.classes.create({ commandId: command(), name: 'Miner' });
  return { engine, project, ids, rust: rust.id, miner: miner.id };
}

/** Labels of every image by class name, as the database has them now; `-` is "nothing in it". */
export function labelsByImage(project: OpenProject): Record<number, string[]> {
  const rows = project.db.all<{ image: number; name: string | null; kind: string | null }>(
    `SELECT i.id AS image, c.name, a.kind FROM images AS i LEFT JOIN annotations AS a ON a.image_id = i.id
     LEFT JOIN classes AS c ON c.id = a.class_id WHERE i.removed_at IS NULL ORDER BY i.id, c.name`,
  );
  const result: Record<number, string[]> = {};
  for (const { image, name, kind } of rows) {
    const labels = result[image] ?? [];
    if (kind !== null) labels.push(name ?? '-');
    result[image] = labels;
  }
  return result;
}

/** The code of the failure that a call ends in. */
export async function failureOf(
  call: Promise<unknown>,
): Promise<{ code: string; message: string; data: unknown }> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error && 'code' in error) {
      return {
        code: String(error.code),
        message: error.message,
        data: 'data' in error ? error.data : 'params' in error ? error.params : null,
      };
    }
    throw error;
  }
  throw new Error('The call was expected to fail, and did not.');
}
