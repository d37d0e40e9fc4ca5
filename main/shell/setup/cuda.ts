import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, statfs, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import {
  CUDA_VERSION,
  cudaWheelsFor,
  isCompleteCuda,
  OLDEST_DRIVER,
  placeOfCuda,
  UNPACKED_BYTES,
} from './cuda-facts.ts';
import { runtimesFolder } from './openvino.ts';
import { cacheFolder, root, runCommand, SetupError } from './paths.ts';
import { progress } from './start.ts';
import { fetchWheel, unpackWheel, type Wheel, wheelAtHand } from './wheel.ts';

/** How the command speaks: `say` of what it is at, over and over; `tell` once, to stay. */
export interface Voice {
  readonly say: (text: string) => void;
  readonly tell: (text: string) => void;
}

const otherwise =
  'name a folder in which the wheels lie, fetched elsewhere: `npm run setup:cuda -- --from FOLDER`';
/** Written last, so that a folder without it is known to be incomplete. */
const RECORD = 'enxerto.json';

/** What is known of libraries that were set up. */
interface SetupRecord {
  /** Hashes of the wheels that they came from. */
  readonly source: readonly string[];
  /** Sizes of the files by their paths: a file that was cut off or deleted is noticed. */
  readonly files: Readonly<Record<string, number>>;
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
const sourceOf = (wheels: readonly Wheel[]) => wheels.map((wheel) => wheel.sha256);

/** Version of the npm package whose binding is to use the libraries. */
function installedVersion(): string {
  const manifest = createRequire(join(root, 'package.json'))('onnxruntime-node/package.json') as {
    version: string;
  };
  return manifest.version;
}

/** Refuses libraries of another ONNX Runtime than the installed one, which could not load them. */
export function checkVersion(installed: string): void {
  if (installed === CUDA_VERSION) return;
  throw new SetupError(
    `The libraries for CUDA that are known here belong to ONNX Runtime ${CUDA_VERSION}, and ${installed} is installed: run \`npm ci\`, which installs the version that belongs to this checkout, and this again.`,
  );
}

async function isSetUp(folder: string, wheels: readonly Wheel[]): Promise<boolean> {
  try {
    const record = JSON.parse(await readFile(join(folder, RECORD), 'utf8')) as SetupRecord;
    if (record.source.join() !== sourceOf(wheels).join()) return false;
    if (!isCompleteCuda(Object.keys(record.files))) return false;
    for (const [path, bytes] of Object.entries(record.files))
      if ((await stat(join(folder, path))).size !== bytes) return false;
    return true;
  } catch {
    return false;
  }
}

/** Where the wheels are, or will be: in a folder that was named, or one for each below `downloads`. */
async function wheelsAt(
  wheels: readonly Wheel[],
  downloads: string,
  from: string | null,
): Promise<ReadonlyMap<Wheel, string | undefined>> {
  const found = new Map<Wheel, string | undefined>();
  for (const wheel of wheels)
    found.set(wheel, await wheelAtHand(from ?? join(downloads, wheel.package), wheel));
  return found;
}

/** Says what is to be fetched and how much room it takes, and refuses to begin without that room. */
export function checkRoom(
  fetching: readonly Wheel[],
  { folder, free }: { readonly folder: string; readonly free: number },
  tell: Voice['tell'],
): void {
  const download = fetching.reduce((sum, wheel) => sum + wheel.bytes, 0);
  const needed = download + UNPACKED_BYTES;
  const names = fetching.map((wheel) => `${wheel.package} ${wheel.version}`).join(', ');
  if (fetching.length > 0)
    tell(`To be downloaded from the Python package index: ${gigabytes(download)} (${names}).`);
  tell(
    `On the disk, in ${folder}: ${gigabytes(UNPACKED_BYTES)}, and while this works ${gigabytes(needed)}, of ${gigabytes(free)} that are free. NVIDIA's libraries are under NVIDIA's licence, which is placed beside them.`,
  );
  if (free < needed)
    throw new SetupError(
      `That takes ${gigabytes(needed)} and ${gigabytes(free)} are free: make room on that disk, or name another with the variable XDG_CACHE_HOME, and run this again.`,
    );
}

/** What to do about the driver, from what the kernel says of it (null: it has none); null where it is new enough. */
export function driverAdvice(kernel: string | null): string | null {
  const version = /Kernel Module\s.*?(\d+)\.\d+/.exec(kernel ?? '')?.[1];
  if (version !== undefined && Number(version) >= Number(OLDEST_DRIVER)) return null;
  return version === undefined
    ? `No NVIDIA driver is running on this system: CUDA is used once version ${OLDEST_DRIVER} or newer is installed.`
    : `The NVIDIA driver of this system is version ${version}, and CUDA needs ${OLDEST_DRIVER} or newer: install a newer one.`;
}

async function unpackAll(
  files: ReadonlyMap<Wheel, string>,
  folder: string,
  say: Voice['say'],
): Promise<void> {
  const work = `${folder}.unpacking`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  try {
    for (const [wheel, file] of files) {
      say(`Unpacking ${wheel.package} ${wheel.version}`);
      await unpackWheel(file, work, placeOfCuda);
    }
    const record = await recordOf(work, [...files.keys()]);
    if (!isCompleteCuda(Object.keys(record.files)))
      throw new SetupError(`The wheels lack some of the libraries for CUDA: ${otherwise}.`);
    await writeFile(join(work, RECORD), `${JSON.stringify(record, null, 2)}\n`);
    await rm(folder, { recursive: true, force: true });
    await rename(work, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function recordOf(folder: string, wheels: readonly Wheel[]): Promise<SetupRecord> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sizes = await Promise.all(
    paths.map(async (path) => [relative(folder, path), (await stat(path)).size] as const),
  );
  return { source: sourceOf(wheels), files: Object.fromEntries(sizes) };
}

/**
 * Puts the libraries of the wheels into `folder`: from the folder `from`, or fetched. Resolves to false where they were
 * there already. A fetch that was cut off goes on with the first wheel that is not whole. @throws SetupError.
 */
export async function placeCuda(
  folder: string,
  wheels: readonly Wheel[],
  from: string | null,
  { say, tell }: Voice,
): Promise<boolean> {
  if (await isSetUp(folder, wheels)) return false;
  const downloads = `${folder}.download`;
  await mkdir(dirname(folder), { recursive: true });
  say('Looking what is there already');
  const found = await wheelsAt(wheels, downloads, from);
  const lacking = wheels.filter((wheel) => found.get(wheel) === undefined);
  if (from !== null && lacking.length > 0) {
    const names = lacking.map((wheel) => `${wheel.package} ${wheel.version} (${wheel.platform})`);
    throw new SetupError(`${from} lacks these wheels, or has others of these names: ${names.join(', ')}.`);
  }
  const { bavail, bsize } = await statfs(dirname(folder));
  checkRoom(lacking, { folder, free: bavail * bsize }, tell);
  const files = new Map<Wheel, string>();
  for (const wheel of wheels)
    files.set(
      wheel,
      found.get(wheel) ?? (await fetchWheel(wheel, join(downloads, wheel.package), say, otherwise)),
    );
  await unpackAll(files, folder, say);
  await rm(downloads, { recursive: true, force: true });
  return true;
}

/** Links the libraries to where this checkout looks for them; NVIDIA's are found by their place beside the others. */
async function link(libraries: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await rm(target, { recursive: true, force: true });
  await symlink(libraries, target, 'dir');
}

async function main(words: readonly string[]): Promise<number> {
  const at = words.indexOf('--from');
  const named = at < 0 ? undefined : words[at + 1];
  if ((at >= 0 && named === undefined) || words.length > (at < 0 ? 0 : 2))
    throw new SetupError('Usage: npm run setup:cuda [-- --from FOLDER_WITH_WHEELS]');
  const system = `${process.platform}-${process.arch}`;
  const wheels = cudaWheelsFor(system);
  if (!wheels)
    throw new SetupError(
      `ONNX Runtime for Node uses CUDA on Linux with an x86-64 processor only, and this is ${system}: elsewhere DirectML, CoreML or WebGPU use the graphics card, and nothing is to be set up.`,
    );
  checkVersion(installedVersion());
  const from = named === undefined ? null : resolve(process.env.INIT_CWD ?? '.', named);
  if (from !== null && !existsSync(from)) throw new SetupError(`${from} does not exist: ${otherwise}.`);
  const line = progress(process.stderr);
  const tell = (text: string) => {
    line.clear();
    process.stderr.write(`${text}\n`);
  };
  const advice = driverAdvice(await readFile('/proc/driver/nvidia/version', 'utf8').catch(() => null));
  if (advice !== null) tell(advice);
  const libraries = join(cacheFolder(), 'cuda', CUDA_VERSION);
  const isNew = await placeCuda(libraries, wheels, from, { say: line.say, tell });
  await link(libraries, join(runtimesFolder, 'cuda'));
  tell(
    `CUDA is ${isNew ? 'set up' : 'already set up'}. The installed program uses it too, once this folder is chosen in Settings, Computing: ${libraries}`,
  );
  return 0;
}

if (import.meta.main) await runCommand(() => main(process.argv.slice(2)));
