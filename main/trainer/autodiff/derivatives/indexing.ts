import { int, intAttribute, ints, string, stringAttribute } from '../../graph/attributes.ts';
import { normaliseAxis } from '../../graph/shapes.ts';
import { elementCount, tensor } from '../../graph/tensor.ts';
import { type DerivativeContext, registerDerivative } from '../registry.ts';
import { gatherAxis, placeAxis } from './placing.ts';

/** Derivatives of reading by indices (the gradient is added where it was read) and of writing by indices. */
export function registerIndexing(): void {
  registerDerivative('Gather', gather);
  registerDerivative('GatherElements', (at) => [
    at.emit('ScatterElements', [at.zeros(at.dims(at.input(0))), at.input(1), at.dy], {
      axis: int(intAttribute(at.node, 'axis', 0)),
      reduction: string('add'),
    }),
  ]);
  registerDerivative('GatherND', (at) => {
    if (intAttribute(at.node, 'batch_dims', 0) !== 0) throw at.refuse('it reads with a batch of indices');
    return [
      at.emit('ScatterND', [at.zeros(at.dims(at.input(0))), at.input(1), at.dy], {
        reduction: string('add'),
      }),
    ];
  });
  registerDerivative('ScatterElements', (at) => {
    const axis = int(intAttribute(at.node, 'axis', 0));
    return scattered(
      at,
      () => at.emit('GatherElements', [at.dy, at.input(1)], { axis }),
      (zeros) => at.emit('ScatterElements', [at.dy, at.input(1), zeros], { axis }),
    );
  });
  registerDerivative('ScatterND', (at) =>
    scattered(
      at,
      () => at.emit('GatherND', [at.dy, at.input(1)]),
      (zeros) => at.emit('ScatterND', [at.dy, at.input(1), zeros]),
    ),
  );
}

/** What was written gets the gradient of its place; what was written over gets none. */
function scattered(
  at: DerivativeContext,
  read: () => string,
  cleared: (zeros: string) => string,
): readonly (string | undefined)[] {
  const reduction = stringAttribute(at.node, 'reduction', 'none');
  if (reduction !== 'none' && reduction !== 'add') throw at.refuse(`it combines values by ${reduction}`);
  const data = () => (reduction === 'add' ? at.dy : cleared(at.zeros(at.dims(at.input(2)))));
  return [at.needs(0) ? data() : undefined, undefined, at.needs(2) ? read() : undefined];
}

function gather(at: DerivativeContext): readonly string[] {
  const dims = at.dims(at.input(0));
  const axis = normaliseAxis(intAttribute(at.node, 'axis', 0), dims.length, at.node.name);
  const length = dims[axis]!;
  const [outer, inner] = [elementCount(dims.slice(0, axis)), elementCount(dims.slice(axis + 1))];
  const count = elementCount(at.dims(at.input(1)));
  const dy = at.reshape(at.dy, [outer, count, inner]);
  const known = at.builder.initializers.get(at.input(1));
  const places =
    known && Array.from(known.data as ArrayLike<number | bigint>, (place) => wrapped(Number(place), length));
  return [at.reshape((places && placed(at, dy, places, length)) ?? added(at, dy, places, length), dims)];
}

const wrapped = (place: number, length: number) => (place < 0 ? place + length : place);

/** Evenly spaced places and permutations need no additions; undefined for any other choice of places. */
function placed(
  at: DerivativeContext,
  dy: string,
  places: readonly number[],
  length: number,
): string | undefined {
  const [start = 0, next = start + 1] = places;
  const step = next - start;
  if (step > 0 && places.every((place, index) => place === start + index * step))
    return placeAxis(at, dy, 1, { start, step, length });
  if (places.length !== length || new Set(places).size !== length) return undefined;
  const back = new Array<number>(length);
  for (const [index, place] of places.entries()) back[place] = index;
  return gatherAxis(at, dy, 1, back);
}

/** Adds rows of a gradient [outer, count, inner] to the places they were read from: [outer, length, inner]. */
function added(
  at: DerivativeContext,
  dy: string,
  places: readonly number[] | undefined,
  length: number,
): string {
  const [outer, count, inner] = at.dims(dy) as [number, number, number];
  const rows = outer === 1 ? dy : at.emit('Transpose', [dy], { perm: ints([1, 0, 2]) });
  const indices = places
    ? at.builder.constant(tensor('int64', [count, 1], BigInt64Array.from(places, BigInt)))
    : at.reshape(computedPlaces(at, length), [count, 1]);
  const sums = at.emit(
    'ScatterND',
    [at.zeros([length, outer * inner]), indices, at.reshape(rows, [count, outer * inner])],
    { reduction: string('add') },
  );
  const apart = at.reshape(sums, [length, outer, inner]);
  return outer === 1 ? apart : at.emit('Transpose', [apart], { perm: ints([1, 0, 2]) });
}

/** Computed indices may count from the end. */
function computedPlaces(at: DerivativeContext, length: number): string {
  const size = at.builder.constant(tensor('int64', [], BigInt64Array.of(BigInt(length))));
  const wide = at.emit('Cast', [at.input(1)], { to: int(7) });
  return at.emit('Mod', [at.emit('Add', [wide, size]), size]);
}
