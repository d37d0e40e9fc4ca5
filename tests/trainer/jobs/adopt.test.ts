import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { attributes, int } from '../../../main/trainer/graph/attributes.ts';
import { GraphBuilder } from '../../../main/trainer/graph/builder.ts';
import { writeOnnx } from '../../../main/trainer/graph/onnx-writer.ts';
import { tensor } from '../../../main/trainer/graph/tensor.ts';
import { buildBody } from '../../../main/trainer/loop/body.ts';
import { shapeOf } from '../../../main/trainer/loop/run-setup.ts';
import { loadBackbone } from '../../../main/trainer/networks/backbone.ts';
import { surveyNetwork } from '../../../main/trainer/networks/survey.ts';
import { recipe as recipeSchema } from '../../../shared/contract/recipe.ts';
import { adopt as adoptInto, resources } from '../support/adopt.ts';
import { runGraph } from '../support/run.ts';
import { seededFloats } from '../support/seeded.ts';
import { smallNetwork } from '../support/small-network.ts';
import { tinyRecipe } from '../support/small-run.ts';
import { loadTopology, topologyFile } from '../support/topologies.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'enxerto-adopt-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const adopt = (change: Parameters<typeof adoptInto>[1]) => adoptInto(root, change);

describe('a network of one’s own', () => {
  test('its scaling is found on a reference, its blocks by name, and it can be opened and trained at every depth', async () => {
    const { last, report } = await adopt({});
    expect(last).toMatchObject({ type: 'done' });
    expect(report).toMatchObject({
      scaling: 'lite',
      order: 'rgb',
      check: 'values',
      images: 1,
      classes: 1000,
      featureCount: 1280,
      anySize: true,
      trainable: { first: 'conv_stem', reason: null },
    });
    expect(report!.difference).toBeLessThan(1e-3);
    expect(report!.report.blocks.map(({ id }) => id)).toEqual([
      'conv_stem',
      ...Array.from({ length: 7 }, (_, index) => `blocks.${index}`),
      'conv_head',
    ]);
    const { card, graph } = await loadBackbone(join(root, 'mine'), 'mine');
    expect(card).toMatchObject({ mean: [127, 127, 127], std: [128, 128, 128], features: 'features' });
    expect(graph.nodes.length).toBeGreaterThan(100);
    // What nobody said is kept as nothing, not as a word of some language.
    const said = JSON.parse(await readFile(join(root, 'mine', 'mine.json'), 'utf8'));
    expect(said).toMatchObject({ licence: { weights: 'Apache-2.0' }, known_bias: null });
  });

  test('the size it was trained at is kept with it, and one that its file does not allow is refused', async () => {
    const { report } = await adopt({ size: 256, reference: null, scaling: 'lite' });
    expect(report).toMatchObject({ size: [256, 256], anySize: true });
    const backbone = await loadBackbone(join(root, 'mine'), 'mine');
    expect(backbone.card.size).toEqual([256, 256]);
    // It is the size of a run whose recipe says none.
    const images = [{ width: 400, height: 300 }];
    const recipe = recipeSchema.parse({ ...tinyRecipe, shape: 'square', size: null });
    expect(shapeOf({ recipe, images }, backbone)).toMatchObject({ height: 256, width: 256 });
    expect(shapeOf({ recipe: { ...recipe, size: 160 }, images }, backbone)).toMatchObject({ height: 160 });
    await writeFile(join(root, 'fixed.onnx'), topologyFile('mobilenetv2', 'legacy'));
    const fixed = { network: join(root, 'fixed.onnx'), reference: null, scaling: 'imagenet' };
    const { last } = await adopt({ ...fixed, size: 224 });
    expect(last).toMatchObject({
      code: 'NETWORK_UNSUPPORTED',
      params: { why: 'onlySize', height: 64, width: 64, asked: 224 },
    });
    expect((await adopt({ ...fixed, size: 64 })).report).toMatchObject({ size: [64, 64], anySize: false });
  });

  test('the wrong scaling is refused with what fits, and nothing is left behind', async () => {
    const { last } = await adopt({ scaling: 'imagenet' });
    expect(last).toMatchObject({ type: 'failed', code: 'PREPROCESSING' });
    expect((last as { message: string }).message).toMatch(/"imagenet" \(rgb\).*differ.*"lite" \(rgb\) fits/);
    expect(last).toMatchObject({
      params: { why: 'scalingDiffers', wanted: 'imagenet', fits: 'lite', fitsOrder: 'rgb' },
    });
    expect(await readdir(root)).toEqual(['manifest.json']);
    const swapped = await adopt({ order: 'bgr' });
    expect(swapped.last).toMatchObject({ type: 'failed', code: 'PREPROCESSING' });
  });

  test('without a reference the scaling must be named, and is said to be unproved', async () => {
    expect((await adopt({ reference: null })).last).toMatchObject({ type: 'failed', code: 'PREPROCESSING' });
    const { report } = await adopt({ reference: null, scaling: 'lite' });
    expect(report).toMatchObject({ check: null, difference: null, scaling: 'lite' });
  });

  test('a file that is no network, and a reference that does not fit, are refused by name', async () => {
    await writeFile(join(root, 'text.onnx'), 'hello');
    const none = await adopt({ network: join(root, 'text.onnx') });
    expect(none.last).toMatchObject({ type: 'failed', code: 'NETWORK_UNSUPPORTED' });
    expect((none.last as { message: string }).message).toMatch(/^text\.onnx was not taken\. .+ Export /);
    await mkdir(join(root, 'small'));
    await writeFile(join(root, 'small', 'small.onnx'), writeOnnx(smallNetwork().graph));
    const other = await adopt({ network: join(root, 'small', 'small.onnx') });
    expect(other.last).toMatchObject({ type: 'failed' });
    expect((other.last as { message: string }).message).toContain('224 × 224');
    await copyFile(join(resources, 'efficientnet_lite0.json'), join(root, 'broken.safetensors'));
    const broken = await adopt({ reference: join(root, 'broken.safetensors') });
    expect(broken.last).toMatchObject({
      code: 'NETWORK_UNSUPPORTED',
      params: { why: 'referenceFile', file: 'broken.safetensors' },
    });
    expect((await readFile(join(root, 'text.onnx'), 'utf8')).length).toBe(5);
  });
});

const look = { order: 'rgb', size: null, features: null } as const;

const blocks = (count: number, name = 'blocks') =>
  Array.from({ length: count }, (_, index) => `${name}.${index}`);
describe.each([
  ['mobilenetv2', ['conv_stem', ...blocks(7), 'conv_head']],
  ['resnet18', ['conv1', 'layer1', 'layer2', 'layer3', 'layer4']],
  ['vit-tiny', ['patch_embed', ...blocks(12)]],
  ['convnext-atto', ['stem', ...blocks(4, 'stages'), 'head']],
] as const)('%s', (name, stages) => {
  test.each(['legacy', 'dynamo'] as const)(
    'of the %s exporter is taken, by its own modules',
    async (exporter) => {
      const network = join(root, `${name}.onnx`);
      await writeFile(network, topologyFile(name, exporter));
      const { last, report } = await adopt({ network, reference: null, scaling: 'imagenet' });
      expect(last).toMatchObject({ type: 'done' });
      expect(report!.report.blocks.map(({ id }) => id)).toEqual([...stages]);
      expect(report).toMatchObject({ classes: 10, trainable: { first: stages[0], reason: null } });
    },
  );
});

test('fully connected layers before the classifier are a stage that can be trained', () => {
  const survey = surveyNetwork(loadTopology('vgg11', 'legacy'), look);
  expect(survey.stages.at(-1)).toEqual({ name: 'classifier', outputs: [survey.features] });
  expect(survey.multiLevel).toEqual([]);
});

test('networks that take other colours first or interleaved pixels are given them', () => {
  const survey = surveyNetwork(smallNetwork().graph, { ...look, order: 'bgr' });
  expect(survey.graph.nodes[0]).toMatchObject({ operator: 'Gather' });
  expect(survey.input).toBe('image');
  expect(survey.size).toEqual([12, 10]);
});

describe('a network exported for one image', () => {
  /** Convolution, mean and classifier, its values named as exporters name them; `target`: what the last maps become. */
  const exportedForOne = (target: readonly number[]) => {
    const builder = new GraphBuilder();
    builder.input('images', { dtype: 'float32', dims: [1, 3, 8, 8] });
    const weight = builder.initializer('conv.weight', seededFloats('conv.weight', [4, 3, 3, 3]));
    const classifier = builder.initializer('fc.weight', seededFloats('fc.weight', [5, 4]));
    const maps = builder.op('Conv', ['images', weight], { name: 'div' });
    const pooled = builder.op('ReduceMean', [maps, builder.ints([2, 3])], { name: 'mean' });
    const row = builder.op('Reshape', [pooled, builder.ints(target)], { name: 'view' });
    const settings = { name: 'logits', attributes: attributes({ transB: int(1) }) };
    return writeOnnx(builder.finish('one', [builder.op('Gemm', [row, classifier], settings)]));
  };

  test('is taken for any number of them, whatever its values are called', async () => {
    await writeFile(join(root, 'one.onnx'), exportedForOne([1, 4]));
    const { last, report } = await adopt({
      network: join(root, 'one.onnx'),
      reference: null,
      scaling: 'imagenet',
    });
    expect(last).toMatchObject({ type: 'done' });
    expect(report).toMatchObject({ classes: 5, featureCount: 4, trainable: { first: 'conv', reason: null } });
    const backbone = await loadBackbone(join(root, 'mine'), 'mine');
    const body = buildBody(
      backbone,
      { height: 8, width: 8, fit: 'pad' },
      { multiLevel: false, folded: false },
    );
    const pixels = tensor(
      'uint8',
      [3, 3, 8, 8],
      Uint8Array.from({ length: 576 }, (_, at) => at % 251),
    );
    const features = (await runGraph(body.graph, { 'enxerto.pixels': pixels })).get('enxerto.features');
    expect(features?.dims).toEqual([3, 4]);
  });

  test('that mixes images with one another is refused', async () => {
    const builder = new GraphBuilder();
    builder.input('images', { dtype: 'float32', dims: ['N', 3, 8, 8] });
    const weight = builder.initializer('conv.weight', seededFloats('conv.weight', [4, 3, 3, 3]));
    const maps = builder.op('Conv', ['images', weight]);
    const mixed = builder.op('Sub', [maps, builder.op('ReduceMean', [maps, builder.ints([0])])]);
    const row = builder.op('Flatten', [builder.op('GlobalMaxPool', [mixed])]);
    await writeFile(join(root, 'mixed.onnx'), writeOnnx(builder.finish('mixed', [row])));
    const { last } = await adopt({
      network: join(root, 'mixed.onnx'),
      reference: null,
      scaling: 'imagenet',
    });
    expect(last).toMatchObject({ code: 'NETWORK_UNSUPPORTED', params: { why: 'oneByOne' } });
  });
});
