import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createEngine, type Engine } from '../../main/engine/engine.ts';
import type { CommandId } from '../../shared/domain/ids.ts';
import { writeSmallJpegs } from './small-jpegs.ts';

/** One line of the benchmark's table. */
export type ImportRow = {
  readonly group: 'project';
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly target: string;
  readonly pass: boolean;
};

const images = 20_000;

/**
 * Imports 20,000 small JPEGs through the engine's own contract. `import-usable`: from the call until the gallery
 * answers with all of them; `import-rate`: files hashed and measured a second, the whole import, thumbnails left
 * to the background; `import-delay`: how late the engine's event loop is meanwhile, 99th percentile.
 */
export async function measureImport(): Promise<readonly ImportRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'enxerto-bench-import-'));
  try {
    await writeSmallJpegs(join(folder, 'photos'), images);
    const engine = await createEngine({
      version: '0.0.0',
      userData: join(folder, 'user'),
      documents: join(folder, 'documents'),
      resources: join(folder, 'resources'),
      systemLanguage: 'en',
      launcher: { launch: () => Promise.reject(new Error('No training in this measurement.')) },
    });
    try {
      return await timeImport(engine, join(folder, 'photos'));
    } finally {
      await engine.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function timeImport(engine: Engine, folder: string): Promise<readonly ImportRow[]> {
  const { client, context } = engine;
  const commandId = (name: string) => name as CommandId;
  await client.projects.create({
    commandId: commandId('a'),
    name: 'Bench',
    task: 'singleLabel',
    folder: null,
  });
  const source = context.grants.give('folder', folder).id;
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const started = performance.now();
  const usable = untilUsable(engine, started);
  const labels = { kind: 'none' } as const;
  const command = { commandId: commandId('b'), source, labels, groups: { kind: 'folder' } as const };
  let seconds = 0;
  for await (const progress of await client.images.import(command)) {
    if (progress.type === 'done') seconds = (performance.now() - started) / 1000;
  }
  delay.disable();
  const usableSeconds = await usable;
  const rate = images / seconds;
  const late = delay.percentile(99) / 1e6;
  return [
    row('import-usable', usableSeconds, 's', '≤ 3', usableSeconds <= 3),
    row('import-rate', rate, 'files/s', '≥ 1000', rate >= 1000),
    row('import-delay', late, 'ms', '≤ 50', late <= 50),
  ];
}

/** Asks for the first page as a page does, until the list is whole. */
async function untilUsable(engine: Engine, started: number): Promise<number> {
  const page = { filter: {}, sort: 'name', descending: false, offset: 0, limit: 200 } as const;
  for (;;) {
    const { total } = await engine.client.images.page(page);
    if (total === images) return (performance.now() - started) / 1000;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function row(name: string, value: number, unit: string, target: string, pass: boolean): ImportRow {
  return { group: 'project', name, value: Math.round(value * 100) / 100, unit, target, pass };
}
