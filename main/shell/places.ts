import { join, resolve, sep } from 'node:path';

/** What the program's layout depends on. */
export interface Layout {
  readonly isPackaged: boolean;
  /** Folder (or archive) with `package.json` and `.build`. */
  readonly appPath: string;
  readonly resourcesPath: string;
  readonly platform: NodeJS.Platform;
  /** Node-API version of this Electron; the database addon needs 10. */
  readonly napi: number;
  /** Runs the trainer as a utility process wherever it is: how that launcher is tested on every system. */
  readonly trainerInElectron?: boolean;
}

/** Where everything lies, in a checkout and in a package. */
export interface Places {
  readonly page: string;
  readonly preload: string;
  readonly engine: string;
  readonly trainer: string;
  readonly resources: string;
  readonly icon: string;
  /** The Node binary that runs each child; `null`: it runs as a utility process of this Electron. */
  readonly node: { readonly engine: string | null; readonly trainer: string | null };
}

const oldestNapi = 10;

/**
 * Finds the parts of the program, and decides how its children can run. On Linux they are plain Node: Electron
 * brings the system's glib into its processes, and the image library its own, which ends in a crash when both
 * meet. Elsewhere they are utility processes, if this Electron can load the database addon.
 */
export function placesOf(layout: Layout): Places {
  const build = join(layout.appPath, '.build');
  const isLinux = layout.platform === 'linux';
  const engineInNode = isLinux || layout.napi < oldestNapi;
  const trainerInNode = isLinux && layout.trainerInElectron !== true;
  const binary = layout.platform === 'win32' ? 'node.exe' : 'node';
  // A plain Node cannot look into the archive; the package keeps its program beside it then.
  const unpacked = build.replace(`app.asar${sep}`, `app.asar.unpacked${sep}`);
  const resources = layout.isPackaged
    ? join(layout.resourcesPath, 'resources')
    : join(layout.appPath, 'resources');
  const node = layout.isPackaged
    ? join(layout.resourcesPath, 'node', binary)
    : join(layout.appPath, 'node_modules', 'node', 'bin', binary);
  return {
    page: join(build, 'renderer'),
    preload: join(build, 'preload', 'index.cjs'),
    engine: join(engineInNode ? unpacked : build, 'engine', 'index.js'),
    trainer: join(trainerInNode ? unpacked : build, 'trainer', 'index.js'),
    resources,
    icon: join(resources, 'icons', 'icon.png'),
    node: { engine: engineInNode ? node : null, trainer: trainerInNode ? node : null },
  };
}

/** The project that a command line names: the folder `NAME.enxerto` or the `project.db` inside one. */
export function projectOf(words: readonly string[], workingDirectory: string): string | null {
  const named = words.find(
    (word) => !word.startsWith('-') && /(\.enxerto|[\\/]project\.db)[\\/]?$/i.test(word),
  );
  return named === undefined ? null : resolve(workingDirectory, named);
}
