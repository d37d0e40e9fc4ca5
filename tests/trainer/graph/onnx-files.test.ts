import { mkdirSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import onnxProto, { type onnx } from 'onnx-proto';
import ort from 'onnxruntime-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { attributes, int, ints } from '../../../main/trainer/graph/attributes.ts';
import { GraphBuilder } from '../../../main/trainer/graph/builder.ts';
import { NetworkError } from '../../../main/trainer/graph/errors.ts';
import { openOnnx } from '../../../main/trainer/graph/onnx-file.ts';
import { readOnnx } from '../../../main/trainer/graph/onnx-reader.ts';
import { writeOnnx } from '../../../main/trainer/graph/onnx-writer.ts';
import { specialise } from '../../../main/trainer/graph/specialise.ts';
import { floatsFromHalf, floatTensor, halfFromFloats, tensor } from '../../../main/trainer/graph/tensor.ts';
import { maxDifference, runGraph } from '../support/run.ts';

const FLOAT = 1;

/** A model file with one node, as another exporter might write it. */
function file(
  node: onnx.INodeProto,
  opset = 18,
  initializer: onnx.ITensorProto[] = [],
  dims = [2, 3, 4],
): Uint8Array {
  const shape = { dim: dims.map((dimValue) => ({ dimValue })) };
  const model = onnxProto.onnx.ModelProto.create({
    irVersion: 8,
    opsetImport: [{ domain: '', version: opset }],
    graph: {
      name: 'g',
      node: [{ name: 'n', input: ['x'], output: ['y'], ...node }],
      initializer,
      input: [{ name: 'x', type: { tensorType: { elemType: FLOAT, shape } } }],
      output: [{ name: 'y', type: { tensorType: { elemType: FLOAT } } }],
    },
  });
  return onnxProto.onnx.ModelProto.encode(model).finish();
}

const x = floatTensor(
  [2, 3, 4],
  Float32Array.from({ length: 24 }, (_, at) => Math.sin(at * 2)),
);

describe('.onnx files', () => {
  it('come back as they were written', () => {
    const builder = new GraphBuilder();
    builder.input('image', { dtype: 'float32', dims: ['N', 3, 8, 8] });
    builder.initializer(
      'w',
      floatTensor(
        [4, 3, 3, 3],
        Float32Array.from({ length: 108 }, (_, at) => at / 7),
      ),
    );
    const conv = builder.op('Conv', ['image', 'w', ''], {
      attributes: attributes({ pads: ints([1, 1, 1, 1]), group: int(1) }),
    });
    const pooled = builder.op('ReduceMean', [conv, builder.ints([2, 3])], {
      attributes: attributes({ keepdims: int(0) }),
    });
    const graph = builder.finish('written', [pooled]);
    const again = readOnnx(writeOnnx(graph));
    expect(again.nodes).toEqual(graph.nodes);
    expect(again.inputs).toEqual(graph.inputs);
    expect(again.outputs).toEqual(graph.outputs);
    expect([...again.initializers]).toEqual([...graph.initializers]);
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['text', new TextEncoder().encode('this is not a network at all, it is text')],
    ['a picture', Uint8Array.from({ length: 4096 }, (_, at) => (at * 37) % 256)],
  ])('that hold %s are refused by a typed error', (_label, bytes) => {
    expect(() => readOnnx(bytes)).toThrow(NetworkError);
  });

  it('that were cut off never crash the reader', () => {
    const whole = file({ opType: 'Relu' }, 18, [
      { name: 'w', dims: [64], dataType: FLOAT, rawData: new Uint8Array(256) },
    ]);
    for (let length = 0; length < whole.length; length += 7) {
      try {
        readOnnx(whole.subarray(0, length));
      } catch (error) {
        expect(error, `at ${length} bytes`).toBeInstanceOf(NetworkError);
      }
    }
  });

  it.each([
    [
      'an opset from the future',
      file({ opType: 'Relu' }, 29),
      'UNSUPPORTED_OPSET',
      /opset 29; opsets 7 to 28/,
    ],
    ['an opset from the past', file({ opType: 'Relu' }, 6), 'UNSUPPORTED_OPSET', /opset 6/],
    [
      'an operator of a foreign domain',
      file({ opType: 'Magic', domain: 'acme' }),
      'UNSUPPORTED_OPERATOR',
      /acme\.Magic \("n"\)/,
    ],
    [
      'a branch',
      file({ opType: 'If', attribute: [{ name: 'then_branch', type: 5, g: { name: 'b' } }] }),
      'UNSUPPORTED_OPERATOR',
      /If \("n"\).*then_branch/,
    ],
    [
      'a value nothing computes',
      file({ opType: 'Relu', input: ['missing'] }),
      'INVALID_GRAPH',
      /reads "missing"/,
    ],
    [
      'weights in another file',
      file({ opType: 'Relu' }, 18, [
        { name: 'w', dims: [1], dataType: FLOAT, externalData: [{ key: 'location', value: 'w.bin' }] },
      ]),
      'INVALID_GRAPH',
      /"w" lie in a separate file/,
    ],
    [
      'weights cut short',
      file({ opType: 'Relu' }, 18, [{ name: 'w', dims: [4], dataType: FLOAT, rawData: new Uint8Array(8) }]),
      'INVALID_GRAPH',
      /needs 16 bytes but has 8/,
    ],
    [
      'a weight type we do not compute with',
      file({ opType: 'Relu' }, 18, [{ name: 'w', dims: [1], dataType: 15, rawData: new Uint8Array(16) }]),
      'UNSUPPORTED_TYPE',
      /"w" has ONNX element type 15/,
    ],
  ])('with %s say so', (_label, bytes, code, message) => {
    expect(() => readOnnx(bytes)).toThrow(message);
    expect(() => readOnnx(bytes)).toThrow(expect.objectContaining({ code }));
  });
});

describe('inputs of a file', () => {
  const { ModelProto, ValueInfoProto } = onnxProto.onnx;
  const weights: onnx.ITensorProto = {
    name: 'w',
    dims: [4],
    dataType: FLOAT,
    floatData: [1, -2, 3, 0.5],
  };
  const scaling = { opType: 'Mul', input: ['x', 'w'] };
  /** The file with more inputs, of four numbers each. */
  function withInputs(names: readonly string[], change: (model: onnx.ModelProto) => void = () => undefined) {
    const model = ModelProto.decode(file(scaling, 11, [weights]));
    const type = { tensorType: { elemType: FLOAT, shape: { dim: [{ dimValue: 4 }] } } };
    for (const name of names) model.graph!.input!.push(ValueInfoProto.create({ name, type }));
    change(model);
    return readOnnx(ModelProto.encode(model).finish());
  }

  it('may name its weights, as all files did before version 4: they stay weights', async () => {
    const graph = withInputs(['w'], (model) => {
      model.irVersion = 3;
    });
    expect(graph.inputs.map(({ name }) => name)).toEqual(['x']);
    const scaled = (await runGraph(graph, { x })).get('y')!;
    expect(Number(scaled.data[1])).toBeCloseTo(-2 * x.data[1]!, 6);
  });

  it('are no inputs where nothing reads them, or only what no output depends on', () => {
    const graph = withInputs(['scale/Sqrt/x:0', 'beside'], (model) => {
      model.graph!.node!.push({ name: 'm', opType: 'Sqrt', input: ['beside'], output: ['z'] });
    });
    expect(graph.inputs.map(({ name }) => name)).toEqual(['x']);
    expect(graph.nodes.map(({ name }) => name)).toEqual(['n']);
    expect([...graph.types.keys()]).toEqual(['x']);
  });
});

describe('older opsets', () => {
  it.each([
    [
      'axes of a reduction',
      { opType: 'ReduceMean', attribute: [{ name: 'axes', type: 7, ints: [-1] }] },
      13,
      [2, 3, 1],
    ],
    [
      'axes of Unsqueeze',
      { opType: 'Unsqueeze', attribute: [{ name: 'axes', type: 7, ints: [0] }] },
      11,
      [1, 2, 3, 4],
    ],
    [
      'Softmax over the last axis',
      { opType: 'Softmax', attribute: [{ name: 'axis', type: 2, i: -1 }] },
      11,
      [2, 3, 4],
    ],
    [
      'the ratio of Dropout',
      { opType: 'Dropout', attribute: [{ name: 'ratio', type: 1, f: 0.5 }] },
      11,
      [2, 3, 4],
    ],
  ])('%s is carried over', async (_label, node, opset, dims) => {
    const graph = specialise(readOnnx(file(node, opset)), { inputs: new Map() });
    expect(graph.types.get('y')?.dims).toEqual(dims);
    expect((await runGraph(graph, { x })).get('y')?.dims).toEqual(dims);
  });

  it('split with sizes in an attribute', async () => {
    const node = {
      opType: 'Split',
      output: ['y', 'z'],
      attribute: [
        { name: 'axis', type: 2, i: 2 },
        { name: 'split', type: 7, ints: [1, 3] },
      ],
    };
    expect(
      (await runGraph(specialise(readOnnx(file(node, 11)), { inputs: new Map() }), { x })).get('y')?.dims,
    ).toEqual([2, 3, 1]);
  });

  it.each([0, 1, 2, -2, -1])(
    'softmax of opset 11 from axis %i on answers like the file itself',
    async (axis) => {
      const bytes = file({ opType: 'Softmax', attribute: [{ name: 'axis', type: 2, i: axis }] }, 11);
      const session = await ort.InferenceSession.create(bytes);
      const own = await session.run({ x: new ort.Tensor('float32', x.data as Float32Array, x.dims) });
      const read = await runGraph(specialise(readOnnx(bytes), { inputs: new Map() }), { x });
      expect(read.get('y')?.dims).toEqual(x.dims);
      expect([...(read.get('y')!.data as Float32Array)]).toEqual([...(own.y!.data as Float32Array)]);
    },
  );

  it('are refused where the meaning was another', () => {
    expect(() =>
      readOnnx(
        file({ opType: 'GroupNormalization', attribute: [{ name: 'num_groups', type: 2, i: 1 }] }, 18),
      ),
    ).toThrow(/scales groups/);
  });
});

describe('half precision', () => {
  it('is widened exactly and rounded to the nearest', () => {
    const values = [
      0,
      -0,
      1,
      -2.5,
      65504,
      2 ** -14,
      2 ** -24,
      3 * 2 ** -24,
      1 / 3,
      1e-9,
      1e6,
      -Infinity,
      1 + 2 ** -11,
      1 + 3 * 2 ** -11,
    ];
    const back = floatsFromHalf(halfFromFloats(Float32Array.from(values)));
    expect([...back]).toEqual([
      0,
      -0,
      1,
      -2.5,
      65504,
      2 ** -14,
      2 ** -24,
      3 * 2 ** -24,
      0.333251953125,
      0,
      Infinity,
      -Infinity,
      1,
      1 + 2 ** -9,
    ]);
    expect(floatsFromHalf(halfFromFloats(Float32Array.of(Number.NaN)))[0]).toBeNaN();
    const every = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
    const again = halfFromFloats(floatsFromHalf(every));
    const changed = every.filter((bits, at) => again[at] !== bits && (bits & 0x7fff) <= 0x7c00);
    expect([...changed]).toEqual([]);
  });

  it('weights become float32 under the name they are read by', async () => {
    const half = halfFromFloats(Float32Array.of(0.5, -3, 2, 1));
    const builder = new GraphBuilder();
    builder.input('x', { dtype: 'float32', dims: [2, 3, 4] });
    builder.initializer('w.half', tensor('float16', [4], half));
    builder.add({
      name: 'widen',
      operator: 'Cast',
      domain: '',
      inputs: ['w.half'],
      outputs: ['w'],
      attributes: attributes({ to: int(FLOAT) }),
    });
    const y = builder.op('Mul', ['x', 'w']);
    const plain = builder.finish('half', [y]);
    const graph = specialise(plain, { inputs: new Map() });
    expect([...graph.initializers.keys()]).toEqual(['w']);
    expect(maxDifference((await runGraph(graph, { x })).get(y), (await runGraph(plain, { x })).get(y))).toBe(
      0,
    );
  });
});

describe('what is no network', () => {
  let path: string;
  beforeEach(() => {
    path = join(mkdtempSync(join(tmpdir(), 'enxerto-onnx-')), 'net.onnx');
  });
  afterEach(() => rmSync(dirname(path), { recursive: true }));

  it.each([
    ['nothing', '', 'fileEmpty'],
    ['a zip archive', 'PK\u0003\u0004\u0014\0\0\0\b\0', 'fileArchive'],
    ['a pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:ab\n', 'filePointer'],
    ['a page', '<!DOCTYPE html><html></html>', 'NOT_ONNX'],
  ])('is refused as what it is: %s', async (_label, content, reason) => {
    writeFileSync(path, content);
    await expect(openOnnx(path)).rejects.toMatchObject({ code: 'NOT_ONNX', reason });
  });

  it('is refused before it is read where it is larger than any network, and where it is a folder', async () => {
    writeFileSync(path, '');
    truncateSync(path, 3 * 2 ** 30);
    await expect(openOnnx(path)).rejects.toMatchObject({ code: 'NOT_ONNX', reason: 'fileTooLarge' });
    await expect(openOnnx(dirname(path))).rejects.toMatchObject({ code: 'NOT_ONNX' });
  });
});

describe('weights beside their network', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'enxerto-onnx-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const values = Float32Array.from({ length: 6 }, (_, at) => at / 3);
  const write = (entries: Readonly<Record<string, string>>, content = Buffer.alloc(40)) => {
    Buffer.from(values.buffer).copy(content, 8);
    writeFileSync(join(folder, 'net.onnx.data'), content);
    const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
    const weight = { name: 'w', dims: [6], dataType: FLOAT, dataLocation: 1, externalData };
    mkdirSync(join(folder, 'inner'), { recursive: true });
    const path = join(folder, 'net.onnx');
    writeFileSync(path, file({ opType: 'Relu' }, 18, [weight]));
    return path;
  };

  it('are read from where they lie, to their length or to the end', async () => {
    const place = { location: 'net.onnx.data', offset: '8', length: '24' };
    const { graph } = await openOnnx(write(place));
    expect(graph.initializers.get('w')).toEqual(floatTensor([6], values));
    const toTheEnd = await openOnnx(write({ location: 'net.onnx.data', offset: '8' }, Buffer.alloc(32)));
    expect(toTheEnd.graph.initializers.get('w')).toEqual(floatTensor([6], values));
  });

  it.each([
    ['no file', { location: 'other.data' }],
    ['a file in another folder', { location: '../secret.data' }],
    ['an absolute path', { location: join(tmpdir(), 'secret.data') }],
    ['more than there is', { location: 'net.onnx.data', offset: '24', length: '24' }],
    ['a place before the file', { location: 'net.onnx.data', offset: '-8', length: '24' }],
    ['no number', { location: 'net.onnx.data', offset: 'x' }],
  ])('are refused where they name %s', async (_label, entries) => {
    const path = write(entries);
    // Outside the network's folder there is a file of that name, so that it is the place that is refused.
    const inner = join(folder, 'inner', 'net.onnx');
    renameSync(path, inner);
    if (!entries.location.startsWith('..'))
      renameSync(join(folder, 'net.onnx.data'), join(folder, 'inner', 'net.onnx.data'));
    else writeFileSync(join(folder, 'secret.data'), Buffer.alloc(24));
    await expect(openOnnx(inner)).rejects.toMatchObject({
      code: 'INVALID_GRAPH',
      reason: 'separateWeights',
      params: { value: 'w', file: entries.location },
    });
  });
});
