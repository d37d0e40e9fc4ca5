import { NetworkError } from '../../graph/errors.ts';
import { tensor, zeros } from '../../graph/tensor.ts';
import type { ElementType, Tensor, ValueType } from '../../graph/types.ts';
import type { Handle, OpenVinoLibrary } from './library.ts';

/** OpenVINO's numbers of the element types (`ov_element_type_e`). */
const typeNumbers: Readonly<Record<ElementType, number>> = {
  bool: 1,
  float16: 3,
  float32: 4,
  float64: 5,
  int8: 7,
  int32: 9,
  int64: 10,
  uint8: 16,
};
const typesByNumber = new Map(
  Object.entries(typeNumbers).map(([dtype, number]) => [number, dtype as ElementType]),
);

/** A tensor in OpenVINO's own memory (aligned as its kernels like it). Freed by `free`, not by the garbage collector. */
export class NativeTensor {
  readonly handle: Handle;
  readonly type: { readonly dtype: ElementType; readonly dims: readonly number[] };
  readonly #library: OpenVinoLibrary;
  readonly #data: Handle | null;

  private constructor(library: OpenVinoLibrary, handle: Handle, type: NativeTensor['type']) {
    this.#library = library;
    this.handle = handle;
    this.type = type;
    const data: [Handle | null] = [null];
    library.check(library.call.tensor_data(handle, data), 'EXECUTION_FAILED', 'to reach a tensor');
    this.#data = data[0];
  }

  /** Fresh memory of undefined content. */
  static create(library: OpenVinoLibrary, { dtype, dims }: Pick<Tensor, 'dtype' | 'dims'>): NativeTensor {
    const handle: [Handle | null] = [null];
    const status = library.call.tensor_create(typeNumbers[dtype], { rank: dims.length, dims }, handle);
    library.check(status, 'EXECUTION_FAILED', `to allocate memory for a tensor [${dims.join(', ')}]`);
    return new NativeTensor(library, handle[0]!, { dtype, dims });
  }

  /** Takes over a tensor that the library made: a result, described by the graph as far as it is known in advance. */
  static adopt(library: OpenVinoLibrary, handle: Handle, known: ValueType): NativeTensor {
    const number: [number] = [0];
    library.check(
      library.call.tensor_get_element_type(handle, number),
      'EXECUTION_FAILED',
      'to tell the type of a tensor',
    );
    const dtype = typesByNumber.get(number[0]);
    if (dtype === undefined)
      throw new NetworkError('UNSUPPORTED_TYPE', `OpenVINO gave a result of its type ${number[0]}.`);
    const dims = known.dims?.every((dim): dim is number => typeof dim === 'number')
      ? known.dims
      : shapeOf(library, handle);
    return new NativeTensor(library, handle, { dtype, dims });
  }

  fits({ dtype, dims }: ValueType): boolean {
    return (
      dtype === this.type.dtype &&
      dims !== null &&
      dims.length === this.type.dims.length &&
      dims.every((dim, axis) => dim === this.type.dims[axis])
    );
  }

  write(value: Tensor): void {
    if (value.data.byteLength > 0) this.#library.copyIn(this.#data!, value.data);
  }

  /** A copy in JavaScript's memory. */
  read(): Tensor {
    const { dtype, dims } = this.type;
    const value = zeros(dims, dtype);
    if (value.data.byteLength > 0) this.#library.copyOut(value.data, this.#data!);
    return tensor(dtype, dims, value.data as never);
  }

  free(): void {
    this.#library.call.tensor_free(this.handle);
  }
}

/** Shape of a tensor of rank 1 and more; the C library has no way to tell that of a scalar. */
function shapeOf({ call, check, readInts }: OpenVinoLibrary, handle: Handle): readonly number[] {
  const shape: { rank?: number; dims?: Handle } = {};
  check(call.tensor_get_shape(handle, shape), 'EXECUTION_FAILED', 'to tell the shape of a tensor');
  const dims = readInts(shape.dims!, Number(shape.rank));
  call.shape_free(shape);
  return dims;
}
