import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { BrowserWindow } from 'electron';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostServices } from '../../main/shell/dialogs.ts';
import { menuTemplate } from '../../main/shell/menu.ts';
import { type Layout, placesOf, projectOf } from '../../main/shell/places.ts';
import { readBounds, visibleBounds, writeBounds } from '../../main/shell/settings.ts';
import { wordsFor } from '../../main/shell/words.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enxerto-shell-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the place of the window', () => {
  it('is kept for the next start', () => {
    const userData = join(folder, 'new/user');
    expect(readBounds(userData)).toEqual({ width: 1280, height: 800 });
    writeBounds(userData, { x: 5, y: 6, width: 1500, height: 900 });
    expect(readBounds(userData)).toEqual({ x: 5, y: 6, width: 1500, height: 900 });
  });
  it('is the standard one when the file is damaged or absurd', async () => {
    for (const text of ['{', '[]', '{"width":1,"height":1}', '{"width":"1280","height":800}']) {
      await writeFile(join(folder, 'window.json'), text);
      expect(readBounds(folder)).toEqual({ width: 1280, height: 800 });
    }
    await rm(join(folder, 'window.json'));
    writeBounds(folder, { width: 1280, height: 800 });
    expect(await readFile(join(folder, 'window.json'), 'utf8')).toBe('{"width":1280,"height":800}\n');
  });
  it('is forgotten when its screen is gone', () => {
    const screens = [{ x: 0, y: 0, width: 1920, height: 1080 }];
    const place = { x: 100, y: 50, width: 1280, height: 800 };
    expect(visibleBounds(place, screens)).toEqual(place);
    for (const lost of [
      { ...place, x: 2500 },
      { ...place, y: -500 },
      { ...place, x: -1250 },
      { ...place, y: 1079 },
    ])
      expect(visibleBounds(lost, screens)).toEqual({ width: 1280, height: 800 });
    expect(visibleBounds(place, [])).toEqual({ width: 1280, height: 800 });
  });
});

describe('where everything lies', () => {
  const checkout: Layout = {
    isPackaged: false,
    appPath: resolve('/home/ana/enxerto'),
    resourcesPath: resolve('/electron/resources'),
    platform: 'darwin',
    napi: 10,
  };
  it('in a checkout', () => {
    expect(placesOf(checkout)).toEqual({
      page: resolve('/home/ana/enxerto/.build/renderer'),
      preload: resolve('/home/ana/enxerto/.build/preload/index.cjs'),
      engine: resolve('/home/ana/enxerto/.build/engine/index.js'),
      trainer: resolve('/home/ana/enxerto/.build/trainer/index.js'),
      resources: resolve('/home/ana/enxerto/resources'),
      icon: resolve('/home/ana/enxerto/resources/icons/icon.png'),
      node: { engine: null, trainer: null },
    });
    const node = resolve('/home/ana/enxerto/node_modules/node/bin/node');
    expect(placesOf({ ...checkout, napi: 9 }).node).toEqual({ engine: node, trainer: null });
  });
  it('on Linux, where the image library and Electron must not share a process', () => {
    const node = resolve('/home/ana/enxerto/node_modules/node/bin/node');
    const linux: Layout = { ...checkout, platform: 'linux' };
    expect(placesOf(linux).node).toEqual({ engine: node, trainer: node });
    expect(placesOf({ ...linux, trainerInElectron: true }).node).toEqual({ engine: node, trainer: null });
    const archive = resolve('/opt/enxerto/resources/app.asar');
    const packaged = placesOf({ ...linux, isPackaged: true, appPath: archive });
    expect(packaged.trainer).toBe(
      resolve('/opt/enxerto/resources/app.asar.unpacked/.build/trainer/index.js'),
    );
  });
  it('in a package', () => {
    const packaged: Layout = {
      ...checkout,
      isPackaged: true,
      appPath: resolve('/opt/enxerto/resources/app.asar'),
      resourcesPath: resolve('/opt/enxerto/resources'),
    };
    expect(placesOf(packaged)).toMatchObject({
      engine: resolve('/opt/enxerto/resources/app.asar/.build/engine/index.js'),
      resources: resolve('/opt/enxerto/resources/resources'),
      node: { engine: null, trainer: null },
    });
    expect(placesOf({ ...packaged, napi: 9, platform: 'win32' })).toMatchObject({
      engine: resolve('/opt/enxerto/resources/app.asar.unpacked/.build/engine/index.js'),
      trainer: resolve('/opt/enxerto/resources/app.asar/.build/trainer/index.js'),
      node: { engine: resolve('/opt/enxerto/resources/node/node.exe'), trainer: null },
    });
  });
  it.each([
    [['--lang=pt', '/a/Leaves.enxerto'], '/a/Leaves.enxerto'],
    [['Leaves.enxerto/'], '/here/Leaves.enxerto'],
    [['/a/Leaves.enxerto/project.db'], '/a/Leaves.enxerto/project.db'],
    [['/a/photo.jpg', '--x=/a.enxerto'], null],
    [[], null],
  ])('finds the project in %j', (words, expected) => {
    expect(projectOf(words, '/here')).toBe(expected === null ? null : resolve(expected));
  });
});

describe('12. what the engine may ask of the system', () => {
  const opened: string[] = [];
  const suggested: string[] = [];
  const nativeTheme: { themeSource: 'system' | 'light' | 'dark' } = { themeSource: 'system' };
  const host = (window: object | null) =>
    hostServices({
      dialog: {
        showOpenDialog: async (_window: unknown, options?: { properties?: string[] }) => ({
          canceled: false,
          filePaths: options?.properties ?? [],
        }),
        showSaveDialog: async (_window: unknown, options?: { defaultPath?: string }) => {
          suggested.push(options?.defaultPath ?? '');
          return { canceled: true, filePath: '' };
        },
      },
      shell: {
        openPath: async (path) => {
          opened.push(path);
          return '';
        },
        showItemInFolder: (path) => void opened.push(path),
      },
      nativeTheme,
      window: () => window as BrowserWindow | null,
      onSettings: () => {},
    });

  it('opens reports and tables that are there, and nothing a system would run', async () => {
    const report = join(folder, 'report.html');
    await writeFile(report, '');
    await host({}).open({ path: report });
    expect(opened).toEqual([report]);
    const bad = [
      '/bin/sh',
      join(folder, 'run.exe'),
      join(folder, 'report.html.desktop'),
      join(folder, 'missing.html'),
      'report.html',
      'https://example.org/x.html',
      folder,
    ];
    for (const path of bad) await expect(host({}).open({ path }), path).rejects.toThrow();
    await expect(host({}).reveal({ path: 'relative' })).rejects.toThrow();
    expect(opened).toEqual([report]);
  });

  it('asks the person, and nobody while there is no window', async () => {
    const title = 'Choose';
    expect(await host({}).pickFolder({ title, createButton: true })).toBe('openDirectory');
    expect(await host({}).pickFiles({ title, filters: [], multiple: true })).toEqual([
      'openFile',
      'multiSelections',
    ]);
    expect(await host({}).pickFiles({ title, filters: [], multiple: false })).toEqual(['openFile']);
    expect(await host({}).pickSave({ title, suggestedName: 'a', filters: [] })).toBeNull();
    for (const suggestedName of ['../../.bashrc', 'C:\\Windows\\a.onnx', '/etc/a.csv'])
      await host({}).pickSave({ title, suggestedName, filters: [] });
    expect(suggested, 'a name is suggested, never a place').toEqual(['a', '.bashrc', 'a.onnx', 'a.csv']);
    expect(await host(null).pickFolder({ title, createButton: true })).toBeNull();
    expect(await host(null).pickFiles({ title, filters: [], multiple: true })).toEqual([]);
  });

  it('sets the look', async () => {
    await host(null).applySettings({
      language: 'en',
      theme: 'dark',
      author: '',
      surround: 128,
      executor: 'auto',
      threads: null,
      cacheShare: 0.5,
    });
    expect(nativeTheme.themeSource).toBe('dark');
  });
});

describe('menu and words', () => {
  it('are in the person’s language', () => {
    expect(wordsFor('pt-BR').quit).toBe('Sair');
    expect(wordsFor('pt').quit).toBe('Sair');
    expect(wordsFor('en-GB').quit).toBe('Quit');
    expect(wordsFor('ptx').quit).toBe('Quit');
  });
  it('hold the tools of developers only where they are allowed', () => {
    const words = wordsFor('en');
    expect(menuTemplate(words, { platform: 'linux', devtools: false })).toEqual([]);
    expect(JSON.stringify(menuTemplate(words, { platform: 'linux', devtools: true }))).toContain(
      'toggleDevTools',
    );
    const mac = menuTemplate(words, { platform: 'darwin', devtools: false });
    expect(mac.map(({ role }) => role)).toEqual(['appMenu', 'editMenu', 'windowMenu']);
    expect(JSON.stringify(mac)).not.toContain('toggleDevTools');
  });
});
