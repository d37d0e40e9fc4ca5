import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../../main/trainer/autodiff/differentiate.ts';
import { attributes, int } from '../../../main/trainer/graph/attributes.ts';
import { GraphBuilder } from '../../../main/trainer/graph/builder.ts';
import { checkNetwork } from '../../../main/trainer/graph/check.ts';
import { readOnnx } from '../../../main/trainer/graph/onnx-reader.ts';
import { specialise } from '../../../main/trainer/graph/specialise.ts';
import { maxDifference, relativeError, runGraph } from '../support/run.ts';
import { readSafetensors } from '../support/safetensors.ts';

const folder = new URL('../../fixtures/trainer/opsets/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.onnx'));
const references = readSafetensors(new URL('references.safetensors', folder));

/** What PyTorch computed for one of the networks; see opsets/export.py. */
const referenceOf = (file: string) => {
  const network = /^(newest|oldest)/.exec(file)?.[0] ?? 'exported';
  return (what: string) => references.get(`${network}/${what}`)!;
};

test('there are files of old, usual and the newest opsets', () => {
  const opsets = files.map((file) => Number(/\d+/.exec(file)![0]));
  for (const opset of [7, 9, 10, 11, 13, 17, 18, 20, 21, 22, 23, 24, 28]) expect(opsets).toContain(opset);
});

describe.each(files)('%s', (file) => {
  const said = referenceOf(file);
  const images = said('images');
  const raw = readOnnx(readFileSync(new URL(file, folder)));
  const network = specialise(raw, { inputs: new Map([['images', images.dims]]) });

  test('answers as PyTorch does', async () => {
    checkNetwork(raw);
    const answers = await runGraph(network, { images });
    expect(maxDifference(answers.get('logits'), said('logits'))).toBeLessThan(1e-5);
  });

  test.each(['channel-major', 'batch-major'] as const)('has PyTorch’s gradients, %s', async (layout) => {
    const builder = new GraphBuilder(network);
    builder.initializer('probe', said('probe'));
    const weighted = builder.op('Mul', ['logits', 'probe']);
    const loss = builder.op('ReduceSum', [weighted], { attributes: attributes({ keepdims: int(0) }) });
    const whole = builder.finish('weighted', ['logits']);
    const { graph, gradients } = differentiate(whole, { loss, wrt: ['images', 'stem.weight'] });
    const answers = await runGraph(graph, { images }, layout);
    for (const [name, by] of [
      ['images', 'by_images'],
      ['stem.weight', 'by_weight'],
    ] as const)
      expect(relativeError(answers.get(gradients.get(name)!), said(by)), name).toBeLessThan(1e-4);
  });
});
