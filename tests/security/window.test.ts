import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { wantsSandbox } from '../../main/shell/security.ts';
import { windowOptions } from '../../main/shell/window-options.ts';
import { filesWith, programFolders } from './sources.ts';

describe('1. window options', () => {
  it('are these and no others', () => {
    const options = windowOptions({
      bounds: { x: 10, y: 20, width: 1280, height: 800 },
      preload: '/app/preload.cjs',
      icon: null,
      devtools: false,
    });
    expect(options).toEqual({
      x: 10,
      y: 20,
      width: 1280,
      height: 800,
      minWidth: 1024,
      minHeight: 640,
      show: false,
      title: 'Enxerto',
      autoHideMenuBar: true,
      webPreferences: {
        preload: '/app/preload.cjs',
        contextIsolation: true,
        sandbox: true,
        webSecurity: true,
        nodeIntegration: false,
        nodeIntegrationInWorker: false,
        nodeIntegrationInSubFrames: false,
        webviewTag: false,
        experimentalFeatures: false,
        allowRunningInsecureContent: false,
        navigateOnDragDrop: false,
        spellcheck: false,
        devTools: false,
      },
    });
  });

  it('make every window: one file makes windows', () => {
    expect(
      filesWith(/new (BrowserWindow|BaseWindow|WebContentsView|BrowserView)\b/, ...programFolders),
    ).toEqual(['main/shell/app-window.ts']);
  });

  it('leave the sandbox on for everyone but root in a checkout', () => {
    expect(wantsSandbox({ isRoot: false, isPackaged: false })).toBe(true);
    expect(wantsSandbox({ isRoot: false, isPackaged: true })).toBe(true);
    expect(wantsSandbox({ isRoot: true, isPackaged: true })).toBe(true);
    expect(wantsSandbox({ isRoot: true, isPackaged: false })).toBe(false);
  });

  it('come after the sandbox was switched on, which must happen before the app is ready', () => {
    const entry = readFileSync(resolve(import.meta.dirname, '../../main/index.ts'), 'utf8');
    expect(entry.indexOf('protect(studio)')).toBeGreaterThan(0);
    expect(entry.indexOf('protect(studio)')).toBeLessThan(entry.indexOf('whenReady'));
    expect(filesWith(/enableSandbox\(\)/, 'main')).toEqual(['main/shell/studio.ts']);
  });
});
