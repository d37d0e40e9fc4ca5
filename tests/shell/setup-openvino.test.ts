import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { setUpOpenVino } from '../../main/shell/setup/openvino.ts';
import { isComplete, isPart } from '../../main/shell/setup/openvino-facts.ts';

const needed = [
  'libopenvino.so.2641',
  'libopenvino_c.so.2641',
  'libopenvino_intel_cpu_plugin.so',
  'libopenvino_onnx_frontend.so.2641',
  'libtbb.so.12',
  'libtbbmalloc.so.2',
];
const unneeded = ['libhwloc.so.15', 'libtbbbind_2_5.so.3', 'libtbbmalloc_proxy.so.2', 'cache.json'];

describe('OpenVINO’s libraries', () => {
  it('are told from what is left out, on each system', () => {
    expect(needed.every(isPart)).toBe(true);
    expect(unneeded.some(isPart)).toBe(false);
    expect(isComplete(needed)).toBe(true);
    for (const name of needed) expect(isComplete(needed.filter((other) => other !== name))).toBe(false);
    expect(
      isComplete([
        'openvino.dll',
        'openvino_c.dll',
        'openvino_intel_cpu_plugin.dll',
        'openvino_onnx_frontend.dll',
        'tbb12.dll',
        'tbbmalloc.dll',
      ]),
    ).toBe(true);
    expect(
      isComplete([
        'libopenvino.2641.dylib',
        'libopenvino_c.2641.dylib',
        'libopenvino_arm_cpu_plugin.so',
        'libopenvino_onnx_frontend.2641.dylib',
        'libtbb.12.dylib',
        'libtbbmalloc.2.dylib',
      ]),
    ).toBe(true);
  });
});

describe('setting up from a folder', () => {
  let source = '';
  let target = '';
  const setUp = () => setUpOpenVino(target, source, () => undefined);

  beforeEach(async () => {
    const home = await mkdtemp(join(tmpdir(), 'enxerto-openvino-'));
    onTestFinished(() => rm(home, { recursive: true, force: true }));
    source = join(home, 'source');
    target = join(home, 'runtimes', 'openvino');
    await mkdir(source);
    for (const name of [...needed, ...unneeded]) await writeFile(join(source, name), name);
  });

  it('copies what is needed, once', async () => {
    expect(await setUp()).toBe(true);
    expect((await readdir(target)).sort()).toEqual(['enxerto.json', ...needed].sort());
    expect(await setUp()).toBe(false);
  });

  it('mends what was cut off or deleted', async () => {
    await setUp();
    await writeFile(join(target, needed[0]!), 'cut');
    expect(await setUp()).toBe(true);
    expect(await readFile(join(target, needed[0]!), 'utf8')).toBe(needed[0]);
    await rm(join(target, needed[1]!));
    expect(await setUp()).toBe(true);
    expect(await readdir(target)).toContain(needed[1]);
  });

  it('leaves what is there alone where the source is not whole, and says what to do', async () => {
    await setUp();
    await rm(join(target, needed[2]!));
    await rm(join(source, needed[0]!));
    await expect(setUp()).rejects.toThrow(/lacks some of OpenVINO's libraries .*--from PATH/);
    expect(await readdir(target)).toContain(needed[0]);
    expect(await readdir(join(target, '..'))).toEqual(['openvino']);
  });

  it('refuses a wheel that is not the tested one, and a path that leads nowhere', async () => {
    source = join(source, 'openvino-1.whl');
    await expect(setUp()).rejects.toThrow(/does not exist/);
    await writeFile(source, 'PK');
    await expect(setUp()).rejects.toThrow(/is not the wheel of OpenVINO 2026/);
    expect(await readdir(join(target, '..')).catch(() => [])).toEqual([]);
  });
});
