import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attributes, int } from '../../../main/trainer/graph/attributes.ts';
import { GraphBuilder } from '../../../main/trainer/graph/builder.ts';
import { writeOnnx } from '../../../main/trainer/graph/onnx-writer.ts';
import { ofType, serve } from '../support/serve.ts';
import { topologyFile } from '../support/topologies.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enxerto-describe-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** What a trainer says of a file. */
async function described(bytes: Uint8Array) {
  const network = join(folder, 'network.onnx');
  const manifest = join(folder, 'manifest.json');
  await writeFile(network, bytes);
  const files = { folder, cache: folder, backbones: folder, libraries: [] };
  await writeFile(
    manifest,
    JSON.stringify({
      version: 1,
      job: 'inspect',
      files,
      runtime: { threads: 1, executor: 'auto' },
      measure: false,
      network,
    }),
  );
  const { events, end } = serve(manifest);
  return { last: await end, network: ofType(events, 'described')[0]?.network };
}

function fileWith(operator: string, options: Readonly<Record<string, number>> = {}): Uint8Array {
  const builder = new GraphBuilder();
  builder.input('image', { dtype: 'float32', dims: ['N', 3, 8, 8] });
  const values = Object.fromEntries(Object.entries(options).map(([name, value]) => [name, int(value)]));
  const y = builder.op(operator, ['image'], { name: `/part/${operator}`, attributes: attributes(values) });
  return writeOnnx(builder.finish('odd', [y]));
}

describe('a network file', () => {
  it('is described by its layers and the blocks that can be frozen', async () => {
    const { last, network } = await described(topologyFile('mobilenetv2', 'dynamo'));
    expect(last.type).toBe('done');
    expect(network).toMatchObject({
      input: { name: 'images', dims: ['N', 3, 64, 64] },
      parameters: 2_236_682,
    });
    expect(network?.stages.map((stage) => stage.name)).toEqual([
      'conv_stem',
      ...Array.from({ length: 7 }, (_, block) => `blocks.${block}`),
      'conv_head',
    ]);
    expect(network?.stages[0]?.cachedBytes).toBe(4 * 32 * 32 * 32);
    expect(network?.layers.find((layer) => layer.path === 'blocks.0.0.conv_dw')).toMatchObject({
      depth: 4,
      kind: 'DepthwiseConv',
      parameters: 288,
      receptiveField: 7,
    });
  });

  it.each([
    [
      'an operator that cannot be taken',
      fileWith('NonMaxSuppression'),
      /NonMaxSuppression "\/part\/NonMaxSuppression"/,
    ],
    [
      'several outputs of training',
      fileWith('BatchNormalization', { training_mode: 1 }),
      /exported in training mode/,
    ],
    [
      'something else than a network',
      new TextEncoder().encode('no network'),
      /not an ONNX network|no ONNX network/,
    ],
  ])('with %s is refused with the reason', async (_label, bytes, reason) => {
    const { last } = await described(bytes);
    expect(last).toMatchObject({
      type: 'failed',
      code: 'NETWORK_UNSUPPORTED',
      message: expect.stringMatching(reason),
    });
  });
});
