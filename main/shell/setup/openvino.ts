import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { isComplete, isPart, openVino, wheelFor, wheelPython } from './openvino-facts.ts';
import { root, runCommand, SetupError } from './paths.ts';
import { progress } from './start.ts';
import { fetchWheel, sha256Of, unpackWheel } from './wheel.ts';

/** Where the libraries of this checkout's executors lie; packaging takes them from here. */
export const runtimesFolder = join(root, '.enxerto', 'runtimes');

const otherwise =
  'name a folder that holds the libraries, or the wheel: `npm run setup:openvino -- --from PATH`';
/** Written last, so that a folder without it is known to be incomplete. */
const RECORD = 'enxerto.json';

/** What is known of libraries that were set up. */
interface SetupRecord {
  /** The wheel's hash, or the folder they were copied from. */
  readonly source: string;
  /** Sizes of the files by name: a file that was cut off or deleted is noticed. */
  readonly files: Readonly<Record<string, number>>;
}

/** Whether what is in the folder came from this source and is all there. */
async function isSetUp(folder: string, source: string): Promise<boolean> {
  try {
    const record = JSON.parse(await readFile(join(folder, RECORD), 'utf8')) as SetupRecord;
    if (record.source !== source || !isComplete(Object.keys(record.files))) return false;
    for (const [name, bytes] of Object.entries(record.files))
      if ((await stat(join(folder, name))).size !== bytes) return false;
    return true;
  } catch {
    return false;
  }
}

/** Writes the record and puts the folder in its place: it is there whole or not at all. */
async function finish(work: string, folder: string, source: string): Promise<void> {
  const names = (await readdir(work)).filter(isPart);
  if (!isComplete(names))
    throw new SetupError(
      `${source} lacks some of OpenVINO's libraries (found: ${names.join(', ') || 'none'}): ${otherwise}.`,
    );
  const sizes = await Promise.all(names.map(async (name) => [name, (await stat(join(work, name))).size]));
  const record: SetupRecord = { source, files: Object.fromEntries(sizes) };
  await writeFile(join(work, RECORD), `${JSON.stringify(record, null, 2)}\n`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, '..'), { recursive: true });
  await rename(work, folder);
}

/** Libraries lie in `openvino/libs` of the wheel, licences and notices beside its description. */
function placeOf(entry: string): string | null {
  const name = basename(entry);
  if (/^openvino\/libs\/[^/]+$/.test(entry) && isPart(name)) return name;
  return /\.dist-info\/licenses\/.*[^/]$/.test(entry) ? join('licenses', name) : null;
}

async function setUpFromWheel(
  folder: string,
  given: string | null,
  say: (text: string) => void,
): Promise<boolean> {
  const facts = wheelFor(`${process.platform}-${process.arch}`);
  if (!facts)
    throw new SetupError(
      `There is no OpenVINO for ${process.platform} on ${process.arch}: training runs on ONNX Runtime there, and nothing else is needed.`,
    );
  if (await isSetUp(folder, facts.sha256)) return false;
  const downloads = `${folder}.download`;
  const wheel = { ...openVino, ...facts, python: wheelPython };
  const file = given ?? (await fetchWheel(wheel, downloads, say, otherwise));
  if (given !== null && (await sha256Of(given)) !== facts.sha256)
    throw new SetupError(
      `${given} is not the wheel of OpenVINO ${openVino.version} for this system (${facts.platform}, Python ${wheelPython}): name that one, or a folder with libraries of your own choice.`,
    );
  say(`Unpacking OpenVINO ${openVino.version}`);
  await staged(folder, facts.sha256, (work) => unpackWheel(file, work, placeOf));
  await rm(downloads, { recursive: true, force: true });
  return true;
}

async function setUpFromFolder(
  folder: string,
  source: string,
  say: (text: string) => void,
): Promise<boolean> {
  if (await isSetUp(folder, source)) return false;
  const names = (await readdir(source)).filter(isPart);
  say(`Copying OpenVINO from ${source}`);
  await staged(folder, source, async (work) => {
    for (const name of names) await copyFile(join(source, name), join(work, name));
  });
  return true;
}

async function staged(folder: string, source: string, fill: (work: string) => Promise<void>): Promise<void> {
  const work = `${folder}.unpacking`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  try {
    await fill(work);
    await finish(work, folder, source);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The folder with libraries inside the npm package `openvino-node`, where a person installed that. */
async function installedPackage(): Promise<string | null> {
  const folder = join(root, 'node_modules', 'openvino-node', 'bin');
  return isComplete(await readdir(folder).catch(() => [])) ? folder : null;
}

/**
 * Puts OpenVINO's libraries into `folder`, from a wheel or folder that is named, else from an installed openvino-node,
 * else from the Python package index. Resolves to false where they were there already. @throws SetupError.
 */
export async function setUpOpenVino(
  folder: string,
  from: string | undefined,
  say: (text: string) => void,
): Promise<boolean> {
  const named = from === undefined ? await installedPackage() : resolve(process.env.INIT_CWD ?? '.', from);
  if (named === null) return setUpFromWheel(folder, null, say);
  const found = await stat(named).catch(() => null);
  if (!found) throw new SetupError(`${named} does not exist: ${otherwise}.`);
  return found.isDirectory() ? setUpFromFolder(folder, named, say) : setUpFromWheel(folder, named, say);
}

async function main(words: readonly string[]): Promise<number> {
  const at = words.indexOf('--from');
  const from = at < 0 ? undefined : words[at + 1];
  if ((at >= 0 && from === undefined) || words.length > (at < 0 ? 0 : 2))
    throw new SetupError('Usage: npm run setup:openvino [-- --from FOLDER_OR_WHEEL]');
  const folder = join(runtimesFolder, 'openvino');
  const line = progress(process.stderr);
  const isNew = await setUpOpenVino(folder, from, line.say);
  line.clear();
  process.stderr.write(`OpenVINO is ${isNew ? 'set up' : 'already set up'} in ${folder}.\n`);
  return 0;
}

if (import.meta.main) await runCommand(() => main(process.argv.slice(2)));
