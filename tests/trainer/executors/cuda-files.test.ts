import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { executors } from '../../../main/trainer/executors/catalogue.ts';
import { type CudaFiles, findCuda } from '../../../main/trainer/executors/onnx/cuda-files.ts';
import { onnxRuntime, onnxRuntimeVersion } from '../../../main/trainer/executors/onnx/runtime.ts';

const version = onnxRuntimeVersion();
const capi = 'onnxruntime/capi';
const core = `libonnxruntime.so.${version}`;
const own = [core, 'libonnxruntime_providers_cuda.so', 'libonnxruntime_providers_shared.so'];
const cuda = ['libcublas.so.13', 'libcublasLt.so.13', 'libcudart.so.13', 'libcurand.so.10', 'libnvrtc.so.13'];

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'enxerto-cuda-files-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
});

/** Empty files below the folder of this test. */
async function put(folder: string, names: readonly string[]): Promise<void> {
  await mkdir(join(home, folder), { recursive: true });
  for (const name of names) await writeFile(join(home, folder, name), '');
}

const below = (path: string) => path.slice(home.length + 1);

describe('looking for ONNX Runtime with CUDA', () => {
  const found = async (folders: readonly string[]): Promise<CudaFiles> => {
    const files = await findCuda(folders, version);
    if ('missing' in files) throw new Error(files.missing.why);
    return files;
  };

  it.each(['cuda', '', 'lib/python3.12/site-packages'])(
    'finds it in "%s", NVIDIA’s after what they need',
    async (base) => {
      await put(join(base, capi), own);
      await put(join(base, 'nvidia/cu13/lib'), [...cuda, 'libnvrtc-builtins.so.13.0']);
      await put(join(base, 'nvidia/cudnn/lib'), ['libcudnn.so.9', 'libcudnn_ops.so.9']);
      const files = await found([join(home, 'absent'), home]);
      expect(below(files.core)).toBe(join(base, capi, core));
      expect(files.libraries.map((path) => below(path))).toEqual([
        ...[
          'libcudart.so.13',
          'libcublasLt.so.13',
          'libcublas.so.13',
          'libcurand.so.10',
          'libnvrtc.so.13',
        ].map((name) => join(base, 'nvidia/cu13/lib', name)),
        join(base, 'nvidia/cudnn/lib/libcudnn.so.9'),
      ]);
    },
  );

  it('takes the newest of NVIDIA’s, and leaves to the system what is not there', async () => {
    await put(capi, own);
    await put('nvidia/cuda_runtime/lib', ['libcudart.so.12']);
    await put('nvidia/cu13/lib', ['libcudart.so.13']);
    const { libraries } = await found([home]);
    expect(libraries.map((path) => below(path))).toEqual(['nvidia/cu13/lib/libcudart.so.13']);
  });

  it('passes over another version, and says which where there is no other', async () => {
    const older = ['libonnxruntime.so.1.29.0', ...own.slice(1)];
    await put(join('old', capi), older);
    expect(await findCuda([join(home, 'old')], version)).toMatchObject({
      missing: { why: 'otherVersion', params: { found: '1.29.0', needed: version } },
    });
    await put(join('new/cuda', capi), own);
    expect(below((await found([join(home, 'old'), join(home, 'new')])).folder)).toBe(join('new/cuda', capi));
  });

  it('says where it looked where there is none', async () => {
    await put(capi, own.slice(0, 2));
    const files = await findCuda([home], version);
    expect(files).toMatchObject({ missing: { why: 'librariesMissing', params: { folders: home } } });
  });
});

describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64')('the onnx-cuda executor', () => {
  const description = executors.find(({ id }) => id === 'onnx-cuda')!;
  const conditions = () => ({ libraries: [home], threads: 1 });

  it('asks for setup:cuda where there is nothing, and for no process of its own', async () => {
    expect(await description.isApart?.(conditions())).toBe(false);
    expect(await description.detect(conditions())).toMatchObject({
      available: false,
      code: 'notInstalled',
      remedy: 'setupCuda',
    });
  });

  it('refuses libraries of another version', async () => {
    await put(capi, ['libonnxruntime.so.1.29.0', ...own.slice(1)]);
    expect(await description.isApart?.(conditions())).toBe(false);
    const refused = { available: false, code: 'notLoadable', remedy: 'setupCuda' };
    expect(await description.detect(conditions())).toMatchObject(refused);
    await expect(description.load(conditions())).rejects.toThrow(/are of ONNX Runtime 1\.29\.0/);
  });

  it('asks for a driver before anything else is loaded, and for whole libraries where there is one', async () => {
    await put(join('cuda', capi), own);
    await put('cuda/nvidia/cu13/lib', cuda);
    expect(await description.isApart?.(conditions())).toBe(true);
    const refused = await description.detect(conditions());
    if (refused.available) throw new Error('Empty files were loaded.');
    const { code, remedy, reason } = refused;
    if (code === 'noDevice') {
      expect(reason).toMatchObject({ why: 'noDriver', said: expect.stringMatching(/^libcuda\.so\.1: /) });
      expect(remedy).toBe('graphicsDriver');
    } else {
      expect({ code, remedy }).toEqual({ code: 'notLoadable', remedy: 'setupCuda' });
      expect(reason).toMatchObject({
        why: 'notLoaded',
        params: { folder: dirname(join(home, 'cuda', capi, core)) },
      });
    }
  });

  it('wants another process where this one has ONNX Runtime already', async () => {
    await put(capi, own);
    expect(onnxRuntime().InferenceSession).toBeDefined();
    expect(await description.detect(conditions())).toMatchObject({
      available: false,
      code: 'notLoadable',
      reason: { why: 'otherProcess' },
    });
  });
});
