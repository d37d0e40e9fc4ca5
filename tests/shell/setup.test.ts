import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fingerprint } from '../../main/shell/setup/build.ts';
import { installAdvice, missingLibraries } from '../../main/shell/setup/libraries.ts';
import { cacheFolder } from '../../main/shell/setup/paths.ts';
import { launchEnvironment, launchSwitches } from '../../main/shell/setup/start.ts';

const root = resolve(import.meta.dirname, '../..');

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'enxerto-setup-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe('missing libraries', () => {
  const ldd = `	linux-vdso.so.1 (0x00007ffd)
	libnss3.so => not found
	libgtk-3.so.0 => not found
	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)
	libasound.so.2 => not found
`;
  it('are read from ldd', () => {
    expect(missingLibraries(ldd)).toEqual(['libnss3.so', 'libgtk-3.so.0', 'libasound.so.2']);
    expect(missingLibraries('	statically linked\n')).toEqual([]);
  });
  it.each([
    ['ID=debian\nVERSION_ID="12"\n', 'sudo apt-get install -y libnss3 libgtk-3-0 libasound2'],
    ['ID=debian\nVERSION_ID="13"\n', 'sudo apt-get install -y libnss3 libgtk-3-0t64 libasound2t64'],
    [
      'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="22.04"\n',
      'sudo apt-get install -y libnss3 libgtk-3-0 libasound2',
    ],
    ['ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n', 'libgtk-3-0t64 libasound2t64'],
    ['ID=fedora\nVERSION_ID=42\n', 'package manager'],
    ['', 'package manager'],
  ])('lead to the command of the system: %s', (release, words) => {
    const advice = installAdvice(missingLibraries(ldd), release);
    expect(advice).toContain(words);
    expect(advice).toContain('libgtk-3.so.0');
  });
});

describe('places on each system', () => {
  it('keep what was fetched where the system keeps such things', () => {
    expect(cacheFolder('linux', { XDG_CACHE_HOME: '/cache' })).toBe('/cache/enxerto');
    expect(cacheFolder('linux', {})).toMatch(/\.cache\/enxerto$/);
    expect(cacheFolder('darwin', {})).toMatch(/Library\/Caches\/enxerto$/);
    expect(cacheFolder('win32', { LOCALAPPDATA: 'C:\\Local' })).toContain('C:\\Local');
  });
  it('start Electron without what would make it something else', () => {
    expect(launchEnvironment({ HOME: '/h', NODE_OPTIONS: '-r x', ELECTRON_RUN_AS_NODE: '1' })).toEqual({
      HOME: '/h',
    });
    expect(launchSwitches({ isRoot: false })).toEqual([]);
    expect(launchSwitches({ isRoot: true })).toEqual(['--no-sandbox']);
  });
});

describe('what is stale', () => {
  it('follows the bytes and names of the sources, not their times', async () => {
    const folder = await temporary();
    await mkdir(join(folder, 'a/b'), { recursive: true });
    await writeFile(join(folder, 'a/b/one.ts'), 'one');
    const before = await fingerprint(['a', 'missing'], folder);
    await writeFile(join(folder, 'a/b/one.ts'), 'one');
    expect(await fingerprint(['a', 'missing'], folder)).toBe(before);
    await writeFile(join(folder, 'a/b/one.ts'), 'two');
    const changed = await fingerprint(['a', 'missing'], folder);
    expect(changed).not.toBe(before);
    await writeFile(join(folder, 'a/two.ts'), '');
    expect(await fingerprint(['a', 'missing'], folder)).not.toBe(changed);
  });
});

describe('bootstrap', () => {
  const run = (folder: string, words: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    spawnSync(process.execPath, [join(folder, 'main/bootstrap.mjs'), ...words], {
      encoding: 'utf8',
      cwd: tmpdir(),
      env: { ...process.env, ...env },
    });

  /** A checkout with the bootstrap, a command, a lock file, and an npm that writes down what it was asked. */
  async function checkout(lock: unknown, installed: unknown): Promise<string> {
    const folder = await temporary();
    await mkdir(join(folder, 'main/cli'), { recursive: true });
    await mkdir(join(folder, 'node_modules'));
    await cp(join(root, 'main/bootstrap.mjs'), join(folder, 'main/bootstrap.mjs'));
    await writeFile(
      join(folder, 'main/cli/index.ts'),
      `const words: readonly string[] = process.argv.slice(2);
       console.log(JSON.stringify({ words, cwd: process.cwd() }));
       if (words[0] === 'fail') process.exit(3);
       if (words[0] === 'die') process.kill(process.pid, 'SIGTERM');`,
    );
    await writeFile(join(folder, 'package-lock.json'), JSON.stringify({ packages: lock }));
    if (installed) {
      await writeFile(
        join(folder, 'node_modules/.package-lock.json'),
        JSON.stringify({ packages: installed }),
      );
    }
    await writeFile(
      join(folder, 'npm-cli.cjs'),
      `const { writeFileSync } = require('node:fs');
       writeFileSync('asked.json', JSON.stringify([process.argv.slice(2), process.env.ONNXRUNTIME_NODE_INSTALL]));
       if (process.env.NPM_FAILS) process.exit(1);
       writeFileSync('node_modules/.package-lock.json', require('node:fs').readFileSync('package-lock.json'));`,
    );
    return folder;
  }
  const lock = {
    '': {},
    'node_modules/a': { version: '1.0.0' },
    'node_modules/o': { version: '1.0.0', optional: true },
  };
  const installed = { 'node_modules/a': { version: '1.0.0' } };

  it('runs the command where it was typed and passes words and exit code on', async () => {
    const folder = await checkout(lock, installed);
    const done = run(folder, ['enxerto', 'import', '--json'], { npm_execpath: join(folder, 'npm-cli.cjs') });
    const expected = { words: ['import', '--json'], cwd: process.env.INIT_CWD ?? tmpdir() };
    expect(JSON.parse(done.stdout)).toEqual(expected);
    expect(run(folder, ['enxerto', 'fail']).status).toBe(3);
    expect(run(folder, ['enxerto', 'die']).status).toBe(143);
    expect(run(folder, ['demo']).stdout).toContain('"words":["demo"]');
  });

  it.each([
    ['nothing is installed', null],
    ['another version is installed', { 'node_modules/a': { version: '0.9.0' } }],
    ['a package is missing', {}],
  ])('installs from the lock file when %s', async (_name, record) => {
    const folder = await checkout(lock, record);
    const done = run(folder, ['enxerto'], { npm_execpath: join(folder, 'npm-cli.cjs') });
    expect(done.stderr).toContain('Installing');
    expect(done.stdout).toContain('"words":[]');
    const asked: unknown = JSON.parse(
      spawnSync('cat', [join(folder, 'asked.json')], { encoding: 'utf8' }).stdout,
    );
    expect(asked).toEqual([['ci'], 'skip']);
  });

  it('says what to do next when something is wrong', async () => {
    const folder = await checkout(lock, null);
    const failed = run(folder, ['enxerto'], { npm_execpath: join(folder, 'npm-cli.cjs'), NPM_FAILS: '1' });
    expect([failed.status, failed.stderr]).toEqual([1, expect.stringContaining('run this again')]);
    const unknown = run(folder, ['constructor']);
    expect([unknown.status, unknown.stderr]).toEqual([2, expect.stringContaining('demo, enxerto')]);
    const ready = await checkout(lock, installed);
    expect(run(ready, ['bench']).stderr).toContain('git checkout tests/bench/index.ts');
    await writeFile(join(ready, 'package-lock.json'), '{');
    expect(run(ready, ['enxerto']).stderr).toContain('package-lock.json');
  });
});
