import { int, intAttribute } from '../../../graph/attributes.ts';
import { onnxTypeNumbers } from '../../../graph/onnx-types.ts';
import type { LoweringContext, LoweringRegistry } from './registry.ts';

/** Ways to write the gradients of activations and transposed products. */
export function registerElementwiseLowerings(registry: LoweringRegistry): void {
  registry.register('ReluGradient', [
    {
      name: 'mask of y > 0',
      applies: () => true,
      lower: (at) => masked(at, at.emit('Greater', [at.input(1), at.builder.scalar(0)])),
    },
  ]);
  registry.register('ClipGradient', [
    {
      name: 'mask of x = y',
      applies: () => true,
      lower: (at) => masked(at, at.emit('Equal', [at.input(1), at.input(2)])),
    },
  ]);
  registry.register('TransposedMatMul', [
    {
      name: 'FusedMatMul',
      applies: () => true,
      lower: (at) =>
        at.emit(
          'FusedMatMul',
          at.inputs,
          {
            transA: int(intAttribute(at.node, 'transA', 0)),
            transB: int(intAttribute(at.node, 'transB', 0)),
          },
          'com.microsoft',
        ),
    },
  ]);
}

/** Casting the mask and multiplying takes 16 ms where Where takes 27 (8×144×56²). */
function masked(at: LoweringContext, condition: string): string {
  return at.emit('Mul', [at.input(0), at.emit('Cast', [condition], { to: int(onnxTypeNumbers.float32) })]);
}
