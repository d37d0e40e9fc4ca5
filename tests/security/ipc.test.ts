import { EventEmitter } from 'node:events';
import type { WebContents } from 'electron';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { filesWith, programFolders } from './sources.ts';

const { ipcMain } = await vi.hoisted(async () => {
  const { EventEmitter: Emitter } = await import('node:events');
  return { ipcMain: new Emitter() };
});
vi.mock('electron', () => ({ ipcMain }));
const { givePort, listenToPage } = await import('../../main/shell/ipc.ts');

class Contents extends EventEmitter {
  readonly posted: unknown[] = [];
  isDestroyed(): boolean {
    return false;
  }
  postMessage(...words: unknown[]): void {
    this.posted.push(words);
  }
}

interface FakePort {
  closed: boolean;
  close: () => void;
}
const port = (): FakePort => ({
  closed: false,
  close() {
    this.closed = true;
  },
});

describe('4. only the page of the studio is listened to', () => {
  const page = new Contents();
  const frame = { url: 'app://studio/index.html', parent: null };
  let ready: unknown[] = [];
  let dropped: (readonly string[])[] = [];
  let refusals: string[] = [];

  beforeEach(() => {
    ipcMain.removeAllListeners();
    page.removeAllListeners();
    [ready, dropped, refusals] = [[], [], []];
    listenToPage(
      () => page as unknown as WebContents,
      { onPageReady: (contents) => ready.push(contents), onDropped: (paths) => dropped.push(paths) },
      (what) => refusals.push(what),
    );
  });

  it('is used in one file', () => {
    expect(filesWith(/\bipcMain\b/, ...programFolders)).toEqual(['main/shell/ipc.ts']);
    expect(filesWith(/\bipcRenderer\b/, ...programFolders)).toEqual(['preload/index.ts']);
  });

  it('hears the page once a document, and refuses a second port', () => {
    const event = { sender: page, senderFrame: frame, ports: [] };
    ipcMain.emit('page-ready', event);
    ipcMain.emit('page-ready', event);
    expect(ready).toEqual([page]);
    expect(refusals).toEqual(['second port']);
    page.emit('did-navigate');
    ipcMain.emit('page-ready', event);
    expect(ready).toHaveLength(2);
  });

  it.each([
    ['a gone frame', { sender: page, senderFrame: null }],
    ['a frame within', { sender: page, senderFrame: { ...frame, parent: frame } }],
    ['another window', { sender: new Contents(), senderFrame: frame }],
    ['another document', { sender: page, senderFrame: { ...frame, url: 'https://app/studio' } }],
  ])('refuses %s and closes the ports it sent', (_name, event) => {
    const opened = port();
    for (const channel of ['page-ready', 'dropped'])
      ipcMain.emit(channel, { ...event, ports: [opened] }, ['/x']);
    expect([ready, dropped]).toEqual([[], []]);
    expect(opened.closed).toBe(true);
    expect(refusals).toEqual(['FORBIDDEN_SENDER page-ready', 'FORBIDDEN_SENDER dropped']);
  });

  it('parses what was dropped', () => {
    const event = { sender: page, senderFrame: frame, ports: [] };
    for (const bad of [
      undefined,
      null,
      '/x',
      [],
      [1],
      [''],
      [{}],
      Array(10_001).fill('/x'),
      ['x'.repeat(40_000)],
    ])
      ipcMain.emit('dropped', event, bad);
    expect(dropped).toEqual([]);
    expect(refusals).toEqual(Array(9).fill('BAD_REQUEST dropped'));
    ipcMain.emit('dropped', event, ['/photos']);
    expect(dropped).toEqual([['/photos']]);
  });

  it('gives the port to the page, or closes it when the page has gone', () => {
    const kept = port();
    givePort(page as unknown as WebContents, kept as never);
    expect(page.posted).toEqual([['port', null, [kept]]]);
    const late = port();
    givePort({ isDestroyed: () => true } as unknown as WebContents, late as never);
    expect(late.closed).toBe(true);
  });
});
