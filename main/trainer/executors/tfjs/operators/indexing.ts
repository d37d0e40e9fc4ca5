import { intAttribute, stringAttribute } from '../../../graph/attributes.ts';
import { normaliseAxis } from '../../../graph/shapes.ts';
import { elementCount } from '../../../graph/tensor.ts';
import type { Slot } from '../plan.ts';
import type { NodeContext, Planner } from './context.ts';

/** Plans of operators that read from or write to places given by indices. */
export const indexingPlanners: Readonly<Record<string, Planner>> = {
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  ScatterElements: scatterElements,
  ScatterND: scatterND,
};

const ints = (values: readonly number[], dims: readonly number[]) =>
  ({ dtype: 'int32', dims, data: Int32Array.from(values) }) as const;

/** Indices counted from the end become ordinary ones; `length` is one number, or one for each column. */
function counted(at: NodeContext, index: number, lengths: readonly number[]): Slot {
  const constant = at.constant(index);
  if (constant) {
    const data = Int32Array.from(constant.data as ArrayLike<number | bigint>, (value, place) => {
      const length = lengths[place % lengths.length]!;
      return Number(value) < 0 ? Number(value) + length : Number(value);
    });
    return at.plan.constant({ dtype: 'int32', dims: constant.dims, data });
  }
  const given = at.plain(index);
  const zero = at.plan.constant(ints([0], []));
  const negative = at.unary('Cast', at.binary('Less', given, zero), { dtype: 'int32' });
  const length = at.plan.constant(lengths.length === 1 ? ints(lengths, []) : ints(lengths, [lengths.length]));
  return at.binary('Add', given, at.binary('Multiply', negative, length));
}

function gather(at: NodeContext): void {
  const dims = at.dims(0);
  const axis = normaliseAxis(intAttribute(at.node, 'axis', 0), dims.length, at.node.name);
  const count = elementCount(at.dims(1));
  const indices = at.plan.reshape(counted(at, 1, [dims[axis]!]), [count]);
  const picked = at.kernel('GatherV2', { x: at.plain(0), indices }, { axis, batchDims: 0 });
  at.result(at.plan.reshape(picked, at.resultDims()));
}

/** Where in the flattened tensor each index of a GatherElements or ScatterElements points. */
function flatPlaces(at: NodeContext, dims: readonly number[], axis: number): Slot {
  const shape = at.dims(1);
  const strides = dims.map((_, each) => elementCount(dims.slice(each + 1)));
  const base = new Int32Array(elementCount(shape));
  const own = shape.map((_, each) => elementCount(shape.slice(each + 1)));
  for (let cell = 0; cell < base.length; cell++) {
    let place = 0;
    for (const [each, length] of shape.entries()) {
      if (each !== axis) place += (Math.floor(cell / own[each]!) % length) * strides[each]!;
    }
    base[cell] = place;
  }
  const along = at.binary(
    'Multiply',
    counted(at, 1, [dims[axis]!]),
    at.plan.constant(ints([strides[axis]!], [])),
  );
  return at.binary('Add', along, at.plan.constant({ dtype: 'int32', dims: shape, data: base }));
}

function gatherElements(at: NodeContext): void {
  const dims = at.dims(0);
  const axis = normaliseAxis(intAttribute(at.node, 'axis', 0), dims.length, at.node.name);
  const count = elementCount(at.dims(1));
  const indices = at.plan.reshape(flatPlaces(at, dims, axis), [count]);
  const flat = at.plan.reshape(at.plain(0), [elementCount(dims)]);
  at.result(
    at.plan.reshape(at.kernel('GatherV2', { x: flat, indices }, { axis: 0, batchDims: 0 }), at.resultDims()),
  );
}

function gatherND(at: NodeContext): void {
  const dims = at.dims(0);
  const shape = at.dims(1);
  const depth = shape.at(-1)!;
  const batch = intAttribute(at.node, 'batch_dims', 0);
  const lengths = dims.slice(batch, batch + depth);
  const rows = elementCount(shape.slice(0, -1));
  const [outer, strides] = [
    elementCount(dims.slice(0, batch)),
    lengths.map((_, each) => elementCount(lengths.slice(each + 1))),
  ];
  const inner = dims.slice(batch + depth);
  const weighted = at.binary('Multiply', counted(at, 1, lengths), at.plan.constant(ints(strides, [depth])));
  const places = at.unary('Sum', at.plan.reshape(weighted, [rows, depth]), { axis: [1], keepDims: false });
  const perBatch = rows / outer;
  const offsets = Array.from(
    { length: rows },
    (_, row) => Math.floor(row / perBatch) * elementCount(lengths),
  );
  const indices = at.binary('Add', places, at.plan.constant(ints(offsets, [rows])));
  const table = at.plan.reshape(at.plain(0), [outer * elementCount(lengths), elementCount(inner)]);
  at.result(
    at.plan.reshape(at.kernel('GatherV2', { x: table, indices }, { axis: 0, batchDims: 0 }), at.resultDims()),
  );
}

/** Writes rows into a table: added to what is there, or put in its place. */
function scatter(at: NodeContext, table: Slot, indices: Slot, updates: Slot, shape: readonly number[]): Slot {
  const rule = stringAttribute(at.node, 'reduction', 'none');
  if (rule !== 'none' && rule !== 'add') throw at.refuse(`it combines by the rule "${rule}"`);
  const spread = (values: Slot) =>
    at.kernel('ScatterNd', { indices, updates: values }, { shape: [...shape] });
  if (rule === 'add') return at.binary('Add', table, spread(updates));
  if (at.device.has('TensorScatterUpdate'))
    return at.kernel('TensorScatterUpdate', { tensor: table, indices, updates });
  const ones = at.unary('OnesLike', updates);
  const written = at.binary('Greater', spread(ones), at.scalar(0));
  return at.kernel('Select', { condition: written, t: spread(updates), e: table });
}

function scatterElements(at: NodeContext): void {
  const dims = at.dims(0);
  const axis = normaliseAxis(intAttribute(at.node, 'axis', 0), dims.length, at.node.name);
  const count = elementCount(at.dims(1));
  const total = elementCount(dims);
  const indices = at.plan.reshape(flatPlaces(at, dims, axis), [count, 1]);
  const updates = at.plan.reshape(at.plain(2), [count]);
  const table = at.plan.reshape(at.plain(0), [total]);
  at.result(at.plan.reshape(scatter(at, table, indices, updates, [total]), dims));
}

function scatterND(at: NodeContext): void {
  const dims = at.dims(0);
  const shape = at.dims(1);
  const depth = shape.at(-1)!;
  const rows = elementCount(shape.slice(0, -1));
  const [lengths, inner] = [dims.slice(0, depth), elementCount(dims.slice(depth))];
  const strides = lengths.map((_, each) => elementCount(lengths.slice(each + 1)));
  const weighted = at.binary('Multiply', counted(at, 1, lengths), at.plan.constant(ints(strides, [depth])));
  const places = at.unary('Sum', at.plan.reshape(weighted, [rows, depth]), { axis: [1], keepDims: false });
  const table = [elementCount(lengths), inner];
  const result = scatter(
    at,
    at.plan.reshape(at.plain(0), table),
    at.plan.reshape(places, [rows, 1]),
    at.plan.reshape(at.plain(2), [rows, inner]),
    table,
  );
  at.result(at.plan.reshape(result, dims));
}
