import { spawn, spawnSync } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** Runs one suite and closes with the literal line `N passed, N failed, N skipped`. */
const root = resolve(import.meta.dirname, '../..');
const results = join(root, '.build/test-results');

/** Settings of each suite. */
const suites = {
  unit: { config: 'tests/config/vitest.config.ts', needsScreen: false },
  e2e: { config: 'tests/config/vitest.e2e.config.ts', needsScreen: true },
} as const;

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

/** A screen of our own where there is none; without the tool for it the tests skip and say so. */
function screenCommand(needsScreen: boolean): readonly string[] {
  if (!needsScreen || process.platform !== 'linux' || process.env.DISPLAY) return [];
  if (spawnSync('which', ['xvfb-run']).status !== 0) return [];
  return ['xvfb-run', '-a', '--server-args=-screen 0 1920x1080x24'];
}

async function runSuite(name: keyof typeof suites, words: readonly string[]): Promise<number> {
  const { config, needsScreen } = suites[name];
  const json = join(results, `${name}.json`);
  await mkdir(results, { recursive: true });
  await rm(json, { force: true });
  const command = [
    ...screenCommand(needsScreen),
    process.execPath,
    join(root, 'node_modules/vitest/vitest.mjs'),
    ...['run', '--config', config, '--reporter=default', '--reporter=json', `--outputFile.json=${json}`],
    ...words,
  ];
  const [program = '', ...parameters] = command;
  const child = spawn(program, parameters, { cwd: root, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  const code = await new Promise<number>((done) => {
    child.on('error', () => done(1));
    child.on('exit', (status) => done(status ?? 1));
  });
  const text = await readFile(json, 'utf8').catch(() => null);
  const report = text === null ? null : (JSON.parse(text) as Report);
  const failed = report?.numFailedTests ?? 0;
  // A file that could not even be loaded has no failed test to count, but it has failed.
  const counted = code !== 0 && failed === 0 ? 1 : failed;
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
  console.log(`${report?.numPassedTests ?? 0} passed, ${counted} failed, ${skipped} skipped`);
  return code;
}

const [name, ...words] = process.argv.slice(2);
if (name !== 'unit' && name !== 'e2e') throw new Error(`Name a suite: ${Object.keys(suites).join(', ')}.`);
process.exitCode = await runSuite(name, words);
