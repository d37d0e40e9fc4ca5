import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { acquireLock, heartbeat } from '../../../main/engine/project/lock.ts';
import { failureOf, startEngine, startProject, temporaryFolder } from '../support.ts';

const nobody = () => {};

test('a second opener is told who has the project', async () => {
  const { project } = await startProject();
  const other = await startEngine();
  const failure = await failureOf(other.context.projects.open(project.folder));
  expect(failure).toMatchObject({
    code: 'PROJECT_BUSY',
    data: { file: 'Leaves.enxerto', who: `${userInfo().username} (${hostname()})` },
  });
  expect(other.context.current()).toBeNull();
});

test('the lock of a process that is gone is taken over; one that lives elsewhere and speaks is not', async () => {
  const lock = join(await temporaryFolder(), 'project.lock');
  const child = fork(join(import.meta.dirname, '../../fixtures/engine/exit.mjs'));
  await once(child, 'exit');
  const holder = { token: 't', pid: child.pid, host: hostname(), user: 'ana', startedAt: 1 };
  await writeFile(lock, JSON.stringify(holder));
  await (await acquireLock(lock, 2, nobody)).release();

  await writeFile(lock, JSON.stringify({ ...holder, host: 'another-computer' }));
  const failure = await failureOf(acquireLock(lock, 3, nobody));
  expect(failure).toMatchObject({ code: 'PROJECT_BUSY', data: { who: 'ana (another-computer)', since: 1 } });
  const longAgo = new Date(Date.now() - 10 * 60_000);
  await utimes(lock, longAgo, longAgo);
  await (await acquireLock(lock, 4, nobody)).release();
});

test.skipIf(process.platform !== 'linux')(
  'the lock of a process that has ended unnoticed is taken over',
  async () => {
    const lock = join(await temporaryFolder(), 'project.lock');
    // A shell that becomes a program which never asks what came of the shell's child.
    const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60']);
    onTestFinished(() => void parent.kill('SIGKILL'));
    const [said] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(said.toString());
    await expect.poll(() => readFile(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) Z /);
    await writeFile(lock, JSON.stringify({ token: 't', pid, host: hostname(), user: 'ana', startedAt: 1 }));
    await (await acquireLock(lock, 2, nobody)).release();
  },
);

test('a half-written lock counts until it is old', async () => {
  const lock = join(await temporaryFolder(), 'project.lock');
  await writeFile(lock, '{"tok');
  expect((await failureOf(acquireLock(lock, 1, nobody))).code).toBe('PROJECT_BUSY');
  const longAgo = new Date(Date.now() - 10 * 60_000);
  await utimes(lock, longAgo, longAgo);
  const own = await acquireLock(lock, 2, nobody);
  expect(JSON.parse(await readFile(lock, 'utf8'))).toMatchObject({ pid: process.pid, startedAt: 2 });
  await own.release();
});

test('of many who find a stale lock one gets it', async () => {
  const lock = join(await temporaryFolder(), 'project.lock');
  const longAgo = new Date(Date.now() - 10 * 60_000);
  // Often enough for every order in which they may come.
  for (let round = 0; round < 100; round++) {
    await writeFile(lock, '{"tok');
    await utimes(lock, longAgo, longAgo);
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => acquireLock(lock, 1, nobody)));
    const got = tries.filter((result) => result.status === 'fulfilled');
    expect(got, `round ${round}`).toHaveLength(1);
    await got[0]!.value.release();
  }
  expect(await readdir(dirname(lock))).toEqual([]);
});

test('giving back does not delete the lock of who took it over', async () => {
  const lock = join(await temporaryFolder(), 'project.lock');
  const own = await acquireLock(lock, 1, nobody);
  await writeFile(lock, JSON.stringify({ token: 'other', pid: 1, host: 'x', user: 'y', startedAt: 2 }));
  await own.release();
  expect(JSON.parse(await readFile(lock, 'utf8'))).toMatchObject({ token: 'other' });
});

test('who gives a lock back does not lose it afterwards', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const lock = join(await temporaryFolder(), 'project.lock');
  const lost = vi.fn();
  const own = await acquireLock(lock, 1, lost);
  const other = JSON.stringify({ token: 'other', pid: 1, host: 'x', user: 'y', startedAt: 2 });
  await writeFile(lock, other);
  vi.advanceTimersByTime(heartbeat);
  await own.release();
  expect(await readFile(lock, 'utf8')).toBe(other);
  expect(lost).not.toHaveBeenCalled();
});

test('whose project was taken over stops writing to it, and says so', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const { engine, project } = await startProject();
  const abort = new AbortController();
  onTestFinished(() => abort.abort());
  const events = engine.context.events(abort.signal);
  expect((await events.next()).value).toMatchObject({ type: 'opened' });
  const lock = join(project.folder, 'project.lock');
  vi.advanceTimersByTime(heartbeat);
  const other = JSON.stringify({ token: 'other', pid: process.pid, host: 'x', user: 'y', startedAt: 2 });
  await writeFile(lock, other);
  vi.advanceTimersByTime(heartbeat);
  await expect.poll(() => engine.context.current()).toBeNull();
  const seen: unknown[] = [];
  for (let count = 0; count < 3; count++) seen.push((await events.next()).value);
  expect(seen).toContainEqual({ type: 'closed' });
  expect(seen).toContainEqual({ type: 'notice', code: 'PROJECT_BUSY', params: {} });
  expect(await readFile(lock, 'utf8')).toBe(other);
});
