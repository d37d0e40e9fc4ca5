import { basename, join } from 'node:path';
import type { Wheel } from './wheel.ts';

/** The ONNX Runtime whose provider for CUDA is known here: the npm package must be of the same version. */
export const CUDA_VERSION = '1.30.0';
/** Oldest driver for CUDA 13, with which that provider was built. */
export const OLDEST_DRIVER = '580';
/** Python version of the wheels below; the Python at hand may be any other. */
const PYTHON = '312';

/**
 * ONNX Runtime with CUDA, and of NVIDIA's libraries (CUDA 13.0 and cuDNN 9, under NVIDIA's own licence) those that its
 * provider is linked to (cuBLAS, cuRAND, the CUDA runtime), and cuDNN with the compiler it calls. cuFFT is left out: the
 * provider opens it for Fourier transforms alone.
 */
const wheels: readonly (readonly [
  name: string,
  version: string,
  platform: string,
  sha256: string,
  bytes: number,
])[] = [
  [
    'onnxruntime_gpu',
    CUDA_VERSION,
    'manylinux_2_28_x86_64',
    '6acc0f4b3d5ac5f2984432faa59dd8fcce6775f8b43a7140afa0f322c7a703b1',
    246_685_715,
  ],
  [
    'nvidia_cuda_runtime',
    '13.0.96',
    'manylinux2014_x86_64',
    '7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548',
    2_243_632,
  ],
  [
    'nvidia_cublas',
    '13.1.0.3',
    'manylinux_2_27_x86_64',
    'ee8722c1f0145ab246bccb9e452153b5e0515fd094c3678df50b2a0888b8b171',
    423_133_236,
  ],
  [
    'nvidia_curand',
    '10.4.0.35',
    'manylinux_2_27_x86_64',
    '1aee33a5da6e1db083fe2b90082def8915f30f3248d5896bcec36a579d941bfc',
    59_544_258,
  ],
  [
    'nvidia_cuda_nvrtc',
    '13.0.88',
    'manylinux2010_x86_64',
    'ad9b6d2ead2435f11cbb6868809d2adeeee302e9bb94bcf0539c7a40d80e8575',
    90_215_200,
  ],
  [
    'nvidia_cudnn_cu13',
    '9.28.0.42',
    'manylinux_2_27_x86_64',
    '7358353c75bb121a58e5f7712fe6d588883dc1df8ba00f428237e44e97543c4d',
    516_782_127,
  ],
];

/** What the files that are taken of the wheels fill on the disk. */
export const UNPACKED_BYTES = 2_090_000_000;

/** The wheels for a system (`linux-x64`); undefined where the npm package cannot use CUDA. */
export function cudaWheelsFor(system: string): readonly Wheel[] | undefined {
  if (system !== 'linux-x64') return undefined;
  return wheels.map(([name, version, platform, sha256, bytes]) => ({
    package: name,
    version,
    python: PYTHON,
    platform,
    sha256,
    bytes,
  }));
}

/** Files without which nothing of it works, where the wheels have them. */
const needed: readonly RegExp[] = [
  new RegExp(`^onnxruntime/capi/libonnxruntime\\.so\\.${CUDA_VERSION.replaceAll('.', '\\.')}$`),
  /^onnxruntime\/capi\/libonnxruntime_providers_(cuda|shared)\.so$/,
  /^nvidia\/[^/]+\/lib\/lib(cudart|cublas|cublasLt|nvrtc|nvrtc-builtins)\.so\.[.\d]+$/,
  /^nvidia\/[^/]+\/lib\/libcurand\.so\.10$/,
  /^nvidia\/cudnn\/lib\/libcudnn(_\w+)?\.so\.9$/,
];

/** Whether these files (paths as in the wheels) are all that is needed. */
export function isCompleteCuda(paths: readonly string[]): boolean {
  const names = new Set(paths.map((path) => basename(path).replace(/\.so.*$/, '')));
  const core = ['libonnxruntime', 'libonnxruntime_providers_cuda', 'libonnxruntime_providers_shared'];
  const parts = [
    'libcudart',
    'libcublas',
    'libcublasLt',
    'libcurand',
    'libnvrtc',
    'libnvrtc-builtins',
    'libcudnn',
  ];
  return [...core, ...parts].every((name) => names.has(name));
}

/**
 * Where an entry of a wheel goes; null to leave it. The libraries keep their places, by which they find one another;
 * licences go into a folder for each wheel, since they all have the same name.
 */
export function placeOfCuda(entry: string): string | null {
  if (needed.some((pattern) => pattern.test(entry))) return entry;
  if (/^onnxruntime\/(LICENSE|ThirdPartyNotices\.txt)$/.test(entry))
    return join('licenses', 'onnxruntime', basename(entry));
  const [, wheel, name] = /^([^/]+)\.dist-info\/licenses\/([^/]+)$/.exec(entry) ?? [];
  return wheel && name ? join('licenses', wheel, name) : null;
}
