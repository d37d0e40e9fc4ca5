import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listOwnBackbones } from '../../../main/engine/training/own-backbones.ts';

let userData: string;
beforeEach(async () => {
  userData = await mkdtemp(join(tmpdir(), 'enxerto-own-'));
});
afterEach(async () => {
  await rm(userData, { recursive: true, force: true });
});

const report = {
  operators: [{ operator: 'Conv', count: 2 }],
  nodes: 3,
  parameters: 120,
  layout: 'NCHW',
  size: [64, 48],
  anySize: false,
  featureCount: 8,
  classes: 10,
  scaling: 'imagenet',
  order: 'rgb',
  report: {
    backbone: 'mine',
    blocks: [{ id: 'stem', parameters: 120, multiplyAdds: 900, level: 'final' }],
    parameters: 120,
    featureSize: { last: 8, multiLevel: 8 },
    forwardRate: null,
  },
};

/** A network's folder as one version of the program or another left it. */
async function leave(id: string, card: Record<string, unknown>, about: Record<string, unknown>) {
  const folder = join(userData, 'backbones', id);
  await mkdir(folder, { recursive: true });
  const said = { architecture: id, onnx: { bytes: 1000 }, ...card };
  await writeFile(join(folder, `${id}.json`), JSON.stringify(said));
  await writeFile(join(folder, 'report.txt'), JSON.stringify({ ...report, ...about }));
}

test('networks taken by an earlier version are still there, and what nobody said of one is null', async () => {
  const earlier = { licence: { weights: 'not stated' }, trained_on: 'photos', known_bias: 'not stated' };
  await leave('earlier', earlier, {
    verified: true,
    difference: 0.0001,
    trainable: { first: 'stem', reason: 'Conv "c" has no derivative.' },
  });
  const now = { licence: { weights: null }, trained_on: null, known_bias: null };
  await leave('now', now, {
    check: 'top1',
    images: 12,
    agreeing: 11,
    difference: null,
    trainable: { first: 'stem', reason: null },
  });
  await leave('damaged', now, { report: null });
  const found = await listOwnBackbones({ userData });
  expect(found.map(({ info }) => [info.id, info.licence, info.trainedOn, info.knownBias])).toEqual([
    ['earlier', 'not stated', 'photos', 'not stated'],
    ['now', null, null, null],
  ]);
  expect(found[0]!.info).toMatchObject({ inputSize: 48, parameters: 120, preprocessing: 'imagenet, rgb' });
  // What a step of it takes, and what crosses between its blocks, was not looked at then.
  const blocks = report.report.blocks.map((block) => ({ ...block, stepBytes: null, cutValues: null }));
  expect(found[0]!.report).toEqual({ ...report.report, blocks });
});
