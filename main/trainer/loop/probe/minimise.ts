/** Value and gradient of a function at a point. */
export interface Slope {
  readonly value: number;
  readonly gradient: Float64Array;
}

/** Steps that are remembered: each costs two dot products, and more of them tell little. */
const MEMORY = 10;
/** A step must bring this part of what the slope promises (Armijo). */
const LEAST_GAIN = 1e-4;
/** Halvings of a step before the point is taken for the minimum, as near as 32-bit arithmetic can tell. */
const HALVINGS = 20;

/**
 * Minimises a smooth convex function by L-BFGS (Liu & Nocedal 1989) with a halving line search. Ends where the largest
 * component of the gradient is at most `tolerance`, after `steps`, or where no step lowers the value any more. The same
 * function from the same start takes the same way.
 */
export async function minimise(
  slopeAt: (point: Float64Array) => Promise<Slope>,
  start: Float64Array,
  { tolerance, steps }: { readonly tolerance: number; readonly steps: number },
): Promise<Float64Array> {
  let point = start;
  let slope = await slopeAt(point);
  const memory: Pair[] = [];
  for (let step = 0; step < steps && largest(slope.gradient) > tolerance; step++) {
    const direction = descent(slope.gradient, memory);
    const descends = dot(direction, slope.gradient);
    // Without a memory the gradient's length says nothing of the right step: one of length 1 at most.
    let length = memory.length > 0 ? 1 : Math.min(1, 1 / Math.sqrt(-descends));
    let next: { readonly point: Float64Array; readonly slope: Slope } | null = null;
    for (let halving = 0; halving < HALVINGS && !next; halving++, length /= 2) {
      const candidate = point.map((value, index) => value + length * direction[index]!);
      const found = await slopeAt(candidate);
      if (found.value <= slope.value + LEAST_GAIN * length * descends)
        next = { point: candidate, slope: found };
    }
    if (!next) break;
    remember(memory, point, slope, next);
    ({ point, slope } = next);
  }
  return point;
}

interface Pair {
  /** Change of the point, change of the gradient, and 1 ÷ their product. */
  readonly moved: Float64Array;
  readonly turned: Float64Array;
  readonly curvature: number;
}

function remember(
  memory: Pair[],
  point: Float64Array,
  slope: Slope,
  next: { readonly point: Float64Array; readonly slope: Slope },
): void {
  const moved = next.point.map((value, index) => value - point[index]!);
  const turned = next.slope.gradient.map((value, index) => value - slope.gradient[index]!);
  const product = dot(moved, turned);
  // Rounding may hide the curvature of a last, tiny step: it would only mislead the next ones.
  if (product <= 1e-12 * dot(turned, turned)) return;
  memory.push({ moved, turned, curvature: 1 / product });
  if (memory.length > MEMORY) memory.shift();
}

/** Minus the gradient times the approximate inverse curvature: the two-loop recursion. */
function descent(gradient: Float64Array, memory: readonly Pair[]): Float64Array {
  const direction = gradient.map((value) => -value);
  const shares: number[] = [];
  for (const { moved, turned, curvature } of [...memory].reverse()) {
    const share = curvature * dot(moved, direction);
    shares.push(share);
    add(direction, turned, -share);
  }
  const last = memory.at(-1);
  if (last) {
    const scale = 1 / (last.curvature * dot(last.turned, last.turned));
    for (let index = 0; index < direction.length; index++) direction[index]! *= scale;
  }
  for (const { moved, turned, curvature } of memory) {
    add(direction, moved, shares.pop()! - curvature * dot(turned, direction));
  }
  return direction;
}

function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < one.length; index++) sum += one[index]! * other[index]!;
  return sum;
}

function add(target: Float64Array, values: Float64Array, factor: number): void {
  for (let index = 0; index < target.length; index++) target[index]! += factor * values[index]!;
}

function largest(values: Float64Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}
