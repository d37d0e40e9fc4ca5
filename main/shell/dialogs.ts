import { stat } from 'node:fs/promises';
import { extname, isAbsolute } from 'node:path';
import type { BrowserWindow, Dialog, FileFilter, NativeTheme, Shell } from 'electron';
import type { Settings } from '../../shared/contract/project.ts';
import type { HostServices } from './engine-link.ts';

/** Electron's parts that the engine may use through the shell. */
export interface HostParts {
  readonly dialog: Pick<Dialog, 'showOpenDialog' | 'showSaveDialog'>;
  readonly shell: Pick<Shell, 'openPath' | 'showItemInFolder'>;
  readonly nativeTheme: Pick<NativeTheme, 'themeSource'>;
  /** The dialogs belong to it; while there is none nobody can answer. */
  readonly window: () => BrowserWindow | null;
  readonly onSettings: (settings: Settings) => void;
}

/** Documents that the engine writes for people to read; nothing that a system would run. */
const openable: ReadonlySet<string> = new Set(['.html', '.csv']);

async function existingFile(path: string): Promise<string> {
  if (!isAbsolute(path)) throw new Error(`Not an absolute path: ${path}`);
  await stat(path);
  return path;
}

/** The last part of what may look like a path on any system. */
const fileNameOf = (name: string): string => name.split(/[\\/]/).at(-1) ?? '';

const mutable = (filters: readonly { name: string; extensions: readonly string[] }[]): FileFilter[] =>
  filters.map(({ name, extensions }) => ({ name, extensions: [...extensions] }));

/** What the engine may ask of the system: native dialogs, showing its own files, the look of the window. */
export function hostServices(parts: HostParts): HostServices {
  const { dialog, shell } = parts;
  return {
    pickFolder: async ({ title, createButton }) => {
      const window = parts.window();
      if (!window) return null;
      const chosen = await dialog.showOpenDialog(window, {
        title,
        properties: ['openDirectory', ...(createButton ? ['createDirectory' as const] : [])],
      });
      return chosen.filePaths[0] ?? null;
    },
    pickFiles: async ({ title, filters, multiple }) => {
      const window = parts.window();
      if (!window) return [];
      const chosen = await dialog.showOpenDialog(window, {
        title,
        filters: mutable(filters),
        properties: ['openFile', ...(multiple ? ['multiSelections' as const] : [])],
      });
      return chosen.filePaths;
    },
    pickSave: async ({ title, suggestedName, filters }) => {
      const window = parts.window();
      if (!window) return null;
      const chosen = await dialog.showSaveDialog(window, {
        title,
        // A name, never a place: where it goes is the person's to say.
        defaultPath: fileNameOf(suggestedName),
        filters: mutable(filters),
      });
      return chosen.canceled || chosen.filePath === '' ? null : chosen.filePath;
    },
    reveal: async ({ path }) => shell.showItemInFolder(await existingFile(path)),
    open: async ({ path }) => {
      if (!openable.has(extname(path).toLowerCase()))
        throw new Error(`Only ${[...openable].join(' and ')} files are opened: ${path}`);
      const problem = await shell.openPath(await existingFile(path));
      if (problem !== '') throw new Error(problem);
    },
    applySettings: async (settings) => {
      parts.nativeTheme.themeSource = settings.theme;
      parts.onSettings(settings);
    },
  };
}
