import { intAttribute, stringAttribute } from '../attributes.ts';
import { normaliseAxis } from '../shapes.ts';
import type { ValueType } from '../types.ts';
import type { InferenceContext } from './registry.ts';
import { firstInput, inputAt, registerInference, sameType } from './registry.ts';

/** Shape rules of operators that read from or write to places given by indices. */
export function registerIndexing(): void {
  registerInference(['Gather'], gather);
  registerInference(['GatherElements'], (context) => sameType(context, inputAt(context, 1).dims));
  registerInference(['GatherND'], gatherND);
  registerInference(['ScatterND', 'ScatterElements'], (context) => [firstInput(context)]);
  registerInference(['DepthToSpace'], (context) => blocks(context, true));
  registerInference(['SpaceToDepth'], (context) => blocks(context, false));
  registerInference(['Einsum'], einsum);
}

function gather(context: InferenceContext): readonly ValueType[] {
  const { dims } = firstInput(context);
  const indices = inputAt(context, 1).dims;
  if (!dims || !indices) return sameType(context, null);
  const axis = normaliseAxis(intAttribute(context.node, 'axis', 0), dims.length, context.node.name);
  return sameType(context, [...dims.slice(0, axis), ...indices, ...dims.slice(axis + 1)]);
}

function gatherND(context: InferenceContext): readonly ValueType[] {
  const { dims } = firstInput(context);
  const indices = inputAt(context, 1).dims;
  const depth = indices?.at(-1);
  if (!dims || !indices || typeof depth !== 'number') return sameType(context, null);
  const batch = intAttribute(context.node, 'batch_dims', 0);
  return sameType(context, [...indices.slice(0, -1), ...dims.slice(batch + depth)]);
}

/** Channels become blocks of pixels, or the other way round. */
function blocks(context: InferenceContext, toSpace: boolean): readonly ValueType[] {
  const { dims } = firstInput(context);
  const size = intAttribute(context.node, 'blocksize', 1);
  if (dims?.length !== 4) return sameType(context, null);
  const [batch, channels, ...plane] = dims;
  const scaled = (dim: (typeof plane)[number], factor: number, axis: number) =>
    typeof dim === 'number' ? dim * factor : `${context.node.name}.${axis}`;
  return sameType(context, [
    batch!,
    scaled(channels!, toSpace ? 1 / size ** 2 : size ** 2, 1),
    ...plane.map((dim, axis) => scaled(dim, toSpace ? size : 1 / size, axis + 2)),
  ]);
}

function einsum(context: InferenceContext): readonly ValueType[] {
  const [operands, result] = stringAttribute(context.node, 'equation', '').replaceAll(' ', '').split('->');
  if (result === undefined || operands!.includes('.')) return sameType(context, null);
  const lengths = new Map(
    operands!
      .split(',')
      .flatMap((labels, operand) =>
        [...labels].map((label, axis) => [label, context.inputs[operand]?.dims?.[axis]] as const),
      ),
  );
  const dims = [...result].map((label) => lengths.get(label));
  return sameType(context, dims.every((dim) => dim !== undefined) ? dims : null);
}
