import { join } from 'node:path';
import type { LibraryHandle } from 'koffi';
import { NetworkError, type NetworkErrorCode } from '../../graph/errors.ts';
import type { OpenVinoFiles } from './files.ts';

/** A pointer into the library's memory; means something only to its functions. */
export type Handle = bigint;
/** Where a C function leaves the pointer it gives back. */
type Slot = [Handle | null];
/** Zero for success. */
type Status = number;
interface Shape {
  readonly rank: number;
  readonly dims: readonly number[];
}
interface Property {
  readonly key: string;
  readonly value: string;
}
/** A C function that can also be called from a thread of its own. */
interface Native<A extends unknown[], R> {
  (...parameters: A): R;
  async(...parameters: [...A, done: (error: unknown, result: R) => void]): void;
}

/** The functions of OpenVINO's C library that are used here, under their own names less the prefix. */
export interface OpenVinoFunctions {
  readonly core_create: Native<[Slot], Status>;
  readonly core_read_model_from_memory_buffer: Native<[Handle, Uint8Array, number, null, Slot], Status>;
  readonly core_compile_model_props: Native<
    [Handle, Handle, string, number, readonly Property[], Slot],
    Status
  >;
  readonly model_free: Native<[Handle], void>;
  readonly compiled_model_create_infer_request: Native<[Handle, Slot], Status>;
  readonly compiled_model_inputs_size: Native<[Handle, [number]], Status>;
  readonly compiled_model_free: Native<[Handle], void>;
  readonly infer_request_set_input_tensor_by_index: Native<[Handle, number, Handle], Status>;
  readonly infer_request_set_output_tensor_by_index: Native<[Handle, number, Handle], Status>;
  readonly infer_request_get_output_tensor_by_index: Native<[Handle, number, Slot], Status>;
  readonly infer_request_start_async: Native<[Handle], Status>;
  readonly infer_request_wait: Native<[Handle], Status>;
  readonly infer_request_free: Native<[Handle], void>;
  readonly tensor_create: Native<[number, Shape, Slot], Status>;
  readonly tensor_data: Native<[Handle, Slot], Status>;
  readonly tensor_get_shape: Native<[Handle, { rank?: number; dims?: Handle }], Status>;
  readonly tensor_get_element_type: Native<[Handle, [number]], Status>;
  readonly tensor_free: Native<[Handle], void>;
  readonly shape_free: Native<[{ rank?: number; dims?: Handle }], Status>;
}

/** OpenVINO, loaded: its functions, the one core object of the process, and access to native memory. */
export interface OpenVinoLibrary {
  /** As the library gives it, e.g. `2026.4.1-22982-…`. */
  readonly version: string;
  readonly folder: string;
  readonly core: Handle;
  readonly call: OpenVinoFunctions;
  /** Throws a NetworkError of this code with the library's own words unless the status is success. */
  check(status: Status, code: NetworkErrorCode, doing: string): void;
  /** A device's property, e.g. `FULL_DEVICE_NAME` of `GPU`; undefined where there is no such device. */
  property(device: string, key: string): string | undefined;
  /** Copies between native memory and arrays. Electron forbids arrays that lie in native memory. */
  copyIn(to: Handle, from: ArrayBufferView): void;
  copyOut(to: ArrayBufferView, from: Handle): void;
  /** Whole numbers of 64 bits at an address. */
  readInts(from: Handle, count: number): readonly number[];
}

const prototypes: Readonly<Record<keyof OpenVinoFunctions, string>> = {
  core_create: 'int ov_core_create(_Out_ void **core)',
  core_read_model_from_memory_buffer:
    'int ov_core_read_model_from_memory_buffer(void *core, uint8_t *text, size_t length, void *weights, _Out_ void **model)',
  core_compile_model_props:
    'int ov_core_compile_model_props(void *core, void *model, str device, size_t count, ov_property_t *properties, _Out_ void **compiled)',
  model_free: 'void ov_model_free(void *model)',
  compiled_model_create_infer_request:
    'int ov_compiled_model_create_infer_request(void *compiled, _Out_ void **request)',
  compiled_model_inputs_size: 'int ov_compiled_model_inputs_size(void *compiled, _Out_ size_t *count)',
  compiled_model_free: 'void ov_compiled_model_free(void *compiled)',
  infer_request_set_input_tensor_by_index:
    'int ov_infer_request_set_input_tensor_by_index(void *request, size_t index, void *tensor)',
  infer_request_set_output_tensor_by_index:
    'int ov_infer_request_set_output_tensor_by_index(void *request, size_t index, void *tensor)',
  infer_request_get_output_tensor_by_index:
    'int ov_infer_request_get_output_tensor_by_index(void *request, size_t index, _Out_ void **tensor)',
  infer_request_start_async: 'int ov_infer_request_start_async(void *request)',
  infer_request_wait: 'int ov_infer_request_wait(void *request)',
  infer_request_free: 'void ov_infer_request_free(void *request)',
  tensor_create: 'int ov_tensor_create(int type, ov_shape_t shape, _Out_ void **tensor)',
  tensor_data: 'int ov_tensor_data(void *tensor, _Out_ void **data)',
  tensor_get_shape: 'int ov_tensor_get_shape(void *tensor, _Out_ ov_found_shape_t *shape)',
  tensor_get_element_type: 'int ov_tensor_get_element_type(void *tensor, _Out_ int *type)',
  tensor_free: 'void ov_tensor_free(void *tensor)',
  shape_free: 'int ov_shape_free(_Inout_ ov_found_shape_t *shape)',
};

const INVALID_PARAMETER = -14;

/** Loaded libraries by folder: a process has each at most once, and keeps it. */
const libraries = new Map<string, OpenVinoLibrary>();

/** Loads OpenVINO from these files; rejects with what the system's loader says (a library is missing, is for another system). */
export async function loadOpenVino(files: OpenVinoFiles): Promise<OpenVinoLibrary> {
  // Only now: a system for which koffi has no binary must still be able to start the trainer.
  const { default: koffi } = await import('koffi');
  const known = libraries.get(files.folder);
  if (known) return known;
  if (libraries.size === 0) prepare(koffi);
  const opened = files.libraries.map((name) => koffi.load(join(files.folder, name), { global: true }));
  const library = createLibrary(koffi, files.folder, opened.at(-1)!);
  keepScratch(koffi, files, library.version);
  libraries.set(files.folder, library);
  return library;
}

/**
 * In Electron the processor's plugin is opened here, before OpenVINO does it, bound to the C library's own allocator.
 * Electron puts its allocator in the place of malloc, for libraries as well, and that gives every large block back to the
 * system at once: OpenVINO's scratch memory, 140 MB a step of MobileNetV2, then comes page by page again (145 ms a step,
 * 126 so). It may be done where the plugin frees nothing that C functions allocated for it, and hands nothing over that
 * others free: true of the release whose imports were looked through, and of no other for all we know.
 */
function keepScratch(koffi: Koffi, { folder, plugins }: OpenVinoFiles, version: string): void {
  const system = `${process.platform}-${process.arch}`;
  if (!process.versions.electron || system !== 'linux-x64' || !version.startsWith(LOOKED_THROUGH)) return;
  const plugin = plugins.find((name) => name.includes('cpu_plugin'));
  if (plugin) koffi.load(join(folder, plugin), { deep: true });
}

/** The release of OpenVINO whose plugin's imports were looked through (a test looks again). */
export const LOOKED_THROUGH = '2026.4.1';

type Koffi = typeof import('koffi')['default'];

/** Types are named once a process; native calls run on stacks of their own, which compiling a deep network would overflow. */
function prepare(koffi: Koffi): void {
  koffi.config({
    sync_stack_size: 8 * 2 ** 20,
    async_stack_size: 8 * 2 ** 20,
    resident_async_pools: 1,
    max_async_calls: 64,
  });
  koffi.struct('ov_shape_t', { rank: 'int64_t', dims: 'int64_t *' });
  koffi.struct('ov_found_shape_t', { rank: 'int64_t', dims: 'void *' });
  koffi.struct('ov_property_t', { key: 'str', value: 'str' });
  koffi.struct('ov_version_t', { build: 'str', description: 'str' });
}

function createLibrary(koffi: Koffi, folder: string, library: LibraryHandle): OpenVinoLibrary {
  const call = Object.fromEntries(
    Object.entries(prototypes).map(([name, prototype]) => [name, library.func(prototype)]),
  ) as unknown as OpenVinoFunctions;
  const lastError: () => string | null = library.func('str ov_get_last_err_msg()');
  const free = library.func('void ov_free(void *content)');
  koffi.disposable('ov_text_t', 'str', free);
  const property = library.func(
    'int ov_core_get_property(void *core, str device, str key, _Out_ ov_text_t *value)',
  );
  const runtime = koffi.load(process.platform === 'win32' ? 'msvcrt.dll' : null);
  const memcpy = {
    in: runtime.func('void *memcpy(void *to, _In_ uint8_t *from, size_t bytes)'),
    out: runtime.func('void *memcpy(_Out_ uint8_t *to, void *from, size_t bytes)'),
  };
  const check: OpenVinoLibrary['check'] = (status, code, doing) => {
    if (status === 0) return;
    // Of a parameter that the C library itself refused, the last message kept says nothing.
    const words = status === INVALID_PARAMETER ? 'invalid parameter' : lastWords(lastError());
    throw new NetworkError(code, `OpenVINO failed ${doing} (${status}): ${words}`);
  };
  const core: Slot = [null];
  check(call.core_create(core), 'EXECUTION_FAILED', 'to start');
  return {
    version: versionOf(library),
    folder,
    core: core[0]!,
    call,
    check,
    property: (device, key) => {
      const value: [string | null] = [null];
      return property(core[0]!, device, key, value) === 0 ? (value[0] ?? undefined) : undefined;
    },
    copyIn: (to, from) => memcpy.in(to, from, from.byteLength),
    copyOut: (to, from) => memcpy.out(to, from, to.byteLength),
    readInts: (from, count) => Array.from(koffi.decode(from, 'int64_t', count), Number),
  };
}

function versionOf(library: LibraryHandle): string {
  const found: { build?: string | null } = {};
  library.func('int ov_get_openvino_version(_Out_ ov_version_t *version)')(found);
  return found.build ?? 'unknown';
}

/** Where in its sources a check failed means nothing to a reader; what failed stands in the last lines. */
function lastWords(message: string | null): string {
  const lines = (message ?? 'no reason given')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(Exception from |Check '.*' failed at )?src\//.test(line));
  return lines.slice(-4).join(' ');
}
