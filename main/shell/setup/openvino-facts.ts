/** The OpenVINO that is tested with this program: a wheel of its Python package, of which only shared libraries are used. */
export const openVino = {
  package: 'openvino',
  version: '2026.4.1',
} as const;

/** A wheel by the tag of the system it is for; any Python version's holds the same libraries, so one is named. */
export interface WheelFacts {
  readonly platform: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Python version of the wheels below; the Python at hand may be any other. */
export const wheelPython = '312';

const wheels: Readonly<Record<string, WheelFacts>> = {
  'linux-x64': {
    platform: 'manylinux_2_28_x86_64',
    sha256: '6b4375c17ddcac83a5180349e2e2bb811185c261066e2a920659892d58ef0e3b',
    bytes: 59_144_434,
  },
  'linux-arm64': {
    platform: 'manylinux_2_35_aarch64',
    sha256: '82efccb2f9f1bdc7e5a1996e05a3b719ebff9232dd54b44150d6d2e983a86b7d',
    bytes: 30_332_437,
  },
  'win32-x64': {
    platform: 'win_amd64',
    sha256: '4e04316abff1b99e29b8cbd38deaef9bde4739eba216d982d4b3981e456ecd87',
    bytes: 84_964_415,
  },
  'darwin-arm64': {
    platform: 'macosx_11_0_arm64',
    sha256: '726ac547b8474a5e7b145bc1ae5a8bb6fbcbb60b79bd9a611c67eec2c74b7a5f',
    bytes: 33_341_732,
  },
};

/** The wheel for a system (`linux-x64`); undefined where there is none. */
export function wheelFor(system: string): WheelFacts | undefined {
  return wheels[system];
}

/**
 * What is taken of it, each needed unless it says otherwise. Left out: libtbbbind and libhwloc, which beside Electron's
 * allocator end the process, and the front ends of other file formats.
 */
const parts: readonly { readonly name: RegExp; readonly optional?: true }[] = [
  { name: /^(lib)?tbb(12)?\.(so[.\d]*|[.\d]*dylib|dll)$/ },
  { name: /^(lib)?tbbmalloc\.(so[.\d]*|[.\d]*dylib|dll)$/ },
  { name: /^(lib)?openvino\.(so[.\d]*|[.\d]*dylib|dll)$/ },
  { name: /^(lib)?openvino_c\.(so[.\d]*|[.\d]*dylib|dll)$/ },
  { name: /^(lib)?openvino_onnx_frontend\.(so[.\d]*|[.\d]*dylib|dll)$/ },
  { name: /^(lib)?openvino_(intel|arm)_cpu_plugin\.(so|dylib|dll)$/ },
  { name: /^(lib)?openvino_intel_gpu_plugin\.(so|dylib|dll)$/, optional: true },
];

/** Whether a file of this name is one of the libraries that are used. */
export function isPart(name: string): boolean {
  return parts.some((part) => part.name.test(name));
}

/** Whether these files are all that is needed. */
export function isComplete(names: readonly string[]): boolean {
  return parts.every((part) => part.optional || names.some((name) => part.name.test(name)));
}
