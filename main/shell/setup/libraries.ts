import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Debian packages of the libraries that Electron's binary is linked to. */
const packages: readonly (readonly [library: RegExp, debian: string])[] = [
  [/^libgtk-3|^libgdk-3/, 'libgtk-3-0'],
  [/^libnss3|^libnssutil3|^libsmime3/, 'libnss3'],
  [/^libnspr4/, 'libnspr4'],
  [/^libasound/, 'libasound2'],
  [/^libgbm/, 'libgbm1'],
  [/^libXss/, 'libxss1'],
  [/^libatk-bridge/, 'libatk-bridge2.0-0'],
  [/^libatspi/, 'libatspi2.0-0'],
  [/^libatk-1/, 'libatk1.0-0'],
  [/^libdrm/, 'libdrm2'],
  [/^libxshmfence/, 'libxshmfence1'],
  [/^libcups/, 'libcups2'],
  [/^libdbus/, 'dbus'],
  [/^libpango|^libcairo/, 'libpango-1.0-0 libcairo2'],
  [/^libX11|^libxcb/, 'libx11-6 libxcb1'],
  [/^libXcomposite/, 'libxcomposite1'],
  [/^libXdamage/, 'libxdamage1'],
  [/^libXext/, 'libxext6'],
  [/^libXfixes/, 'libxfixes3'],
  [/^libXrandr/, 'libxrandr2'],
  [/^libxkbcommon/, 'libxkbcommon0'],
  [/^libexpat/, 'libexpat1'],
  [/^libudev/, 'libudev1'],
  [/^libglib|^libgobject|^libgio/, 'libglib2.0-0'],
];

/** Libraries that `ldd`'s words name as not found. */
export function missingLibraries(ldd: string): readonly string[] {
  return [...ldd.matchAll(/^\s*(\S+) => not found/gm)].map((match) => match[1] ?? '');
}

/** Newer Debian and Ubuntu renamed some packages when time became 64 bits wide. */
const renamed: ReadonlySet<string> = new Set([
  'libgtk-3-0',
  'libasound2',
  'libatk-bridge2.0-0',
  'libatspi2.0-0',
  'libatk1.0-0',
  'libcups2',
  'libglib2.0-0',
]);

/** One sentence with the command that installs the missing libraries. */
export function installAdvice(missing: readonly string[], osRelease: string): string {
  const list = missing.join(', ');
  const debian = /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(osRelease);
  if (!debian)
    return `This system lacks libraries that a window needs (${list}): install the packages that hold them with your package manager.`;
  const version = Number(/^VERSION_ID="?(\d+)/m.exec(osRelease)?.[1] ?? 0);
  const wide = /^ID=ubuntu/m.test(osRelease) ? version >= 24 : version >= 13;
  const needed = missing.flatMap((library) => {
    const found = packages.find(([pattern]) => pattern.test(library));
    return found ? found[1].split(' ') : [];
  });
  const names = [...new Set(needed)].map((name) => (wide && renamed.has(name) ? `${name}t64` : name));
  return `This system lacks libraries that a window needs (${list}): run \`sudo apt-get install -y ${names.join(' ')}\`.`;
}

/** What to do before this binary can run here; `null` when nothing is missing (or not on Linux). */
export function libraryAdvice(binary: string): string | null {
  if (process.platform !== 'linux') return null;
  const ldd = spawnSync('ldd', [binary], { encoding: 'utf8' });
  // Without ldd nothing can be told in advance; the start itself will speak.
  const missing = ldd.status === 0 ? missingLibraries(ldd.stdout) : [];
  if (missing.length === 0) return null;
  let release = '';
  try {
    release = readFileSync('/etc/os-release', 'utf8');
  } catch {
    // A system without this file gets the general sentence.
  }
  return installAdvice(missing, release);
}
