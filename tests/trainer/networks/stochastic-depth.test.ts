import { join } from 'node:path';
import { expect, test } from 'vitest';

import { GraphBuilder } from '../../../main/trainer/graph/builder.ts';
import { floatTensor } from '../../../main/trainer/graph/tensor.ts';
import { backboneAt, loadBackbone } from '../../../main/trainer/networks/backbone.ts';
import { residualBranches, withStochasticDepth } from '../../../main/trainer/networks/stochastic-depth.ts';
import { runGraph } from '../support/run.ts';

/** x + 2·relu(x), twice, the second time with the branch first. */
function twoBlocks() {
  const builder = new GraphBuilder();
  const x = builder.input('x', { dtype: 'float32', dims: ['N', 1, 2, 2] });
  const branch = (value: string) => builder.op('Mul', [builder.op('Relu', [value]), builder.scalar(2)]);
  const one = builder.alias(builder.op('Add', [x, branch(x)]), 'one');
  const two = builder.alias(builder.op('Add', [branch(one), one]), 'two');
  const shifted = builder.op('Add', [two, builder.scalar(1)]);
  const graph = builder.finish('blocks', [builder.alias(shifted, 'out')]);
  return { graph, inputs: ['x'], logits: 'out', masks: [], parameters: [] };
}

test('branches are told from what goes around them, whichever comes first; other additions are none', () => {
  expect(residualBranches(twoBlocks().graph)).toEqual([
    { sum: 'one', input: 1 },
    { sum: 'two', input: 0 },
  ]);
});

test('the bundled network has the nine residual blocks that its description has', async () => {
  const backbone = await loadBackbone(
    join(import.meta.dirname, '../../../resources/backbones'),
    'efficientnet_lite0',
  );
  expect(residualBranches(backboneAt(backbone, [224, 224]))).toHaveLength(9);
});

test('a mask of 0 leaves a branch out, the rate grows with depth, and all ones change nothing', async () => {
  const network = twoBlocks();
  const branches = residualBranches(network.graph);
  const deep = withStochasticDepth(network, branches, 0.4);
  expect(deep.masks.map(({ input, rate }) => [input, rate])).toEqual([
    ['one.depth', 0.2],
    ['two.depth', 0.4],
  ]);
  const x = floatTensor([2, 1, 2, 2], [1, 1, 1, 1, 1, 1, 1, 1]);
  const run = async (one: number[], two: number[]) => {
    const feeds = {
      x,
      'one.depth': floatTensor([2, 1, 1, 1], one),
      'two.depth': floatTensor([2, 1, 1, 1], two),
    };
    const { data } = (await runGraph(deep.graph, feeds)).get('out')!;
    return [data[0], data[4]];
  };
  // 1 → 3 → 9, plus 1; without the first branch 1 → 1 → 3, without the second 1 → 3 → 3.
  expect(await run([1, 1], [1, 1])).toEqual([10, 10]);
  expect(await run([0, 1], [1, 0])).toEqual([4, 4]);
  expect(withStochasticDepth(network, branches, 0)).toBe(network);
});
