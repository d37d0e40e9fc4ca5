import { execFile } from 'node:child_process';
import { access, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type ExecutorReason, executorReason } from '../../../../shared/domain/executor-reasons.ts';
import { listed } from '../description.ts';

/** Where the parts of a TensorFlow are that a process can load. */
export interface TensorFlowFiles {
  /** The native addon, which TensorFlow.js's package drives. */
  readonly addon: string;
  /** Folder of the libraries that the addon needs; null where it finds them by itself. */
  readonly libraries: string | null;
  /** The npm package whose JavaScript belongs to the addon. */
  readonly package: string;
}

/** What is missing for a TensorFlow. */
export interface MissingTensorFlow {
  readonly missing: ExecutorReason;
}

/** The two libraries, in the order in which they are loaded: the second needs the first. */
export const libraryNames = ['libtensorflow_framework.so.2', 'libtensorflow_cc.so.2'] as const;

/** Name of the addon, as the package's own build calls it. */
const ADDON = 'tfjs_binding.node';
/** The addon's interface; every Node and Electron that this program runs on has it. */
const ADDON_FOLDER = 'lib/napi-v8';

const packages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

/**
 * Looks for TensorFlow. An addon of the package's own (Windows, macOS, or where its download was possible) comes with its
 * libraries. Otherwise the addon lies in one of the folders (the packaged program has it, `setup:tensorflow` builds it)
 * and the libraries lie in one of them too, or in the person's own Python.
 */
export async function findTensorFlow(
  folders: readonly string[],
): Promise<TensorFlowFiles | MissingTensorFlow> {
  const installed = await installedPackages();
  const [first] = installed;
  if (first === undefined)
    return { missing: executorReason('packagesMissing', { packages: packages.join(', ') }) };
  for (const found of installed) {
    const own = join(found.folder, ADDON_FOLDER, ADDON);
    if (await exists(own)) return { addon: own, libraries: null, package: found.name };
  }
  const addon = await firstThat(
    folders.flatMap((folder) => [join(folder, ADDON), join(folder, 'tensorflow', ADDON)]),
    exists,
  );
  if (addon === undefined)
    return {
      missing: executorReason('librariesMissing', {
        library: `TensorFlow (${ADDON})`,
        folders: listed(folders),
      }),
    };
  const libraries = (await librariesIn(folders)) ?? (await librariesOfPython());
  if (libraries === undefined)
    return { missing: executorReason('tensorflowMissing', { folders: listed(folders) }) };
  return { addon, libraries, package: first.name };
}

async function installedPackages(): Promise<readonly { readonly name: string; readonly folder: string }[]> {
  const { resolve } = createRequire(import.meta.url);
  return packages.flatMap((name) => {
    try {
      return [{ name, folder: dirname(resolve(`${name}/package.json`)) }];
    } catch {
      return [];
    }
  });
}

/** A folder may hold the libraries, a wheel's `tensorflow`, or be a Python environment. */
async function librariesIn(folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const inside = ['', 'tensorflow', 'tensorflow/libraries/tensorflow', 'site-packages/tensorflow'].map(
      (each) => join(folder, each),
    );
    const found = await firstThat([...inside, ...(await environments(folder))], holdsLibraries);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function environments(folder: string): Promise<readonly string[]> {
  const versions = await readdir(join(folder, 'lib')).catch(() => []);
  return versions
    .filter((name) => name.startsWith('python3'))
    .map((name) => join(folder, 'lib', name, 'site-packages', 'tensorflow'));
}

async function librariesOfPython(): Promise<string | undefined> {
  const script =
    'import importlib.util as u; s = u.find_spec("tensorflow"); print(s.submodule_search_locations[0] if s else "")';
  for (const python of ['python3', 'python']) {
    try {
      const { stdout } = await promisify(execFile)(python, ['-c', script], { timeout: 10_000 });
      const folder = stdout.trim();
      if (folder !== '' && (await holdsLibraries(folder))) return folder;
    } catch {
      // No such Python, or one that is broken: the next.
    }
  }
  return undefined;
}

async function holdsLibraries(folder: string): Promise<boolean> {
  const found = await Promise.all(libraryNames.map((name) => exists(join(folder, name))));
  return found.every(Boolean);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function firstThat(
  paths: readonly string[],
  fits: (path: string) => Promise<boolean>,
): Promise<string | undefined> {
  for (const path of paths) if (await fits(path)) return path;
  return undefined;
}
