import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** One source file of the program. */
export interface Source {
  readonly path: string;
  readonly text: string;
  /** The text without comments. */
  readonly code: string;
}

/** Every source below these folders (or this file), for tests that read what the program says. */
export function sourcesOf(...folders: readonly string[]): readonly Source[] {
  return folders.flatMap((folder) => {
    const entries = /\.\w+$/.test(folder)
      ? [folder]
      : readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(
          (name) => `${folder}/${name.replaceAll('\\', '/')}`,
        );
    return entries
      .filter((path) => /\.(ts|tsx|mjs|cjs|js|html|css)$/.test(path))
      .map((path) => {
        const text = readFileSync(join(root, path), 'utf8');
        return { path, text, code: text.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '$1') };
      });
  });
}

/** Paths of the sources that contain the pattern. */
export function filesWith(pattern: RegExp, ...folders: readonly string[]): readonly string[] {
  return sourcesOf(...folders)
    .filter(({ code }) => pattern.test(code))
    .map(({ path }) => path);
}

/** Folders of everything that runs in the studio. */
export const programFolders = ['main', 'preload', 'renderer', 'shared'] as const;
