import type { Wheel } from './wheel.ts';

/** The TensorFlow that is tested with this program: wheels of its Python package, of which only shared libraries are used. */
const VERSION = '2.21.0';
/** Python version of the wheels below; the Python at hand may be any other. */
const PYTHON = '312';

const wheels: Readonly<Record<string, Wheel>> = {
  'linux-x64': {
    package: 'tensorflow_cpu',
    version: VERSION,
    python: PYTHON,
    platform: 'manylinux_2_27_x86_64',
    sha256: 'dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb',
    bytes: 274_000_871,
  },
  'linux-arm64': {
    package: 'tensorflow',
    version: VERSION,
    python: PYTHON,
    platform: 'manylinux_2_27_aarch64',
    sha256: 'b07d15737406533898e36c7ef7944b1be18e9028dc521b9229952c537bbc5552',
    bytes: 281_946_471,
  },
  'linux-x64-cuda': {
    package: 'tensorflow',
    version: VERSION,
    python: PYTHON,
    platform: 'manylinux_2_27_x86_64',
    sha256: 'b3b95643c4e70eb925839938fb35cbe142f317ec84af6844ee61513713bb13c0',
    bytes: 572_611_111,
  },
};

/** The wheel for a system (`linux-x64`), for the processor or for NVIDIA cards; undefined where there is none. */
export function tensorFlowWheel(system: string, cuda: boolean): Wheel | undefined {
  return wheels[cuda ? `${system}-cuda` : system];
}

/** NVIDIA's libraries of CUDA 12.5 and cuDNN 9 that the wheel asks for, under NVIDIA's own licence: 2.1 GB. */
const nvidia: readonly (readonly [
  name: string,
  version: string,
  platform: string,
  sha256: string,
  bytes: number,
])[] = [
  [
    'nvidia_cublas_cu12',
    '12.5.3.2',
    'manylinux2014_x86_64',
    'ca070ad70e9fa6654084575d01bd001f30cc4665e33d4bb9fc8e0f321caa034b',
    363_313_169,
  ],
  [
    'nvidia_cuda_cupti_cu12',
    '12.5.82',
    'manylinux2014_x86_64',
    'bde77a5feb66752ec61db2adfe47f56b941842825b4c7e2068aff27c9d107953',
    13_811_507,
  ],
  [
    'nvidia_cuda_nvcc_cu12',
    '12.5.82',
    'manylinux2014_x86_64',
    'b03e545b8e8c3ce7ebcd7fc44063180ff52ff01d064ece2127ed90a04ef12cd0',
    22_468_537,
  ],
  [
    'nvidia_cuda_nvrtc_cu12',
    '12.5.82',
    'manylinux2014_x86_64',
    '3dbd97b0104b4bfbc3c4f8c79cd2496307c89c43c29a9f83125f1d76296ff3fd',
    24_873_108,
  ],
  [
    'nvidia_cuda_runtime_cu12',
    '12.5.82',
    'manylinux2014_x86_64',
    '3e79a060e126df40fd3a068f3f787eb000fa51b251ec6cd97d09579632687115',
    895_707,
  ],
  [
    'nvidia_cufft_cu12',
    '11.2.3.61',
    'manylinux2014_x86_64',
    '9a6e8df162585750f61983a638104a48c756aa13f9f48e19ab079b38e3c828b8',
    192_524_114,
  ],
  [
    'nvidia_curand_cu12',
    '10.3.6.82',
    'manylinux2014_x86_64',
    '2823fb27de4e44dbb22394a6adf53aa6e1b013aca0f8c22867d1cfae58405536',
    56_309_107,
  ],
  [
    'nvidia_cusolver_cu12',
    '11.6.3.83',
    'manylinux2014_x86_64',
    '93cfafacde4428b71778eeb092ec615a02a3d05404da1bcf91c53e3fa1bce42b',
    130_341_232,
  ],
  [
    'nvidia_cusparse_cu12',
    '12.5.1.3',
    'manylinux2014_x86_64',
    '016df8e993c437e8301e62739f01775cba988fd5253cd4c64173f8e8d2f8e752',
    217_558_979,
  ],
  [
    'nvidia_nvjitlink_cu12',
    '12.5.82',
    'manylinux2014_x86_64',
    'f9b37bc5c8cf7509665cb6ada5aaa0ce65618f2332b7d3e78e9790511f111212',
    21_298_879,
  ],
  [
    'nvidia_cudnn_cu12',
    '9.28.0.42',
    'manylinux_2_27_x86_64',
    '9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375',
    716_538_495,
  ],
  [
    'nvidia_nccl_cu12',
    '2.32.3',
    'manylinux_2_27_x86_64',
    'bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c',
    351_526_311,
  ],
];

/** The wheels of CUDA, which lie beside TensorFlow's. */
export const cudaWheels: readonly Wheel[] = nvidia.map(([name, version, platform, sha256, bytes]) => ({
  package: name,
  version,
  python: PYTHON,
  platform,
  sha256,
  bytes,
}));
