import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { attributes, int } from '../../../main/trainer/graph/attributes.ts';
import { GraphBuilder } from '../../../main/trainer/graph/builder.ts';
import { writeOnnx } from '../../../main/trainer/graph/onnx-writer.ts';
import { zeros } from '../../../main/trainer/graph/tensor.ts';
import type { Tensor } from '../../../main/trainer/graph/types.ts';
import { writeSafetensors } from '../../../main/trainer/loop/safetensors.ts';
import { loadBackbone } from '../../../main/trainer/networks/backbone.ts';
import { adopt as adoptInto } from '../support/adopt.ts';
import { maxDifference, runGraph } from '../support/run.ts';
import { seededFloats } from '../support/seeded.ts';
import { type Exporter, heldParameters, loadTopology, references, stateDict } from '../support/topologies.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'enxerto-weights-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const network = () => join(root, 'net.onnx');
const weights = () => join(root, 'trained.safetensors');
const adopt = () =>
  adoptInto(root, { network: network(), weights: weights(), reference: null, scaling: 'imagenet' });

/** An exported network whose weights are forgotten. */
async function writeForgotten(name: string, exporter: Exporter): Promise<void> {
  const graph = loadTopology(name, exporter);
  const initializers = new Map<string, Tensor>(graph.initializers);
  for (const held of heldParameters(name, exporter).keys())
    initializers.set(held, zeros(initializers.get(held)!.dims));
  await writeFile(network(), writeOnnx({ ...graph, initializers }));
}

describe('a network of one’s own with weights in a file apart', () => {
  test.each([
    ['resnet18', 'legacy'],
    ['vit-tiny', 'dynamo'],
  ] as const)('%s from the %s exporter answers by them, as PyTorch does', async (name, exporter) => {
    await writeForgotten(name, exporter);
    await writeFile(weights(), writeSafetensors(stateDict(name)));
    const { last, report } = await adopt();
    expect(last).toMatchObject({ type: 'done' });
    expect(report).toMatchObject({ classes: 10, trainable: { reason: null } });
    const { graph } = await loadBackbone(join(root, 'mine'), 'mine');
    const { images, logits } = references(name);
    const answers = await runGraph(graph, { images });
    expect(maxDifference(answers.get('logits'), logits)).toBeLessThan(1e-3);
    const card = JSON.parse(await readFile(join(root, 'mine', 'mine.json'), 'utf8'));
    expect(card.origin).toMatchObject({ file: 'net.onnx', weights: 'trained.safetensors' });
  });

  test('takes images of any size as before', async () => {
    const builder = new GraphBuilder();
    builder.input('images', { dtype: 'float32', dims: ['N', 3, 'H', 'W'] });
    const maps = builder.op('Conv', ['images', builder.initializer('conv.weight', zeros([4, 3, 3, 3]))]);
    const row = builder.op('Flatten', [builder.op('GlobalAveragePool', [maps])]);
    const classifier = builder.initializer('fc.weight', zeros([5, 4]));
    const settings = { attributes: attributes({ transB: int(1) }) };
    const logits = builder.op('Gemm', [row, classifier], settings);
    await writeFile(network(), writeOnnx(builder.finish('open', [logits])));
    const learned = seededFloats('conv', [4, 3, 3, 3]);
    const stored = new Map([
      ['conv.weight', learned],
      ['fc.weight', seededFloats('fc', [5, 4])],
    ]);
    await writeFile(weights(), writeSafetensors(stored));
    const { report } = await adopt();
    expect(report).toMatchObject({ anySize: true, size: [224, 224] });
    const { graph } = await loadBackbone(join(root, 'mine'), 'mine');
    expect(graph.initializers.get('conv.weight')!.data).toEqual(learned.data);
  });

  test('is refused where they are another’s or no weights at all, with what is missing, and nothing is kept', async () => {
    await writeForgotten('resnet18', 'dynamo');
    await writeFile(weights(), writeSafetensors(stateDict('vgg11')));
    expect((await adopt()).last).toMatchObject({
      code: 'NETWORK_UNSUPPORTED',
      params: {
        why: 'weightsDiffer',
        missing: expect.stringContaining('conv1.weight [64, 3, 7, 7]'),
        left: expect.stringMatching(/features\.0\.weight, .* more$/),
      },
    });
    await writeFile(weights(), 'no weights');
    expect((await adopt()).last).toMatchObject({
      code: 'NETWORK_UNSUPPORTED',
      params: { why: 'weightsFile', file: 'trained.safetensors' },
    });
    expect((await readdir(root)).sort()).toEqual(['manifest.json', 'net.onnx', 'trained.safetensors']);
  });
});
