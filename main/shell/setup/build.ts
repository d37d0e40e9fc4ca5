import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { buildFolder, root, runCommand, SetupError } from './paths.ts';

/** One built part: its Vite configuration, and the sources it must be built again for. */
interface Target {
  readonly config: string;
  readonly mode: string;
  readonly sources: readonly string[];
}

const common = ['shared', 'package-lock.json', 'tsconfig.json'];

/** Parts of the program under `.build`, named like their folders. */
export const targets: Readonly<Record<string, Target>> = {
  main: {
    config: 'main/vite.config.ts',
    mode: 'main',
    sources: [...common, 'main/index.ts', 'main/shell', 'main/lib', 'main/vite.config.ts'],
  },
  engine: {
    config: 'main/vite.config.ts',
    mode: 'engine',
    sources: [...common, 'main/engine', 'main/lib', 'main/vite.config.ts'],
  },
  trainer: {
    config: 'main/vite.config.ts',
    mode: 'trainer',
    sources: [...common, 'main/trainer', 'main/lib', 'main/vite.config.ts'],
  },
  preload: { config: 'preload/vite.config.ts', mode: 'production', sources: [...common, 'preload'] },
  renderer: { config: 'renderer/vite.config.ts', mode: 'production', sources: [...common, 'renderer'] },
};

async function files(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => null);
  if (entries === null) return [path];
  const nested = await Promise.all(entries.map((entry) => files(join(path, entry.name))));
  return nested.flat();
}

/** What the sources say, by their bytes: moving a checkout or switching a branch back builds nothing again. */
export async function fingerprint(sources: readonly string[], base: string = root): Promise<string> {
  const hash = createHash('sha256');
  const found = (await Promise.all(sources.map((source) => files(join(base, source))))).flat().sort();
  const contents = await Promise.all(found.map((file) => readFile(file).catch(() => null)));
  for (const [position, file] of found.entries()) {
    const bytes = contents[position];
    if (bytes) hash.update(`${relative(base, file)}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}

const stampOf = (name: string) => join(buildFolder, name, '.stamp');

async function staleTargets(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const stamps = await Promise.all(
    names.map(async (name) => {
      const [now, built] = await Promise.all([
        fingerprint(targets[name]?.sources ?? []),
        readFile(stampOf(name), 'utf8').catch(() => null),
      ]);
      return now === built ? null : ([name, now] as const);
    }),
  );
  return new Map(stamps.filter((stamp) => stamp !== null));
}

async function buildOne(name: string, target: Target, stamp: string): Promise<void> {
  const finished = join(buildFolder, name);
  const work = join(buildFolder, `.${name}-${process.pid}`);
  // Loaded only when something is to be built: a start that finds everything fresh need not wait for it.
  const { build } = await import('vite');
  try {
    await build({
      configFile: join(root, target.config),
      mode: target.mode,
      build: { outDir: work },
    });
    await writeFile(join(work, '.stamp'), stamp);
    await rm(finished, { recursive: true, force: true });
    await rename(work, finished);
  } catch (error) {
    throw new SetupError(`Building ${name} failed: ${error instanceof Error ? error.message : error}`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Builds what its sources have outrun; a target appears whole or stays as it was. */
export async function buildStale(
  say: (text: string) => void,
  names: readonly string[] = Object.keys(targets),
): Promise<readonly string[]> {
  const unknown = names.find((name) => !Object.hasOwn(targets, name));
  if (unknown !== undefined)
    throw new SetupError(`There is no part \`${unknown}\`; name some of ${Object.keys(targets).join(', ')}.`);
  await mkdir(buildFolder, { recursive: true });
  const stale = await staleTargets(names);
  // A test runner's environment would otherwise build the libraries' development halves: a window half as fast.
  const { NODE_ENV } = process.env;
  process.env.NODE_ENV = 'production';
  try {
    for (const [name, stamp] of stale) {
      const target = targets[name];
      if (!target) continue;
      say(`Building ${name}`);
      await buildOne(name, target, stamp);
    }
  } finally {
    if (NODE_ENV === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = NODE_ENV;
  }
  return [...stale.keys()];
}

if (import.meta.main) {
  await runCommand(async () => {
    const names = process.argv.slice(2);
    const say = (text: string) => process.stderr.write(`${text}\n`);
    const built = await buildStale(say, names.length > 0 ? names : undefined);
    say(built.length === 0 ? 'Everything is up to date.' : `Built ${built.join(', ')}.`);
    return 0;
  });
}
