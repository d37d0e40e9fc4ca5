import type * as core from '@tensorflow/tfjs-core';
import type { Tensor as DeviceTensor, NamedAttrMap, NamedTensorMap } from '@tensorflow/tfjs-core';
import { NetworkError } from '../../graph/errors.ts';
import { tensor as hostTensor } from '../../graph/tensor.ts';
import type { Tensor } from '../../graph/types.ts';
import type { Compute } from './plan.ts';
import type { TensorFlowOperations } from './tensorflow-operations.ts';
import { wasmProduct } from './wasm-products.ts';
import { webGpuKernel } from './webgpu-kernels.ts';

/** The part of TensorFlow.js that is used here: its core, loaded when it is wanted. */
export type TensorFlowJs = typeof core;

/** TensorFlow.js's own names of the backends. */
export type BackendName = 'tensorflow' | 'webgpu' | 'wasm' | 'cpu';

/** Kernels that take a list of tensors rather than named ones. */
const listed: ReadonlySet<string> = new Set(['Concat', 'Pack', 'AddN']);

/** What a device is made of beside its backend. */
export interface DeviceOptions {
  /** For messages. */
  readonly title: string;
  /** Threads that it computes with; the other backends have the one that calls them, or a graphics card's. */
  readonly threads?: number | null;
  /** TensorFlow's own operators, on the backends that are TensorFlow. */
  readonly operations?: TensorFlowOperations | null;
  /** Kernels that the backend has and that compute something else. */
  readonly without?: readonly string[];
  /** Does some work and throws where the device did not do all of it; most say so by themselves. */
  readonly checked?: Checked;
  /** Does some work of which nothing is to be left where it fails; most leave nothing but what TensorFlow.js counts. */
  readonly wholly?: Wholly;
}

type Checked = <T>(work: () => Promise<T>) => Promise<T>;

/** Does some work, all of it or nothing. */
export type Wholly = <T>(work: () => T) => T;

/** One backend of TensorFlow.js, ready to compute. */
export class Device {
  readonly tf: TensorFlowJs;
  readonly backend: BackendName;
  /** For messages. */
  readonly title: string;
  /** Threads that it computes with; null where that is not for us to say. */
  readonly threads: number | null;
  /** TensorFlow's own operators, on the backends that are TensorFlow. */
  readonly operations: TensorFlowOperations | null;
  /** Does some work on the device and throws where not all of it was done. */
  readonly checked: Checked;
  readonly #wholly: Wholly;
  readonly #kernels: ReadonlySet<string>;

  constructor(tf: TensorFlowJs, backend: BackendName, options: DeviceOptions) {
    const { title, threads = null, operations = null, without = [] } = options;
    this.tf = tf;
    this.backend = backend;
    this.title = title;
    this.threads = threads;
    this.operations = operations;
    this.checked = options.checked ?? ((work) => work());
    this.#wholly = options.wholly ?? ((work) => work());
    const kernels = tf.getKernelsForBackend(backend).map((kernel) => kernel.kernelName);
    this.#kernels = new Set(kernels.filter((kernel) => !without.includes(kernel)));
  }

  has(kernel: string): boolean {
    return this.#kernels.has(kernel);
  }

  /** A call of a kernel with everything but its tensors decided. */
  prepare(kernel: string, names: readonly string[], attributes: object): Compute {
    const direct = this.operations?.direct(kernel, attributes);
    if (direct) return direct;
    if (this.backend === 'wasm' && kernel === 'BatchMatMul') {
      const { transposeA, transposeB } = attributes as { transposeA: boolean; transposeB: boolean };
      return wasmProduct(this.tf, transposeA, transposeB);
    }
    const mended = this.backend === 'webgpu' ? webGpuKernel(this.tf, kernel, attributes) : undefined;
    if (mended) return mended;
    const engine = this.tf.engine();
    if (listed.has(kernel))
      return (inputs) =>
        engine.runKernel(
          kernel,
          [...inputs] as unknown as NamedTensorMap,
          attributes as NamedAttrMap,
        ) as DeviceTensor;
    return (inputs) => {
      const named: Record<string, DeviceTensor> = {};
      for (const [at, name] of names.entries()) named[name] = inputs[at]!;
      return engine.runKernel(kernel, named as NamedTensorMap, attributes as NamedAttrMap) as
        | DeviceTensor
        | DeviceTensor[];
    };
  }

  /** Does some work at once and gives the tensors that it found; all others that it made are given back, all where it fails. */
  wholly<T>(work: () => T, found: (result: T) => readonly DeviceTensor[]): T {
    const engine = this.tf.engine();
    return this.#wholly(() => {
      engine.startScope();
      let kept: DeviceTensor[] = [];
      try {
        const result = work();
        kept = [...found(result)];
        return result;
      } finally {
        engine.endScope(kept);
      }
    });
  }

  /** Copies a tensor to the device; whole numbers become int32, the only ones that TensorFlow.js knows. */
  upload(value: Tensor): DeviceTensor {
    const dims = [...value.dims];
    switch (value.dtype) {
      case 'float32':
        return this.tf.tensor(value.data.slice(), dims, 'float32');
      case 'bool':
        return this.tf.tensor(value.data.slice(), dims, 'bool');
      case 'int32':
        return this.tf.tensor(value.data.slice(), dims, 'int32');
      case 'int64':
      case 'int8':
      case 'uint8':
        return this.tf.tensor(
          Int32Array.from(value.data as ArrayLike<number | bigint>, asInt32),
          dims,
          'int32',
        );
      default:
        throw new NetworkError('UNSUPPORTED_TYPE', `TensorFlow.js does not compute with ${value.dtype}.`);
    }
  }

  /** Copies a tensor back. */
  async download(value: DeviceTensor, wanted: Tensor['dtype']): Promise<Tensor> {
    const data = await value.data();
    const dims = [...value.shape];
    if (wanted === 'float32') return hostTensor('float32', dims, Float32Array.from(data as Float32Array));
    if (wanted === 'int64')
      return hostTensor(
        'int64',
        dims,
        BigInt64Array.from(data as Int32Array, (each) => BigInt(each)),
      );
    if (wanted === 'float64') return hostTensor('float64', dims, Float64Array.from(data as Float32Array));
    if (wanted === 'bool') return hostTensor('bool', dims, Uint8Array.from(data as Uint8Array));
    return hostTensor('int32', dims, Int32Array.from(data as Int32Array));
  }
}

/** Bounds such as "to the end" are larger than an int32. */
function asInt32(value: number | bigint): number {
  return Math.min(Math.max(Number(value), -(2 ** 31)), 2 ** 31 - 1);
}
