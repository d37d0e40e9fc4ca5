import { existsSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { createNodeLauncher } from '../../main/lib/node-launcher.ts';
import { command, startEngine, temporaryFolder } from '../engine/support.ts';
import { watchNetwork } from '../fixtures/security/watched-network.ts';
import { writePhotos } from '../fixtures/studio/photos.ts';

it('14. a session from import to export reaches for no network, in engine and trainer', async () => {
  const folder = await temporaryFolder();
  const notes = join(folder, 'notes.txt');
  process.env.ENXERTO_NETWORK_NOTES = notes;
  watchNetwork(notes);
  await writePhotos(join(folder, 'photos'), 6);
  const trainer = fileURLToPath(new URL('../fixtures/security/watched-trainer.ts', import.meta.url));
  const engine = await startEngine({ launcher: createNodeLauncher(trainer) });
  const { client, context } = engine;
  const give = (kind: 'folder' | 'save', name: string) => context.grants.give(kind, join(folder, name)).id;
  await client.projects.create({
    commandId: command(),
    name: 'p',
    task: 'singleLabel',
    folder: give('folder', '.'),
  });
  const source = give('folder', 'photos');
  const order = {
    commandId: command(),
    source,
    labels: { kind: 'folders' as const },
    groups: { kind: 'none' as const },
  };
  for await (const _ of await client.images.import(order));
  const { recipe } = await client.training.recommend({ strategy: 'featureExtraction' });
  const phases = recipe.phases.map((phase) => ({ ...phase, epochs: 2 }));
  const small = { ...recipe, shape: 'square' as const, size: 64, phases };
  const evaluation = { kind: 'holdOut' as const, test: 0.3, seed: 1 };
  const { id: run } = await client.training.start({ commandId: command(), recipe: small, evaluation });
  for await (const _ of await client.training.watch({ run }));
  const use = { run, commandId: command() };
  for await (const _ of await client.training.predict({ ...use, source, target: give('save', 'a.csv') }));
  for await (const _ of await client.training.exportOnnx({
    ...use,
    commandId: command(),
    target: give('save', 'a.onnx'),
  }));
  await client.training.report({ run, target: give('save', 'a.html') });
  expect(['a.csv', 'a.onnx', 'a.html'].every((name) => existsSync(join(folder, name)))).toBe(true);
  expect(existsSync(notes) ? readFileSync(notes, 'utf8') : '').toBe('');
  // The watch itself works.
  expect(() => net.connect(9)).toThrow('the network is off');
  expect(readFileSync(notes, 'utf8')).toBe(`${process.pid} connect\n`);
});
