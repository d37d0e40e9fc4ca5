import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { electronAtHand } from '../../main/shell/setup/electron.ts';
import { makeFixtureApp } from '../fixtures/shell/app.ts';
import { launchStudio, needWindow, type Studio } from './launch.ts';

/** The real shell and preload around a page and an engine of a few lines. */
describe('the shell in its window', () => {
  let folder = '';
  let studio!: Studio;
  const ask = <T>(what: string, value = ''): Promise<T> =>
    studio.page.evaluate(
      async ([question, text]) => (await (window as unknown as Asking).ask(question, text)).answer,
      [what, value] as const,
    ) as Promise<T>;
  interface Asking {
    readonly ask: (what: string, value: string) => Promise<{ answer: unknown }>;
    readonly ports: readonly MessagePort[];
  }
  const connected = () => studio.page.waitForFunction(() => (window as unknown as Asking).ports.length === 1);

  beforeAll(async () => {
    if (electronAtHand() === null || !process.env.DISPLAY) return;
    folder = await makeFixtureApp();
    studio = await launchStudio({
      app: folder,
      locale: 'pt-BR',
      args: ['--trainer-in-electron', '/some/where/Leaves.enxerto'],
    });
    await connected();
  });
  beforeEach(needWindow);
  afterAll(async () => {
    if (!folder) return;
    await studio?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('hands the page exactly one port, through which the engine answers', async () => {
    const about = await ask<{ start: Record<string, string>; pid: number; env: Record<string, string> }>(
      'about',
    );
    expect(about.start).toMatchObject({
      version: '9.9.9',
      userData: studio.userData,
      documents: studio.documents,
      systemLanguage: 'pt-BR',
    });
    expect(about.pid).not.toBe(studio.app.process().pid);
    expect(Object.keys(about.env).filter((name) => /^(NODE_OPTIONS|ELECTRON_)/.test(name))).toEqual([]);
  });

  it('answers a picture by its id', async () => {
    const size = await studio.page.evaluate(async () => {
      const image = new Image();
      image.src = 'media://thumb/1?v=1';
      await image.decode();
      return [image.naturalWidth, image.naturalHeight];
    });
    expect(size).toEqual([1024, 1024]);
    const failed = await studio.page.evaluate(async () => {
      const image = new Image();
      image.src = 'media://thumb/2?v=1';
      return image.decode().then(
        () => 'shown',
        () => 'refused',
      );
    });
    expect(failed).toBe('refused');
  });

  it('passes on the project named at the start', async () => {
    await expect
      .poll(async () => (await ask<{ opened: string[] }>('seen')).opened)
      .toEqual(['/some/where/Leaves.enxerto']);
  });

  it('answers the engine with what the person picks', async () => {
    await studio.answerDialog('open', ['/photos']);
    expect(await ask('pick', 'Choose')).toBe('/photos');
    await studio.answerDialog('open', []);
    expect(await ask('pick', 'Choose')).toBeNull();
    expect(await ask('open', '/bin/sh')).toContain('Error');
  });

  it('tells the engine what was dropped on the window, and the page nothing of its path', async () => {
    const session = await studio.page.context().newCDPSession(studio.page);
    const heard = studio.page.evaluate(
      () =>
        new Promise((resolve) => window.addEventListener('drop', (event) => resolve(event.defaultPrevented))),
    );
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
      await session.send('Input.dispatchDragEvent', {
        type,
        x: 100,
        y: 100,
        data: { items: [], files: [folder], dragOperationsMask: 1 },
      });
    expect(await heard).toBe(true);
    await expect.poll(async () => (await ask<{ dropped: string[][] }>('seen')).dropped).toEqual([[folder]]);
    expect(studio.page.url()).toBe('app://studio/index.html');
  });

  it('starts a trainer as a utility process of low priority and tells of its end', async () => {
    const { answer, pid } = await ask<{ pid: number; answer: Record<string, unknown> }>('train', 'job-1');
    expect(pid).toBeGreaterThan(0);
    expect(answer).toMatchObject({ heard: { say: 'job-1' }, utility: true, argv: [] });
    expect(answer.priority).toBeGreaterThan(0);
    expect(answer.env).toEqual([]);
    await expect
      .poll(async () => (await ask<{ trainers: unknown[] }>('seen')).trainers)
      .toEqual([{ id: 'job-1', code: 0, signal: null }]);
  });

  it('gives a reloaded page a new port and closes the old one', async () => {
    await studio.page.reload();
    await connected();
    expect((await ask<{ pid: number }>('about')).pid).toBeGreaterThan(0);
  });

  it('replaces an engine that crashed and connects the page to the new one', async () => {
    const before = (await ask<{ pid: number }>('about')).pid;
    void ask('crash').catch(() => {});
    // The old port may be gone and the new one there between two looks: only the engine's answer tells.
    const pidNow = () =>
      Promise.race([
        ask<{ pid: number }>('about').then(({ pid }) => pid),
        new Promise((resolve) => setTimeout(resolve, 500)),
      ]).catch(() => null);
    await expect
      .poll(pidNow, { timeout: 30_000 })
      .toSatisfy((pid: unknown) => typeof pid === 'number' && pid !== before);
  });
});
