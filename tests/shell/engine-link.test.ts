import { EventEmitter } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RealPort } from '../../main/lib/ports.ts';
import { type EngineLink, linkEngine } from '../../main/shell/engine-link.ts';
import { nodeLauncher, type ProcessLauncher } from '../../main/shell/supervisor.ts';

const fixture = (name: string) => join(import.meta.dirname, '../fixtures/shell', name);
const launcher = nodeLauncher(process.execPath);

let folder: string;
let link: EngineLink;
/** Trainers that were killed, in order, and whether they had ended by then. */
let kills: { readonly pid: number; readonly hadEnded: boolean }[];

/** Real trainers; who is killed is written down. */
const trainers: ProcessLauncher = {
  launch: async (options) => {
    const child = await launcher.launch(options);
    let hadEnded = false;
    child.onExit(() => {
      hadEnded = true;
    });
    const kill = () => {
      kills.push({ pid: child.pid, hadEnded });
      child.kill();
    };
    return { ...child, kill };
  },
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enxerto-link-'));
  kills = [];
  link = await linkEngine({
    engine: launcher,
    trainer: trainers,
    entries: { engine: fixture('engine.ts'), trainer: fixture('trainer.ts') },
    start: { version: '0', userData: folder, documents: folder, resources: folder, systemLanguage: 'en' },
    host: {
      pickFolder: async () => null,
      pickFiles: async () => [],
      pickSave: async () => null,
      reveal: async () => undefined,
      open: async () => undefined,
      applySettings: async () => undefined,
    },
    canHandPorts: false,
    say: () => undefined,
    onCrash: () => undefined,
  });
});
afterEach(async () => {
  await link.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A page that asks the engine one thing after the other. */
function openPage(): (what: string, value?: string) => Promise<unknown> {
  const events = new EventEmitter();
  const waiting = new Map<number, (answer: unknown) => void>();
  const page: RealPort = {
    on: (event: string, listener: (...values: never[]) => void) =>
      events.on(event, listener as (...values: unknown[]) => void),
    postMessage: (message) => {
      const { id, answer } = message as { readonly id: number; readonly answer: unknown };
      waiting.get(id)?.(answer);
    },
    start: () => undefined,
    close: () => undefined,
  };
  link.connect(page);
  let asked = 0;
  return (what, value = '') =>
    new Promise((resolve) => {
      const id = asked++;
      waiting.set(id, resolve);
      events.emit('message', { data: { id, what, value } });
    });
}

test('a trainer that has ended is neither held nor killed, another of its name hears only what is said to it', async () => {
  const ask = openPage();
  for (let round = 1; round <= 2; round++) {
    expect(await ask('train', 'same')).toMatchObject({ answer: { heard: { say: 'same' } } });
    await expect.poll(() => ask('seen')).toMatchObject({ trainers: { length: round }, closed: round });
  }
  await link.stop();
  expect(kills).toEqual([]);
});
