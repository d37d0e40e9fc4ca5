import type { BrowserWindowConstructorOptions } from 'electron';
import type { Bounds } from './settings.ts';

/** What the window's look depends on. */
export interface WindowChoices {
  readonly bounds: Bounds;
  readonly preload: string;
  readonly icon: string | null;
  readonly devtools: boolean;
}

/** Options of the studio's one window; every safeguard is written out, also those that are the default today. */
export function windowOptions(choices: WindowChoices): BrowserWindowConstructorOptions {
  return {
    ...choices.bounds,
    minWidth: 1024,
    minHeight: 640,
    show: false,
    title: 'Enxerto',
    autoHideMenuBar: true,
    ...(choices.icon === null ? {} : { icon: choices.icon }),
    webPreferences: {
      preload: choices.preload,
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
      devTools: choices.devtools,
    },
  };
}
