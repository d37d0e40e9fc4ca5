import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';

/**
 * npm leaves packages for other systems out of the lock file when it could not fetch their description, and
 * then refuses `npm ci` everywhere. This adds them: by name, version and the system that the name tells.
 */
const entry = z.looseObject({
  version: z.string().optional(),
  dev: z.boolean().optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
});
const lockFile = z.looseObject({ packages: z.record(z.string(), entry) });
/** A parsed `package-lock.json`. */
export type LockFile = z.infer<typeof lockFile>;

const systems = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const processors = [
  'arm',
  'arm64',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'universal',
  'wasm32',
  'x64',
];

/** A package that the lock file should hold, and what is known of it. */
interface Addition {
  readonly path: string;
  readonly version: string;
  readonly optional: true;
  readonly dev?: true;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
}

/** Optional packages that some package of the lock file names and the lock file does not hold. */
export function missingPackages(lock: LockFile): readonly Addition[] {
  const found = new Map<string, Addition>();
  for (const [path, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const isHeld = [`${path}/node_modules/${name}`, `node_modules/${name}`].some(
        (place) => lock.packages[place],
      );
      if (isHeld || !/^\d/.test(version)) continue;
      const words = name.split('/').at(-1)?.split(/[-.]/) ?? [];
      const os = systems.filter((system) => words.includes(system));
      const cpu = processors.filter((processor) => words.includes(processor));
      found.set(`node_modules/${name}`, {
        path: `node_modules/${name}`,
        version,
        optional: true,
        ...(dev ? { dev: true as const } : {}),
        ...(os.length > 0 ? { os } : {}),
        ...(cpu.length > 0 ? { cpu } : {}),
      });
    }
  }
  return [...found.values()];
}

/** Reads the lock file of the checkout. */
export async function readLockFile(path: string): Promise<LockFile> {
  return lockFile.parse(JSON.parse(await readFile(path, 'utf8')));
}

if (import.meta.main) {
  const path = resolve(import.meta.dirname, '../../package-lock.json');
  const added = missingPackages(await readLockFile(path));
  // The text as npm wrote it, so that only the additions change.
  const raw = JSON.parse(await readFile(path, 'utf8')) as { packages: Record<string, unknown> };
  for (const { path: place, ...description } of added) raw.packages[place] = description;
  const sorted = Object.entries(raw.packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  await writeFile(path, `${JSON.stringify({ ...raw, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
  console.log(`Added ${added.length} packages for other systems.`);
}
