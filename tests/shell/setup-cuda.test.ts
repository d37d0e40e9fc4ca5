import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { checkRoom, checkVersion, driverAdvice, placeCuda } from '../../main/shell/setup/cuda.ts';
import {
  CUDA_VERSION,
  cudaWheelsFor,
  isCompleteCuda,
  placeOfCuda,
  UNPACKED_BYTES,
} from '../../main/shell/setup/cuda-facts.ts';
import type { Wheel } from '../../main/shell/setup/wheel.ts';
import { zipOf } from '../fixtures/zip.ts';

const libraries = [
  `onnxruntime/capi/libonnxruntime.so.${CUDA_VERSION}`,
  'onnxruntime/capi/libonnxruntime_providers_cuda.so',
  'onnxruntime/capi/libonnxruntime_providers_shared.so',
  'nvidia/cu13/lib/libcudart.so.13',
  'nvidia/cu13/lib/libcublas.so.13',
  'nvidia/cu13/lib/libcublasLt.so.13',
  'nvidia/cu13/lib/libcurand.so.10',
  'nvidia/cu13/lib/libnvrtc.so.13',
  'nvidia/cu13/lib/libnvrtc-builtins.so.13.0',
  'nvidia/cudnn/lib/libcudnn.so.9',
];
const parts = ['nvidia/cudnn/lib/libcudnn_ops.so.9', 'nvidia/cudnn/lib/libcudnn_engines_tensor_ir.so.9'];
const unneeded = [
  'onnxruntime/capi/libonnxruntime_providers_tensorrt.so',
  'onnxruntime/capi/onnxruntime_pybind11_state.cpython-312-x86_64-linux-gnu.so',
  'onnxruntime/__init__.py',
  'nvidia/cu13/include/cublas.h',
  'nvidia/cu13/lib/libnvblas.so.13',
  'nvidia/cu13/lib/libnvrtc.alt.so.13',
  'onnxruntime_gpu-1.30.0.dist-info/METADATA',
];

describe('what is known of CUDA for ONNX Runtime', () => {
  it('belongs to the version that is installed and that the README names', async () => {
    const manifest = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };
    expect(CUDA_VERSION).toBe(manifest.version);
    expect(() => checkVersion(manifest.version)).not.toThrow();
    expect(() => checkVersion('1.31.1')).toThrow(/belong to ONNX Runtime .* and 1\.31\.1 is installed/);
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    expect(readme).toContain(`'onnxruntime-gpu[cuda,cudnn]==${CUDA_VERSION}'`);
  });

  it('is for the one system whose binding has CUDA', () => {
    const wheels = cudaWheelsFor('linux-x64') ?? [];
    expect(wheels.map((wheel) => wheel.package)).toContain('onnxruntime_gpu');
    for (const wheel of wheels) expect(wheel.sha256, wheel.package).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(wheels.map((wheel) => wheel.sha256)).size).toBe(wheels.length);
    for (const system of ['linux-arm64', 'win32-x64', 'darwin-arm64'])
      expect(cudaWheelsFor(system)).toBeUndefined();
  });

  it('takes the libraries from where the wheels have them, and each licence', () => {
    for (const path of [...libraries, ...parts]) expect(placeOfCuda(path)).toBe(path);
    for (const path of unneeded) expect(placeOfCuda(path), path).toBeNull();
    const licences = ['a-1', 'b-2'].map((wheel) => placeOfCuda(`${wheel}.dist-info/licenses/License.txt`));
    expect(licences).toEqual([
      join('licenses', 'a-1', 'License.txt'),
      join('licenses', 'b-2', 'License.txt'),
    ]);
    expect(isCompleteCuda(libraries)).toBe(true);
    for (const path of libraries)
      expect(isCompleteCuda(libraries.filter((other) => other !== path)), path).toBe(false);
  });

  it('knows what a driver is too old for', () => {
    const kernel = (version: string) =>
      `NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  ${version}  Release Build\nGCC version: gcc 12.2.0`;
    expect(driverAdvice(null)).toMatch(/No NVIDIA driver is running/);
    expect(driverAdvice(kernel('550.163.01'))).toMatch(/is version 550, and CUDA needs 580/);
    expect(driverAdvice(kernel('580.65.06'))).toBeNull();
    expect(driverAdvice(kernel('590.10'))).toBeNull();
    const older = 'NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.261.03  Tue Jul 29 2025';
    expect(driverAdvice(older)).toMatch(/is version 535/);
  });
});

describe('the room that it takes', () => {
  const wheels = cudaWheelsFor('linux-x64') ?? [];
  const download = wheels.reduce((sum, wheel) => sum + wheel.bytes, 0);
  const ask = (fetching: readonly Wheel[], free: number) => {
    const told: string[] = [];
    const asking = () => checkRoom(fetching, { folder: '/there', free }, (text) => told.push(text));
    return { told, asking };
  };

  it('is told before anything is fetched', () => {
    const { told, asking } = ask(wheels, 9e9);
    asking();
    expect(told.join('\n')).toMatch(/downloaded .*: 1\.3 GB \(.*nvidia_cublas.*\/there: 2\.1 GB.* 9\.0 GB/s);
    const again = ask([], 9e9);
    again.asking();
    expect(again.told.join('\n')).not.toMatch(/downloaded/);
  });

  it('is refused where the disk has less', () => {
    expect(ask(wheels, download + UNPACKED_BYTES).asking).not.toThrow();
    expect(ask(wheels, download + UNPACKED_BYTES - 1).asking).toThrow(
      /takes 3\.4 GB and 3\.4 GB are free: make room/,
    );
    expect(ask([], UNPACKED_BYTES).asking).not.toThrow();
  });
});

describe('setting up from wheels at hand', () => {
  let source = '';
  let target = '';
  let wheels: readonly Wheel[] = [];
  const silent = { say: () => undefined, tell: () => undefined };
  const setUp = () => placeCuda(target, wheels, source, silent);

  async function writeWheel(name: string, entries: readonly string[]): Promise<Wheel> {
    const bytes = zipOf(entries.map((path) => ({ path, text: `this is ${path}` })));
    await writeFile(join(source, `${name}-1.0-py3-none-any.whl`), bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { package: name, version: '1.0', python: '312', platform: 'any', sha256, bytes: bytes.length };
  }

  beforeEach(async () => {
    const home = await mkdtemp(join(tmpdir(), 'enxerto-cuda-'));
    onTestFinished(() => rm(home, { recursive: true, force: true }));
    source = join(home, 'wheels');
    target = join(home, 'cache', 'cuda', CUDA_VERSION);
    await mkdir(source);
    const isOurs = (path: string) => path.startsWith('onnxruntime');
    wheels = [
      await writeWheel('ours', [...libraries, ...unneeded].filter(isOurs)),
      await writeWheel('nvidia', [
        ...[...libraries, ...parts, ...unneeded].filter((path) => !isOurs(path)),
        'nvidia-1.0.dist-info/licenses/License.txt',
      ]),
    ];
  });

  it('places what is needed, once', async () => {
    expect(await setUp()).toBe(true);
    const placed = (await readdir(target, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(target.length + 1));
    const expected = ['enxerto.json', join('licenses', 'nvidia-1.0', 'License.txt'), ...libraries, ...parts];
    expect(placed.sort()).toEqual(expected.sort());
    expect(await readFile(join(target, libraries[4]!), 'utf8')).toBe(`this is ${libraries[4]}`);
    expect(await setUp()).toBe(false);
    expect(await readdir(source), 'a person’s own wheels stay').toHaveLength(2);
  });

  it('mends what was cut off or deleted, and takes other wheels than before', async () => {
    await setUp();
    await truncate(join(target, libraries[1]!), 3);
    expect(await setUp()).toBe(true);
    expect((await stat(join(target, libraries[1]!))).size).toBeGreaterThan(3);
    await rm(join(target, parts[0]!));
    expect(await setUp()).toBe(true);
    wheels = [wheels[0]!, await writeWheel('nvidia', libraries.slice(3))];
    expect(await setUp()).toBe(true);
    expect(await setUp()).toBe(false);
  });

  it('names the wheels that are missing or not the expected ones, and leaves what is there', async () => {
    await setUp();
    await rm(join(target, libraries[0]!));
    await writeFile(join(source, 'nvidia-1.0-py3-none-any.whl'), 'other');
    await expect(setUp()).rejects.toThrow(/lacks these wheels, .*: nvidia 1\.0 \(any\)/);
    expect(await readFile(join(target, libraries[1]!), 'utf8')).toBe(`this is ${libraries[1]}`);
  });

  it('does not take wheels that lack a library', async () => {
    wheels = [wheels[0]!, await writeWheel('nvidia', libraries.slice(4))];
    await expect(setUp()).rejects.toThrow(/lack some of the libraries for CUDA/);
    expect(await readdir(join(target, '..'))).toEqual([]);
  });
});
