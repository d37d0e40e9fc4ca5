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
    { name: 'steep ramp above 0', applies: () => true, lower: (at) => ramped(at, at.input(1)) },
  ]);
  registry.register('ClipGradient', [
    {
      name: 'unchanged by a narrower clip',
      applies: (at) => bounds(at).every((bound) => bound !== undefined),
      lower: (at) => masked(at, at.emit('Equal', [narrowlyClipped(at), at.input(1)])),
    },
    {
      name: 'steep ramps inside the bounds',
      applies: (at) => centreOf(at) !== undefined,
      lower: (at) => ramped(at, distanceToBounds(at)),
    },
    {
      name: 'mask of low < y < high',
      applies: () => true,
      lower: betweenBounds,
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

/** The smallest float that is not flushed to zero. */
const LEAST = 2 ** -126;

/** The bounds of a clip: a number, null where there is none, undefined where it is known only when the graph runs. */
function bounds(at: LoweringContext): readonly (number | null | undefined)[] {
  return [2, 3].map((index) => {
    const name = at.inputs[index] ?? '';
    if (name === '') return null;
    const value = at.builder.initializers.get(name)?.data[0];
    return value === undefined ? undefined : Number(value);
  });
}

/** The result clipped once more, a hair's breadth inside the bounds: what lay on one of them is moved. */
function narrowlyClipped(at: LoweringContext): string {
  const [low, high] = bounds(at);
  const inside = [
    low == null ? '' : at.builder.scalar(nextFloat(low, 1)),
    high == null ? '' : at.builder.scalar(nextFloat(high, -1)),
  ];
  return at.emit('Clip', [at.input(1), ...inside]);
}

/** The float next to a number, above (1) or below (-1) it. */
function nextFloat(value: number, direction: 1 | -1): number {
  if (Math.abs(value) < LEAST) return direction * LEAST;
  const float = Float32Array.of(value);
  const bits = new Int32Array(float.buffer);
  bits[0]! += Math.sign(float[0]!) * direction;
  return float[0]!;
}

/** Makes 1 or more of every distance from a bound, and stays finite or becomes infinite, never NaN. */
const STEEP = 1e38;

/** dy where `distance` > 0: arithmetic in one chain, which some runtimes compute in one pass where masks take three. */
function ramped(at: LoweringContext, distance: string): string {
  const { builder } = at;
  const steep = at.emit('Mul', [distance, builder.scalar(STEEP)]);
  return at.emit('Mul', [at.input(0), at.emit('Clip', [steep, builder.scalar(0), builder.scalar(1)])]);
}

/** The middle between two bounds and how far they lie from it; undefined unless single precision finds both at 0 distance. */
function centreOf(at: LoweringContext): { readonly middle: number; readonly half: number } | undefined {
  const [low, high] = bounds(at);
  if (typeof low !== 'number' || typeof high !== 'number') return undefined;
  const middle = Math.fround((low + high) / 2);
  const half = Math.fround((high - low) / 2);
  const isExact = [low, high].every((bound) => Math.fround(Math.abs(Math.fround(bound - middle))) === half);
  return isExact && half > 0 ? { middle, half } : undefined;
}

/**
 * How far y lies inside the bounds. Numbers closer to a bound than the rounding of the middle (1.2e-7 for 0 and 6) count
 * as lying on it; that is less than the rounding of the sums that y comes from.
 */
function distanceToBounds(at: LoweringContext): string {
  const { middle, half } = centreOf(at)!;
  const { builder } = at;
  const away = at.emit('Abs', [at.emit('Sub', [at.input(1), builder.scalar(middle)])]);
  return at.emit('Mul', [at.emit('Sub', [away, builder.scalar(half)]), builder.scalar(-1)]);
}

function betweenBounds(at: LoweringContext): string {
  const above = at.inputs[2] ? [at.emit('Greater', [at.input(1), at.input(2)])] : [];
  const below = at.inputs[3] ? [at.emit('Less', [at.input(1), at.input(3)])] : [];
  const [first, second] = [...above, ...below];
  if (first === undefined) return at.input(0);
  return masked(at, second === undefined ? first : at.emit('And', [first, second]));
}

/** Casting the mask and multiplying takes 16 ms where Where takes 27 (8×144×56²). */
function masked(at: LoweringContext, condition: string): string {
  return at.emit('Mul', [at.input(0), at.emit('Cast', [condition], { to: int(onnxTypeNumbers.float32) })]);
}
