import type { Tensor as OrtTensor } from 'onnxruntime-node';
import { NetworkError } from '../../graph/errors.ts';
import { elementTypeOf, onnxTypeNumbers } from '../../graph/onnx-types.ts';
import { tensor } from '../../graph/tensor.ts';
import type { ElementStorage, ElementType, Tensor } from '../../graph/types.ts';
import { onnxRuntime } from './runtime.ts';

/** Hands a tensor to ONNX Runtime without copying it. */
export function toOrt(value: Tensor): OrtTensor {
  // The constructor has one overload per element type; a tensor of any type fits none of them.
  return new (onnxRuntime().Tensor)(value.dtype, value.data as never, value.dims);
}

/** Takes a result from ONNX Runtime without copying it; half-precision values become their raw bits. */
export function fromOrt(value: OrtTensor): Tensor {
  const known = Object.hasOwn(onnxTypeNumbers, value.type)
    ? elementTypeOf(onnxTypeNumbers[value.type as ElementType])
    : undefined;
  if (known === undefined)
    throw new NetworkError('UNSUPPORTED_TYPE', `ONNX Runtime gave a result of type ${value.type}.`);
  const { data } = value;
  if (known === 'float16' && !(data instanceof Uint16Array)) {
    const view = data as ArrayBufferView;
    return tensor(
      known,
      value.dims,
      new Uint16Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength / 2),
    );
  }
  return tensor(known, value.dims, data as ElementStorage[typeof known]);
}
