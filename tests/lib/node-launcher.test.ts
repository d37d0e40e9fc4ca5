import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { childEnvironment } from '../../main/lib/child-environment.ts';
import type { TrainerExit } from '../../main/lib/launcher.ts';
import { createNodeLauncher } from '../../main/lib/node-launcher.ts';

test('a child gets no flags that change what it runs', () => {
  const environment = { PATH: '/bin', NODE_OPTIONS: '--inspect', ELECTRON_RUN_AS_NODE: '1', HOME: '/home/a' };
  expect(childEnvironment(environment)).toEqual({ PATH: '/bin', HOME: '/home/a' });
});

test('events that came before anyone listened are handed over, and the exit comes after the last of them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'enxerto-launcher-'));
  const entry = join(folder, 'child.mjs');
  await writeFile(
    entry,
    `for (let fold = 0; fold < 500; fold++) process.send({ type: 'modelDone', fold, seconds: 1 });
     process.on('message', () => process.exit(3));`,
  );
  const trainer = await createNodeLauncher(entry).launch('a');
  await new Promise((resolve) => setTimeout(resolve, 300));
  const seen: unknown[] = [];
  trainer.onEvent((event) => seen.push(event.type === 'modelDone' ? event.fold : event.type));
  const exit = new Promise<TrainerExit>((resolve) => trainer.onExit(resolve));
  trainer.send({ type: 'cancel' });
  expect(await exit).toEqual({ code: 3, signal: null });
  expect(seen).toEqual(Array.from({ length: 500 }, (_, fold) => fold));
  expect(await new Promise((resolve) => trainer.onExit(resolve))).toEqual({ code: 3, signal: null });
  trainer.send({ type: 'cancel' });
  await rm(folder, { recursive: true });
});

test('a trainer that sends what is no event is ended', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'enxerto-launcher-'));
  const entry = join(folder, 'child.mjs');
  await writeFile(entry, `process.send({ type: 'nonsense' }); setInterval(() => {}, 1000);`);
  const trainer = await createNodeLauncher(entry).launch('c');
  expect(await new Promise((resolve) => trainer.onExit(resolve))).toMatchObject({ signal: 'SIGKILL' });
  await rm(folder, { recursive: true });
});

test('a killed trainer is an exit with its signal', async () => {
  const trainer = await createNodeLauncher().launch('b');
  const exit = new Promise<TrainerExit>((resolve) => trainer.onExit(resolve));
  trainer.onEvent(() => trainer.kill());
  expect(await exit).toEqual({ code: null, signal: 'SIGKILL' });
});
