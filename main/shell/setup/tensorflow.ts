import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { runtimesFolder } from './openvino.ts';
import { cacheFolder, root, runCommand, SetupError } from './paths.ts';
import { progress } from './start.ts';
import { cudaWheels, tensorFlowWheel } from './tensorflow-facts.ts';
import { fetchWheel, sha256Of, unpackWheel, type Wheel } from './wheel.ts';

type Say = (text: string) => void;

/** What a person may ask for. */
interface Wishes {
  /** Libraries for NVIDIA cards. */
  readonly cuda: boolean;
  /** A folder with TensorFlow's libraries, a wheel, or a Python that has TensorFlow. */
  readonly from: string | null;
}

const otherwise =
  'name a folder that holds the libraries, the wheel, or a Python that has TensorFlow: `npm run setup:tensorflow -- --from PATH`';
const needed = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2', 'include/tensorflow/c/c_api.h'];
/** Written last, so that a folder without it is known to be incomplete. */
const RECORD = 'enxerto.json';

const isComplete = (folder: string): boolean => needed.every((name) => existsSync(join(folder, name)));

/** Takes TensorFlow's libraries, the headers of its C interface, and its licences. */
function placeOf(entry: string): string | null {
  const wanted =
    /^tensorflow\/(libtensorflow_(cc|framework)\.so\.2|THIRD_PARTY_NOTICES[^/]*)$/.test(entry) ||
    /^tensorflow\/include\/(tensorflow\/(c|core\/platform|tsl)|tsl|xla\/tsl)\/.*\.h$/.test(entry);
  if (wanted) return entry;
  return /\.dist-info\/(LICENSE|licenses\/.*[^/])/.test(entry) ? join('licenses', basename(entry)) : null;
}

/** NVIDIA's wheels hold `nvidia/PART/lib`, where TensorFlow's libraries look for them. */
const placeOfCuda = (entry: string): string | null =>
  /^nvidia\/[^/]+\/(lib|bin|nvvm)\/.*[^/]$/.test(entry) || /licen[cs]e/i.test(basename(entry)) ? entry : null;

/** Puts the libraries of a wheel into the person's cache, where every checkout finds them; returns their folder. */
async function librariesFromWheel({ cuda, from }: Wishes, say: Say): Promise<string> {
  const system = `${process.platform}-${process.arch}`;
  const wheel = tensorFlowWheel(system, cuda);
  if (!wheel)
    throw new SetupError(
      cuda
        ? `TensorFlow uses NVIDIA cards on Linux with an x86-64 processor only, and this is ${system}: leave out --cuda.`
        : `There is no TensorFlow to be set up for ${system}: run \`npm rebuild @tensorflow/tfjs-node --allow-scripts=@tensorflow/tfjs-node\`, which fetches the package's own.`,
    );
  const folder = join(cacheFolder(), 'tensorflow', `${wheel.version}-${cuda ? 'cuda' : 'cpu'}`);
  const record = join(folder, RECORD);
  if (
    (await readFile(record, 'utf8').catch(() => '')) === wheel.sha256 &&
    isComplete(join(folder, 'tensorflow'))
  )
    return join(folder, 'tensorflow');
  const downloads = `${folder}.download`;
  const work = `${folder}.unpacking`;
  await rm(work, { recursive: true, force: true });
  const file = from ?? (await fetchWheel(wheel, join(downloads, wheel.package), say, otherwise));
  if (from !== null && (await sha256Of(from)) !== wheel.sha256)
    throw new SetupError(
      `${from} is not the wheel of TensorFlow ${wheel.version} for this system (${wheel.platform}).`,
    );
  say(`Unpacking TensorFlow ${wheel.version}`);
  await unpackWheel(file, work, placeOf);
  strip(join(work, 'tensorflow'));
  if (cuda) for (const each of cudaWheels) await addCuda(each, downloads, work, say);
  if (!isComplete(join(work, 'tensorflow')))
    throw new SetupError(`${basename(file)} lacks TensorFlow's libraries: ${otherwise}.`);
  await writeFile(join(work, RECORD), wheel.sha256);
  await rm(folder, { recursive: true, force: true });
  await rename(work, folder);
  await rm(downloads, { recursive: true, force: true });
  return join(folder, 'tensorflow');
}

async function addCuda(wheel: Wheel, downloads: string, work: string, say: Say): Promise<void> {
  // Each wheel is kept until all are there: a broken connection costs one of them, not all.
  const file = await fetchWheel(wheel, join(downloads, wheel.package), say, otherwise);
  say(`Unpacking ${wheel.package} ${wheel.version}`);
  await unpackWheel(file, work, placeOfCuda);
}

/** Symbols that only a debugger reads are half of the libraries; without the tool they stay. */
function strip(folder: string): void {
  for (const name of needed.slice(0, 2)) spawnSync('strip', ['--strip-unneeded', join(folder, name)]);
}

/** The folder that a person named, or that the Python they named has. */
async function librariesFrom(path: string): Promise<string> {
  const folder = (await stat(path)).isDirectory() ? path : folderOfPython(path);
  const found = [folder, join(folder, 'tensorflow')].find(isComplete);
  if (found === undefined)
    throw new SetupError(
      `${folder} holds no TensorFlow (${needed.join(', ')}): name another folder with --from, or leave it out.`,
    );
  return found;
}

function folderOfPython(python: string): string {
  const script = 'import importlib.util as u; print(u.find_spec("tensorflow").submodule_search_locations[0])';
  const { status, stdout } = spawnSync(python, ['-c', script], { encoding: 'utf8' });
  if (status !== 0) throw new SetupError(`${python} is no Python that has TensorFlow: ${otherwise}.`);
  return stdout.trim();
}

function compiler(): string {
  const candidates = [process.env.CXX, 'g++', 'clang++', 'c++'].filter(
    (name) => name !== undefined && name !== '',
  );
  const found = candidates.find((name) => spawnSync(name!, ['--version']).status === 0);
  if (found === undefined)
    throw new SetupError(
      'Building the addon takes a C++ compiler, and there is none: install one (on Debian and Ubuntu `sudo apt-get install g++`) and run this again.',
    );
  return found;
}

/** Compiles the two C++ files of TensorFlow.js's package against the libraries. One binary serves every Node and Electron. */
function compileAddon(package_: string, libraries: string, target: string): void {
  const headers = join(
    dirname(createRequire(join(root, 'package.json')).resolve('node-api-headers/package.json')),
    'include',
  );
  // biome-ignore format: pairs of an option and its value
  const words = [
    '-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8', '-static-libstdc++', '-static-libgcc',
    '-Wl,--exclude-libs,ALL', '-s', '-I', headers, '-I', join(libraries, 'include'),
    join(package_, 'binding', 'tfjs_backend.cc'), join(package_, 'binding', 'tfjs_binding.cc'),
    '-L', libraries, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2', '-o', target,
  ];
  const { status, stderr } = spawnSync(compiler(), words, { encoding: 'utf8' });
  if (status === 0) return;
  const reason = /error: .*/.exec(stderr)?.[0] ?? stderr.trim().split('\n').at(-1);
  throw new SetupError(
    `TensorFlow's addon could not be compiled (${reason}): install a current g++ and run this again.`,
  );
}

/** Folder of TensorFlow.js's package, whose sources the addon is made of. */
function packageFolder(): string {
  const found = ['tfjs-node-gpu', 'tfjs-node']
    .map((name) => join(root, 'node_modules', '@tensorflow', name))
    .find((folder) => existsSync(join(folder, 'binding', 'tfjs_backend.cc')));
  if (found === undefined)
    throw new SetupError(
      '@tensorflow/tfjs-node-gpu is not installed: run `npm ci` with optional packages and this again.',
    );
  return found;
}

/**
 * Makes TensorFlow usable for this checkout: libraries in the person's cache (or where they named them), the addon and a
 * link to the libraries in `folder`. Resolves to false where all was there already. @throws SetupError.
 */
export async function setUpTensorFlow(folder: string, wishes: Wishes, say: Say): Promise<boolean> {
  const package_ = packageFolder();
  const fromWheel = wishes.from === null || wishes.from.endsWith('.whl');
  const libraries = fromWheel ? await librariesFromWheel(wishes, say) : await librariesFrom(wishes.from!);
  const source = `${libraries}\n${await sha256Of(join(package_, 'binding', 'tfjs_backend.cc'))}\n`;
  if ((await readFile(join(folder, RECORD), 'utf8').catch(() => '')) === source) return false;
  say('Compiling the addon');
  const work = `${folder}.building`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  compileAddon(package_, libraries, join(work, 'tfjs_binding.node'));
  // A link to the folder above, not to files: CUDA's libraries are found from TensorFlow's by their place.
  await symlink(dirname(libraries), join(work, 'libraries'), 'dir');
  const licences = join(dirname(libraries), 'licenses');
  if (existsSync(licences)) await cp(licences, join(work, 'licenses'), { recursive: true });
  await writeFile(join(work, RECORD), source);
  await rm(folder, { recursive: true, force: true });
  await rename(work, folder);
  return true;
}

function wishesOf(words: readonly string[]): Wishes {
  const rest = [...words];
  let cuda = false;
  let from: string | null = null;
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--cuda') cuda = true;
    else if (word === '--from' && rest.length > 0) from = resolve(process.env.INIT_CWD ?? '.', rest.shift()!);
    else
      throw new SetupError('Usage: npm run setup:tensorflow [-- --cuda] [--from FOLDER_OR_WHEEL_OR_PYTHON]');
  }
  return { cuda, from };
}

async function main(words: readonly string[]): Promise<number> {
  const wishes = wishesOf(words);
  if (process.platform !== 'linux')
    throw new SetupError(
      'Here TensorFlow.js brings its own TensorFlow: run `npm rebuild @tensorflow/tfjs-node --allow-scripts=@tensorflow/tfjs-node`.',
    );
  if (wishes.from !== null && !existsSync(wishes.from))
    throw new SetupError(`${wishes.from} does not exist: ${otherwise}.`);
  const folder = join(runtimesFolder, 'tensorflow');
  const line = progress(process.stderr);
  const isNew = await setUpTensorFlow(folder, wishes, line.say);
  line.clear();
  process.stderr.write(`TensorFlow is ${isNew ? 'set up' : 'already set up'} in ${folder}.\n`);
  return 0;
}

if (import.meta.main) await runCommand(() => main(process.argv.slice(2)));
