import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** Every static check in one place: style, types, import rules, dead code, notices, size of files. */
const root = resolve(import.meta.dirname, '../..');
const longestFile = 400;

function node(name: string, script: string, ...options: readonly string[]): boolean {
  const result = spawnSync(process.execPath, [resolve(root, script), ...options], {
    cwd: root,
    encoding: 'utf8',
  });
  const passed = result.status === 0;
  if (!passed) process.stdout.write(`${result.stdout}${result.stderr}`);
  console.log(`${passed ? 'ok  ' : 'FAIL'} ${name}`);
  return passed;
}

/** Files over the limit are where nobody finds anything any more; tables of words and data are exempt. */
function sizes(): boolean {
  const listed = spawnSync('git', ['ls-files', '*.ts', '*.tsx', '*.mjs', '*.cjs'], {
    cwd: root,
    encoding: 'utf8',
  });
  const long = listed.stdout
    .split('\n')
    .filter((path) => path && !path.includes('/language/'))
    .map((path) => ({ path, lines: readFileSync(resolve(root, path), 'utf8').split('\n').length - 1 }))
    .filter(({ lines }) => lines > longestFile);
  for (const { path, lines } of long)
    console.log(`${path} has ${lines} lines; split it (limit ${longestFile}).`);
  console.log(`${long.length === 0 ? 'ok  ' : 'FAIL'} size of files`);
  return long.length === 0;
}

const results = [
  node(
    'style and lint',
    'node_modules/@biomejs/biome/bin/biome',
    'ci',
    '--colors=off',
    '--error-on-warnings',
    '.',
  ),
  node('types', 'node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json'),
  node(
    'import rules',
    'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
    ...['--config', 'tests/config/dependency-cruiser.cjs', 'main', 'shared', 'preload', 'renderer', 'tests'],
  ),
  node(
    'dead code',
    'node_modules/knip/bin/knip.js',
    '--config',
    'tests/config/knip.json',
    '--no-config-hints',
  ),
  node('third-party notices', 'tests/config/notices.ts', '--check'),
  sizes(),
];
process.exitCode = results.every(Boolean) ? 0 : 1;
