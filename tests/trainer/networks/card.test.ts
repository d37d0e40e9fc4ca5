import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backboneAt, loadBackbone } from '../../../main/trainer/networks/backbone.ts';
import { cardFacts, factsDigest, factsOf, readCard, withFacts } from '../../../main/trainer/networks/card.ts';

const folder = new URL('../../../resources/backbones', import.meta.url).pathname;
const json = readFileSync(join(folder, 'efficientnet_lite0.json'), 'utf8');

let copy: string;
beforeEach(async () => {
  copy = await mkdtemp(join(tmpdir(), 'backbone-'));
});
afterEach(async () => {
  await rm(copy, { recursive: true, force: true });
});

describe('backbone cards', () => {
  it('say what the network needs', () => {
    const card = readCard(json, 'card.json');
    expect(card).toMatchObject({
      name: 'efficientnet_lite0',
      input: 'input',
      size: [224, 224],
      anySize: true,
      mean: [127, 127, 127],
      std: [128, 128, 128],
      featureCount: 1280,
    });
    expect(card.multiLevel).toEqual(['stage2', 'stage4', 'stage5', 'head']);
    expect(card.licence).toContain('Apache-2.0');
  });

  it('say of each stage at which value it ends, or at which values, and are kept as they were written', () => {
    const [first, ...rest] = JSON.parse(json).network.stages;
    const card = readCard(json, 'card.json');
    expect(card.stages[0]).toEqual({ name: first.name, outputs: [first.output] });
    expect(factsOf(card).stages).toEqual([first, ...rest]);
    const several = [{ ...first, output: [first.output, rest[0].output] }, ...rest];
    const said = JSON.parse(json);
    const wide = readCard(
      JSON.stringify({ ...said, network: { ...said.network, stages: several } }),
      'card.json',
    );
    expect(wide.stages[0]!.outputs).toEqual([first.output, rest[0].output]);
    const facts = cardFacts.parse(JSON.parse(JSON.stringify(factsOf(wide))));
    expect(facts.stages).toEqual(several);
    expect(withFacts(card, facts).stages).toEqual(wide.stages);
    // Activations that were kept by an earlier version are found again.
    expect(factsDigest(card)).toBe('e17e1609cfc5c2fb9955897f75d2be3fb32aaf3f1e4097baf42c2149dbf808b2');
    expect(factsDigest(wide)).not.toBe(factsDigest(card));
  });

  it.each([
    ['not JSON', '{', /it is not JSON/],
    ['without a size', json.replace('"size"', '"siez"'), /input\.size/],
    [
      'with a path for a file name',
      json.replace('"efficientnet_lite0.onnx"', '"../secret.onnx"'),
      /onnx\.file/,
    ],
    [
      'with an unknown stage',
      json.replace('"stage2",\n      "stage4"', '"stage9",\n      "stage4"'),
      /"stage9"/,
    ],
    [
      'with a level of several maps',
      json.replace(/("name": "stage2",\s*"output": )("[^"]+")/, '$1[$2, "input"]'),
      /"stage2", which ends with more than one map/,
    ],
    [
      'with a list of one value',
      json.replace(/("name": "stage2",\s*"output": )("[^"]+")/, '$1[$2]'),
      /network\.stages\.3/,
    ],
  ])('%s are refused, naming file and field', (_label, text, message) => {
    expect(() => readCard(text, '/somewhere/card.json')).toThrow(message);
    expect(() => readCard(text, '/somewhere/card.json')).toThrow('/somewhere/card.json');
  });

  it('are refused with weights that are not theirs, or none', async () => {
    await writeFile(join(copy, 'efficientnet_lite0.json'), json);
    await expect(loadBackbone(copy, 'efficientnet_lite0')).rejects.toMatchObject({
      code: 'WEIGHTS_MISMATCH',
    });
    await cp(join(folder, 'efficientnet_lite1.onnx'), join(copy, 'efficientnet_lite0.onnx'));
    await expect(loadBackbone(copy, 'efficientnet_lite0')).rejects.toThrow(/sha256 differs/);
    await expect(loadBackbone(copy, 'missing')).rejects.toMatchObject({ code: 'INVALID_CARD' });
  });

  it('keep a network to the size it was made for, where it has one', async () => {
    const backbone = await loadBackbone(folder, 'efficientnet_lite0');
    const fixed = { ...backbone, card: { ...backbone.card, anySize: false } };
    expect(() => backboneAt(fixed, [448, 224])).toThrow(/works at 224 × 224 pixels only/);
    expect(backboneAt(fixed, [224, 224]).outputs[1]?.dims).toEqual(['N', 1280]);
  });
});
