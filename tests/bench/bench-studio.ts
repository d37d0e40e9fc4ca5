import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOutput } from '../../main/cli/output.ts';
import { resourcesFolder, type Studio } from '../../main/cli/studio.ts';
import { createEngine } from '../../main/engine/engine.ts';
import { createNodeLauncher } from '../../main/lib/node-launcher.ts';
import type { CommandId } from '../../shared/domain/ids.ts';

/** Runs a measurement with an engine of its own in a folder that is removed afterwards; says nothing. */
export async function inBenchStudio<T>(work: (studio: Studio, folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'enxerto-bench-'));
  const engine = await createEngine({
    version: '0.0.0',
    userData: join(folder, 'user'),
    documents: folder,
    resources: resourcesFolder,
    systemLanguage: 'en',
    launcher: createNodeLauncher(),
  });
  const silent = { write: () => undefined };
  let commands = 0;
  try {
    return await work(
      {
        client: engine.client,
        engine,
        output: createOutput(false, silent, silent),
        signal: new AbortController().signal,
        grant: (kind, path) => engine.context.grants.give(kind, path).id,
        commandId: () => `bench-${commands++}` as CommandId,
      },
      folder,
    );
  } finally {
    await engine.close();
    await rm(folder, { recursive: true, force: true });
  }
}
