import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  crashError,
  type EventListener,
  mayLackMemory,
  startTrainer,
  type TrainerCrash,
} from '../../../main/engine/jobs/trainer-session.ts';
import { followTrainer, type Launcher } from '../../../main/lib/launcher.ts';
import type { TrainerEvent } from '../../../shared/contract/trainer.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import { defaultRecipeForTests } from '../../fixtures/trainer/recipe.ts';
import { type Part, scriptedLauncher } from '../../fixtures/trainer/scripted-launcher.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'enxerto-session-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function manifest(): string {
  const path = join(folder, 'manifest.json');
  const image = (id: number) => ({
    id,
    path: `/nowhere/${id}.jpg`,
    sha256: 'a'.repeat(64),
    width: 10,
    height: 10,
    labels: [id % 2],
    fold: id % 2,
    group: `u${id}`,
  });
  writeFileSync(
    path,
    JSON.stringify({
      version: 1,
      job: 'train',
      run: 'r1',
      task: 'singleLabel',
      recipe: defaultRecipeForTests,
      classes: [
        { id: 1, name: 'one' },
        { id: 2, name: 'two' },
      ],
      images: [1, 2, 3, 4, 5, 6].map(image),
      folds: [0, 1],
      finalModel: true,
      files: { folder, cache: folder, backbones: folder },
      runtime: { threads: 1, executor: 'auto' },
      program: '0.0.0',
    }),
  );
  return path;
}

async function play(part: Part, onEvent: EventListener = () => undefined, cancel = 300) {
  const patience = { start: 30_000, cancel, exit: 2_000 };
  return startTrainer(
    scriptedLauncher(() => part),
    'job',
    { manifest: manifest(), resume: false },
    onEvent,
    patience,
  );
}

test('an honest trainer is followed to its last word, every event in order', async () => {
  const events: TrainerEvent[] = [];
  const session = await play('honest', (event) => {
    events.push(event);
    return undefined;
  });
  const outcome = await session.finished;
  expect(outcome).toMatchObject({ kind: 'done', record: { executor: 'scripted' } });
  const models = events.flatMap((event) => (event.type === 'modelDone' ? [event.fold] : []));
  expect(models).toEqual([0, 1, null]);
  expect(events.at(-1)?.type).toBe('done');
});

test('a killed trainer is a crash that names the signal', async () => {
  const outcome = await (await play('crashes')).finished;
  expect(outcome).toEqual({
    kind: 'crashed',
    exit: { code: null, signal: 'SIGKILL' },
    lowMemory: false,
  });
  if (outcome.kind === 'crashed') {
    expect(crashError(outcome)).toMatchObject({
      code: 'TRAINER_CRASHED',
      params: { how: 'signal SIGKILL' },
    });
  }
});

/** A process with so much memory to take, which takes all but a part of it and then ends as a library does that did not look. */
function endingWith(part: number): Launcher {
  const limit = 2 ** 31;
  const program = `
    const { readFileSync } = require('node:fs');
    const held = [];
    const taken = () => 1024 * Number(/VmData:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
    process.on('message', () => {
      while (taken() < ${(1 - part) * limit}) held.push(Buffer.allocUnsafeSlow(2 ** 23));
      setTimeout(() => process.kill(process.pid, 'SIGSEGV'), 700);
    });
    process.send({ type: 'ready' });`;
  return {
    launch: async (id) => {
      const words = ['-c', `ulimit -d ${limit / 1024}; exec "$0" -e "$1"`, process.execPath, program];
      const child = spawn('sh', words, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
      const { handle, heard, ended } = followTrainer({
        id,
        pid: child.pid ?? null,
        send: (command) => void child.send(command),
        kill: () => void child.kill('SIGKILL'),
      });
      child.on('message', heard);
      child.on('close', (code, signal) => ended({ code, signal }));
      return handle;
    },
  };
}

test.runIf(process.platform === 'linux')(
  'a crash is put down to memory where hardly any was left, and nowhere else',
  async () => {
    const start = { manifest: manifest(), resume: false };
    const crashAt = async (part: number) => {
      const session = await startTrainer(endingWith(part), 'job', start, () => undefined);
      const outcome = await session.finished;
      expect(outcome).toMatchObject({ kind: 'crashed', exit: { signal: 'SIGSEGV' } });
      return outcome as TrainerCrash;
    };
    const [low, plenty] = [await crashAt(0.03), await crashAt(0.2)];
    expect([low.lowMemory, plenty.lowMemory]).toEqual([true, false]);
    expect([mayLackMemory(low), mayLackMemory(plenty)]).toEqual([true, false]);
    expect(crashError(low)).toMatchObject({ code: 'TRAINER_CRASHED', params: { memory: 'low' } });
    expect(crashError(low).message).toContain('close other programs');
    expect(crashError(plenty).params).toEqual({ how: 'signal SIGSEGV' });
  },
);

test('a refusal keeps its code and values', async () => {
  const outcome = await (await play('fails')).finished;
  expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'NO_SPACE', params: { free: 1_000_000 } } });
});

test('cancel ends a willing trainer within a second', async () => {
  const session = await play('slow', undefined, 5_000);
  await new Promise((resolve) => setTimeout(resolve, 400));
  const before = performance.now();
  session.cancel();
  expect(await session.finished).toEqual({ kind: 'cancelled' });
  expect(performance.now() - before).toBeLessThan(1_000);
});

test('cancel ends an unwilling trainer by force', async () => {
  const session = await play('deaf');
  session.cancel();
  expect(await session.finished).toMatchObject({ kind: 'crashed', exit: { signal: 'SIGKILL' } });
});

test('an error while storing what was said ends the trainer and becomes the outcome', async () => {
  const session = await play('slow', (event) => {
    if (event.type === 'progress') throw new StudioError('NO_SPACE', 'full', { free: 0 });
    return undefined;
  });
  expect(await session.finished).toEqual({
    kind: 'failed',
    error: { code: 'NO_SPACE', message: 'full', params: { free: 0 } },
  });
});

test('an error that comes later, while the trainer goes on, ends it as well', async () => {
  const session = await play('slow', async (event) => {
    if (event.type !== 'progress') return;
    await new Promise((resolve) => setTimeout(resolve, 50));
    throw new StudioError('NO_SPACE', 'full', { free: 0 });
  });
  expect(await session.finished).toMatchObject({ kind: 'failed', error: { code: 'NO_SPACE' } });
});
