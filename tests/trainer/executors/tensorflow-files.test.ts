import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { wantsOwnProcess } from '../../../main/trainer/executors/tfjs/index.ts';
import { findTensorFlow, libraryNames } from '../../../main/trainer/executors/tfjs/tensorflow-files.ts';

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'enxerto-tensorflow-files-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
});

/** Empty files below the folder of this test. */
async function put(folder: string, names: readonly string[]): Promise<string> {
  await mkdir(join(home, folder), { recursive: true });
  for (const name of names) await writeFile(join(home, folder, name), '');
  return join(home, folder);
}

/** A Python on the PATH, the only program there, that says where its TensorFlow lies: nowhere, where it has none. */
async function putPython(tensorFlow: string): Promise<void> {
  const program = join(await put('bin', []), 'python3');
  await writeFile(program, `#!/bin/sh\necho '${tensorFlow}'\n`);
  await chmod(program, 0o755);
  const { PATH } = process.env;
  process.env.PATH = join(home, 'bin');
  onTestFinished(() => {
    process.env.PATH = PATH;
  });
}

const here = await findTensorFlow([]);
/** Without the optional package nothing is looked for; one whose own download was possible has all it needs. */
const isLookedFor =
  process.platform === 'linux' && 'missing' in here && here.missing.why === 'librariesMissing';

describe.runIf(isLookedFor)('the libraries of TensorFlow', () => {
  const addon = ['tfjs_binding.node'];

  it.each([
    ['the folder itself', ''],
    ['where the setup command puts them', 'tensorflow/libraries/tensorflow'],
    ['a virtual environment', 'lib/python3.12/site-packages/tensorflow'],
    ['a folder of packages', 'site-packages/tensorflow'],
  ])('are found in a folder that was chosen: %s', async (_, inside) => {
    const program = await put('program', addon);
    const libraries = await put(join('chosen', inside), libraryNames);
    expect(await findTensorFlow([join(home, 'chosen'), program])).toMatchObject({
      addon: join(program, 'tfjs_binding.node'),
      libraries,
    });
  });

  it('want a process of their own for a card, where its driver is there or cannot be told', async () => {
    await putPython('');
    const program = await put('program', addon);
    expect(await wantsOwnProcess([program], true)).toBe(false);
    const chosen = await put('chosen', libraryNames);
    const asked = [true, null, false].map((driver) => wantsOwnProcess([program, chosen], driver));
    expect(await Promise.all(asked)).toEqual([true, true, false]);
  });

  it('are found in the person’s own Python, after the folders', async () => {
    const program = await put('program', addon);
    const ofPython = await put('python/tensorflow', libraryNames);
    await putPython(ofPython);
    expect(await findTensorFlow([program])).toMatchObject({ libraries: ofPython });
    const chosen = await put('chosen', libraryNames);
    expect(await findTensorFlow([program, chosen])).toMatchObject({ libraries: chosen });
  });

  it('are said to be missing where no folder and no Python has them', async () => {
    const program = await put('program', addon);
    await putPython('');
    expect(await findTensorFlow([program])).toEqual({
      missing: { why: 'tensorflowMissing', params: { folders: program }, said: null },
    });
  });
});
