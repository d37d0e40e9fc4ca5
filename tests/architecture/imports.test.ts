import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);
const folders: string[] = [];
afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

/** Lays out a tiny tree with the given files and runs the project's own import rules over it. */
async function cruise(files: Readonly<Record<string, string>>): Promise<{ code: number; output: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'enxerto-imports-'));
  folders.push(folder);
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const bin = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const config = join(root, 'tests/config/dependency-cruiser.cjs');
  const tops = [...new Set(Object.keys(files).map((path) => path.split('/')[0] ?? path))];
  try {
    const { stdout } = await run(process.execPath, [bin, '--config', config, ...tops], { cwd: folder });
    return { code: 0, output: stdout };
  } catch (error) {
    const failure = error as { code: number; stdout: string };
    return { code: failure.code, output: failure.stdout };
  }
}

const allowed = {
  'shared/domain/ids.ts': 'export type A = 1;\n',
  'main/lib/log.ts': "import type { A } from '../../shared/domain/ids.ts';\nexport const a: A = 1;\n",
  'main/engine/a.ts': "import { a } from '../lib/log.ts';\nexport const b = a;\n",
  'main/trainer/t.ts': 'export type T = 2;\nexport const t = 2;\n',
};

describe('import rules', () => {
  it('accept a tree that keeps them, and really read its modules', async () => {
    const { code, output } = await cruise(allowed);
    expect(code).toBe(0);
    expect(output).toMatch(/4 modules, 2 dependencies/);
  });

  const violations: readonly [name: string, file: string, text: string][] = [
    [
      'engine-meets-others-only-through-the-contract',
      'main/engine/x.ts',
      "import { t } from '../trainer/t.ts';\nexport const x = t;\n",
    ],
    [
      'engine-meets-others-only-through-the-contract',
      'main/engine/x.ts',
      "import type { T } from '../trainer/t.ts';\nexport type X = T;\n",
    ],
    ['domain-imports-nothing', 'shared/domain/x.ts', "import { z } from 'zod';\nexport const x = z;\n"],
    ['sharp-only-in-pixels', 'main/engine/x.ts', "import sharp from 'sharp';\nexport const x = sharp;\n"],
    [
      'electron-only-in-shell-and-preload',
      'main/engine/x.ts',
      "import { app } from 'electron';\nexport const x = app;\n",
    ],
    [
      'renderer-imports-shared-only',
      'renderer/x.ts',
      "import { a } from '../main/lib/log.ts';\nexport const x = a;\n",
    ],
  ];
  it.each(violations)('%s: %s is refused', async (name, file, text) => {
    const { code, output } = await cruise({ ...allowed, [file]: text });
    expect(output).toContain(name);
    expect(code).not.toBe(0);
  });
});
