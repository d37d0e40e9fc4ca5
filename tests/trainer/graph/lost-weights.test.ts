import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import onnxProto, { type onnx } from 'onnx-proto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NetworkError } from '../../../main/trainer/graph/errors.ts';
import { openOnnx } from '../../../main/trainer/graph/onnx-file.ts';
import { describeNetwork } from '../../../main/trainer/jobs/describe.ts';
import { surveyNetwork } from '../../../main/trainer/networks/survey.ts';
import { kerasFile, topologyFile } from '../support/topologies.ts';

const { ModelProto } = onnxProto.onnx;
const FLOAT = 1;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'enxerto-lost-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A copy of a file with its graph changed. */
function changed(bytes: Uint8Array, change: (graph: onnx.IGraphProto) => void): string {
  const model = ModelProto.decode(bytes);
  change(model.graph!);
  const path = join(folder, 'net.onnx');
  writeFileSync(path, ModelProto.encode(model).finish());
  return path;
}

const withoutWeights = (graph: onnx.IGraphProto) => {
  graph.initializer = (graph.initializer ?? []).filter(({ dataType }) => dataType !== FLOAT);
};

async function refusalOf(work: () => unknown): Promise<NetworkError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof NetworkError) return error;
    throw error;
  }
  throw new Error('The network was not refused.');
}

describe('a network without its weights', () => {
  it('from tf2onnx is told what happened and how to export it again', async () => {
    const path = changed(kerasFile(), withoutWeights);
    const error = await refusalOf(() => openOnnx(path));
    expect(error).toMatchObject({ code: 'INVALID_GRAPH', reason: 'lostWeights' });
    expect(error.params.count).toBeGreaterThan(50);
    expect(error.message).toContain('--saved-model');
  });

  it('that takes them as inputs, as PyTorch leaves it without export_params, is told the same', async () => {
    const path = changed(topologyFile('convnext-atto', 'legacy'), (graph) => {
      const weights = (graph.initializer ?? []).filter(({ dataType }) => dataType === FLOAT);
      withoutWeights(graph);
      const inputs = weights.map(({ name, dims }) => ({
        name: name ?? '',
        type: {
          tensorType: { elemType: FLOAT, shape: { dim: (dims ?? []).map((dimValue) => ({ dimValue })) } },
        },
      }));
      graph.input = [...(graph.input ?? []), ...inputs];
    });
    const { graph } = await openOnnx(path);
    expect(graph.inputs.length).toBeGreaterThan(50);
    const options = { order: 'rgb', size: null, features: null } as const;
    for (const work of [() => describeNetwork(path), () => surveyNetwork(graph, options)])
      expect((await refusalOf(work)).reason).toBe('lostWeights');
  });

  it('whose other inputs are no weights is still told that there are too many', async () => {
    const path = changed(kerasFile(), (graph) => {
      const [image] = graph.input ?? [];
      graph.input = [image!, { ...image, name: 'second' }];
      graph.node = [
        ...(graph.node ?? []),
        { opType: 'ReduceSum', input: ['second'], output: ['sum'], name: 'sum' },
      ];
      graph.output = [...(graph.output ?? []), { name: 'sum', type: { tensorType: { elemType: FLOAT } } }];
    });
    const { graph } = await openOnnx(path);
    expect(
      (await refusalOf(() => surveyNetwork(graph, { order: 'rgb', size: null, features: null }))).reason,
    ).toBe('inputCount');
  });

  it('which tf2onnx put into an archive beside it says so; from others it is asked for both files', async () => {
    const beside = (graph: onnx.IGraphProto) => {
      const [weight] = (graph.initializer ?? []).filter(({ dataType }) => dataType === FLOAT);
      weight!.rawData = new Uint8Array();
      weight!.dataLocation = 1;
      weight!.externalData = [{ key: 'location', value: 'conv_0' }];
    };
    const error = await refusalOf(() => openOnnx(changed(kerasFile(), beside)));
    expect(error).toMatchObject({ reason: 'lostWeightFiles', params: { file: 'conv_0' } });
    expect(error.message).toContain('without large_model');
    const other = changed(topologyFile('convnext-atto', 'legacy'), beside);
    expect((await refusalOf(() => openOnnx(other))).reason).toBe('separateWeights');
  });
});
