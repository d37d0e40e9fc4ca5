import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setUpTensorFlow } from '../../main/shell/setup/tensorflow.ts';
import { cudaWheels, tensorFlowWheel } from '../../main/shell/setup/tensorflow-facts.ts';

describe('setting up TensorFlow', () => {
  let folder = '';
  const silent = () => undefined;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'enxerto-tensorflow-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('knows a wheel for every Linux, and CUDA for x86-64 alone', () => {
    expect(tensorFlowWheel('linux-x64', false)?.package).toBe('tensorflow_cpu');
    expect(tensorFlowWheel('linux-arm64', false)?.platform).toMatch(/aarch64$/);
    expect(tensorFlowWheel('linux-x64', true)?.bytes).toBeGreaterThan(500e6);
    expect(tensorFlowWheel('linux-arm64', true)).toBeUndefined();
    expect(tensorFlowWheel('win32-x64', false)).toBeUndefined();
    for (const wheel of cudaWheels) expect(wheel.sha256, wheel.package).toMatch(/^[0-9a-f]{64}$/);
  });

  it('says what a folder lacks', async () => {
    const from = join(folder, 'empty');
    await mkdir(from);
    const trying = setUpTensorFlow(join(folder, 'runtime'), { cuda: false, from }, silent);
    await expect(trying).rejects.toThrow(/holds no TensorFlow \(libtensorflow_cc\.so\.2/);
  });

  it('says that a file is no Python with TensorFlow', async () => {
    const from = join(folder, 'python');
    await writeFile(from, '');
    const trying = setUpTensorFlow(join(folder, 'runtime'), { cuda: false, from }, silent);
    await expect(trying).rejects.toThrow(/is no Python that has TensorFlow/);
  });

  it.skipIf(process.platform !== 'linux')('refuses a wheel that is not the pinned one', async () => {
    const from = join(folder, 'other.whl');
    await writeFile(from, 'something else');
    const before = process.env.XDG_CACHE_HOME;
    process.env.XDG_CACHE_HOME = join(folder, 'cache');
    try {
      const trying = setUpTensorFlow(join(folder, 'runtime'), { cuda: false, from }, silent);
      await expect(trying).rejects.toThrow(/is not the wheel of TensorFlow/);
    } finally {
      if (before === undefined) delete process.env.XDG_CACHE_HOME;
      else process.env.XDG_CACHE_HOME = before;
    }
  });
});
