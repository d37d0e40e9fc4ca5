import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { childEnvironment } from '../../main/lib/child-environment.ts';
import { channels } from '../../main/lib/ports.ts';
import { type Child, type ChildExit, endOf, nodeLauncher } from '../../main/shell/supervisor.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enxerto-supervisor-'));
  const files = {
    'stays.mjs': `process.on('message', (word) => word === 'end' && process.disconnect());
      process.send({ pid: process.pid, argv: process.execArgv, env: process.env });`,
    'deaf.mjs': `process.on('message', () => {}); process.on('SIGTERM', () => {}); process.send('here');`,
    'fails.mjs': `console.error('no such luck'); process.exit(7);`,
    'leaves.mjs': `process.send('bye', () => process.exit(0));`,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const launcher = nodeLauncher(process.execPath);
const launch = (name: string, onOutput?: (text: string) => void) =>
  launcher.launch({ name: 'child', entry: join(folder, name), folder, ...(onOutput ? { onOutput } : {}) });
const exitOf = (child: Child) => new Promise<ChildExit>((resolve) => child.onExit(resolve));
const firstWord = (child: Child) => new Promise<unknown>((resolve) => child.port.onMessage(resolve));

describe('a supervised child', () => {
  it('speaks over its pipe and ends when asked', async () => {
    const child = await launch('stays.mjs');
    expect(await firstWord(child)).toMatchObject({ pid: child.pid, argv: [] });
    child.port.postMessage('end');
    const exit = await exitOf(child);
    expect(exit).toEqual({ code: 0, signal: null, isCrash: false });
  });

  it('that is killed has crashed; one that leaves by itself has not', async () => {
    const killed = await launch('stays.mjs');
    await firstWord(killed);
    process.kill(killed.pid, 'SIGKILL');
    expect(await exitOf(killed)).toEqual({ code: null, signal: 'SIGKILL', isCrash: true });
    const left = await launch('leaves.mjs');
    expect(await exitOf(left)).toEqual({ code: 0, signal: null, isCrash: false });
  });

  it('that fails has crashed, and its words were heard', async () => {
    let words = '';
    const child = await launch('fails.mjs', (text) => {
      words += text;
    });
    expect(await exitOf(child)).toEqual({ code: 7, signal: null, isCrash: true });
    expect(words).toContain('no such luck');
  });

  it('that does not listen is killed after the wait, which is no crash', async () => {
    const child = await launch('deaf.mjs');
    await firstWord(child);
    const startedAt = performance.now();
    expect(await endOf(child, 200)).toEqual({ code: null, signal: 'SIGKILL', isCrash: false });
    expect(performance.now() - startedAt).toBeGreaterThan(150);
  });

  it('tells who asks late', async () => {
    const child = await launch('leaves.mjs');
    await exitOf(child);
    expect(await exitOf(child)).toMatchObject({ code: 0 });
    const closed = await new Promise((resolve) => child.port.onClose(() => resolve('closed')));
    expect(closed).toBe('closed');
  });

  it('loses no message that was sent just before the end', async () => {
    const child = await launch('leaves.mjs');
    const heard: unknown[] = [];
    child.port.onMessage((message) => heard.push(message));
    await exitOf(child);
    expect(heard).toEqual(['bye']);
  });

  it('closes its channels when it goes', async () => {
    const child = await launch('stays.mjs');
    const control = channels(child.port).channel('control');
    const closed = new Promise<void>((resolve) => control.on('close', () => resolve()));
    child.kill();
    await closed;
  });

  it('that cannot be started is an error that says so', async () => {
    await expect(
      nodeLauncher(join(folder, 'no-node')).launch({
        name: 'engine',
        entry: join(folder, 'stays.mjs'),
        folder,
      }),
    ).rejects.toThrow('no-node');
  });
});

describe('15. what children inherit', () => {
  it('is the environment without what would change or open them', () => {
    const kept = childEnvironment({
      HOME: '/home/person',
      LANG: 'pt_BR.UTF-8',
      PATH: '/bin',
      NODE_OPTIONS: '--inspect',
      NODE_PATH: '/evil',
      NODE_EXTRA_CA_CERTS: '/evil.pem',
      NODE_CHANNEL_FD: '3',
      ELECTRON_RUN_AS_NODE: '1',
      ELECTRON_ENABLE_LOGGING: '1',
      node_options: '--require x',
      UNSET: undefined,
    });
    expect(kept).toEqual({ HOME: '/home/person', LANG: 'pt_BR.UTF-8', PATH: '/bin' });
  });

  it('really, in a running child', async () => {
    process.env.ELECTRON_RUN_AS_NODE = '1';
    process.env.NODE_EXTRA_CA_CERTS = '/nowhere.pem';
    try {
      const child = await launch('stays.mjs');
      const { env } = (await firstWord(child)) as { env: Record<string, string> };
      expect(Object.keys(env).filter((name) => /^(ELECTRON_|NODE_OPTIONS|NODE_EXTRA)/.test(name))).toEqual(
        [],
      );
      child.kill();
      await exitOf(child);
    } finally {
      delete process.env.ELECTRON_RUN_AS_NODE;
      delete process.env.NODE_EXTRA_CA_CERTS;
    }
  });
});
