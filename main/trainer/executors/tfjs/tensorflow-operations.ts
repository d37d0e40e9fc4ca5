import type { Tensor as DeviceTensor } from '@tensorflow/tfjs-core';
import type { Compute } from './plan.ts';
import { unpadded, type Window } from './windows.ts';

/** The native addon, as far as it is used here. */
export interface TensorFlowBinding {
  readonly TF_Version: string;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_BOOL: number;
  isUsingGpuDevice(): boolean;
}

/** An attribute as the addon takes it. */
interface OperationAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: number | boolean | string | readonly number[];
}

/** The backend of @tensorflow/tfjs-node, as far as it is used here. */
export interface TensorFlowBackend {
  readonly binding: TensorFlowBinding;
  executeSingleOutput(
    name: string,
    attributes: readonly OperationAttribute[],
    inputs: readonly DeviceTensor[],
  ): DeviceTensor;
}

/** Kernels of TensorFlow.js that are one operator of TensorFlow with no attribute but the element type. */
const plainOperators: Readonly<Record<string, string>> = {
  Add: 'AddV2',
  Sub: 'Sub',
  Multiply: 'Mul',
  RealDiv: 'RealDiv',
  Maximum: 'Maximum',
  Minimum: 'Minimum',
  Pow: 'Pow',
  Relu: 'Relu',
  Relu6: 'Relu6',
  Sigmoid: 'Sigmoid',
  Tanh: 'Tanh',
  Erf: 'Erf',
  Exp: 'Exp',
  Log: 'Log',
  Sqrt: 'Sqrt',
  Neg: 'Neg',
  Abs: 'Abs',
  Sign: 'Sign',
  Reciprocal: 'Reciprocal',
  Softplus: 'Softplus',
};

/** Convolutions of TensorFlow, whose settings are the same. */
export type ConvolutionOperator =
  | 'Conv2D'
  | 'Conv2DBackpropInput'
  | 'Conv2DBackpropFilter'
  | 'DepthwiseConv2dNative'
  | 'DepthwiseConv2dNativeBackpropInput'
  | 'DepthwiseConv2dNativeBackpropFilter';

/**
 * TensorFlow's own operators, called without the detour through TensorFlow.js's engine: gradients with any padding,
 * operators that TensorFlow.js has no kernels for, and a third of the time of a call.
 */
export class TensorFlowOperations {
  readonly #backend: TensorFlowBackend;
  readonly #float: OperationAttribute;
  readonly #ofType: ReadonlyMap<string, readonly OperationAttribute[]>;

  constructor(backend: TensorFlowBackend) {
    this.#backend = backend;
    const { TF_ATTR_TYPE, TF_FLOAT, TF_INT32, TF_BOOL } = backend.binding;
    const type = (value: number): OperationAttribute => ({ name: 'T', type: TF_ATTR_TYPE, value });
    this.#float = type(TF_FLOAT);
    this.#ofType = new Map([
      ['float32', [type(TF_FLOAT)]],
      ['int32', [type(TF_INT32)]],
      ['bool', [type(TF_BOOL)]],
    ]);
  }

  /** A kernel of TensorFlow.js as one operator; undefined where it has more to it. */
  direct(kernel: string, attributes: object): Compute | undefined {
    if (kernel === 'BatchMatMul') {
      const { transposeA, transposeB } = attributes as { transposeA: boolean; transposeB: boolean };
      return this.#matMul(transposeA, transposeB);
    }
    const operator = plainOperators[kernel];
    if (operator === undefined) return undefined;
    return (inputs) =>
      this.#backend.executeSingleOutput(
        operator,
        this.#ofType.get(inputs[0]!.dtype) ?? [this.#float],
        inputs,
      );
  }

  #matMul(transposeA: boolean, transposeB: boolean): Compute {
    const flat = [this.#float, this.#bool('transpose_a', transposeA), this.#bool('transpose_b', transposeB)];
    const batched = [this.#float, this.#bool('adj_x', transposeA), this.#bool('adj_y', transposeB)];
    return (inputs) =>
      inputs[0]!.rank === 2 && inputs[1]!.rank === 2
        ? this.#backend.executeSingleOutput('MatMul', flat, inputs)
        : this.#backend.executeSingleOutput('BatchMatMulV2', batched, inputs);
  }

  convolution(operator: ConvolutionOperator, window: Window): Compute {
    const attributes = [
      this.#float,
      ...this.#window(window.strides),
      this.#ints('dilations', [1, ...window.dilations, 1]),
      ...this.#padding(window.pads),
      ...(operator.startsWith('Conv2D') ? [this.#bool('use_cudnn_on_gpu', true)] : []),
    ];
    return (inputs) => this.#backend.executeSingleOutput(operator, attributes, inputs);
  }

  /** (shape of the forward input, gradient), without padding. */
  averagePoolGradient({ kernel, strides }: Window): Compute {
    const attributes = [
      this.#float,
      ...this.#window(strides),
      this.#ints('ksize', [1, ...kernel, 1]),
      this.#string('padding', 'VALID'),
    ];
    return (inputs) => this.#backend.executeSingleOutput('AvgPoolGrad', attributes, inputs);
  }

  /** (image, one number per channel). */
  addBias(): Compute {
    const attributes = [this.#float, this.#string('data_format', 'NHWC')];
    return (inputs) => this.#backend.executeSingleOutput('BiasAdd', attributes, inputs);
  }

  /** (gradient, the activation's result). */
  activationGradient(operator: 'ReluGrad' | 'Relu6Grad'): Compute {
    return (inputs) => this.#backend.executeSingleOutput(operator, [this.#float], inputs);
  }

  /** Sums over everything but the last axis. */
  sumRows(): Compute {
    const attributes = [this.#float, this.#string('data_format', 'NHWC')];
    return (inputs) => this.#backend.executeSingleOutput('BiasAddGrad', attributes, inputs);
  }

  /** Logarithms of the softmax over the last axis. */
  logSoftmax(): Compute {
    return (inputs) => this.#backend.executeSingleOutput('LogSoftmax', [this.#float], inputs);
  }

  #window(strides: Window['strides']): readonly OperationAttribute[] {
    return [this.#ints('strides', [1, ...strides, 1]), this.#string('data_format', 'NHWC')];
  }

  #padding(pads: Window['pads']): readonly OperationAttribute[] {
    if (unpadded(pads)) return [this.#string('padding', 'VALID')];
    return [this.#string('padding', 'EXPLICIT'), this.#ints('explicit_paddings', [0, 0, ...pads, 0, 0])];
  }

  #ints(name: string, value: readonly number[]): OperationAttribute {
    return { name, type: this.#backend.binding.TF_ATTR_INT, value };
  }

  #string(name: string, value: string): OperationAttribute {
    return { name, type: this.#backend.binding.TF_ATTR_STRING, value };
  }

  #bool(name: string, value: boolean): OperationAttribute {
    return { name, type: this.#backend.binding.TF_ATTR_BOOL, value };
  }
}
