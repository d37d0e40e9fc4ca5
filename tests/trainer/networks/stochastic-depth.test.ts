import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { onnxExecutor } from '../../../main/trainer/executors/onnx/executor.ts';
import { GraphBuilder } from '../../../main/trainer/graph/builder.ts';
import { elementCount, floatTensor } from '../../../main/trainer/graph/tensor.ts';
import type { Tensor } from '../../../main/trainer/graph/types.ts';
import { assemble } from '../../../main/trainer/loop/assemble.ts';
import { compilePhase, firstState } from '../../../main/trainer/loop/compiled-phase.ts';
import { phaseNetwork } from '../../../main/trainer/loop/phase-network.ts';
import { backboneAt, loadBackbone } from '../../../main/trainer/networks/backbone.ts';
import { residualBranches, withStochasticDepth } from '../../../main/trainer/networks/stochastic-depth.ts';
import { recipe as recipeSchema } from '../../../shared/contract/recipe.ts';
import type { BackboneId } from '../../../shared/domain/ids.ts';
import { createRandom } from '../../../shared/domain/random.ts';
import { defaultRecipe } from '../../../shared/domain/recipes.ts';
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

test('in training, weights of a branch that was left out of a step stay bit by bit what they were', async () => {
  const backbone = await loadBackbone(
    join(import.meta.dirname, '../../../resources/backbones'),
    'efficientnet_lite0',
  );
  const shape = { height: 64, width: 64, fit: 'stretch' } as const;
  const recipe = recipeSchema.parse({
    ...defaultRecipe('fineTuning', {
      images: 10,
      classes: 2,
      task: 'singleLabel',
      backbone: 'efficientnet_lite0' as BackboneId,
      blocks: ['x'],
    }),
    features: 'last',
  });
  const phase = { ...recipe.phases[0]!, weightDecay: 0 };
  const { body, head } = assemble(recipe, backbone, shape, 2);
  const network = phaseNetwork(body!, head(1), phase, {
    ...{ learning: 3, trained: 0, stochasticDepth: 0.5, adapted: false },
  });
  const compiled = await compilePhase(onnxExecutor, network, {
    batch: 2,
    loss: { kind: 'cross-entropy', labelSmoothing: 0 },
    rules: recipe,
    threads: 1,
  });
  const { graph, program } = compiled;
  const depths = graph.masks.filter(({ input }) => input.endsWith('.depth'));
  expect(depths.length).toBeGreaterThan(1);
  const before = firstState(compiled, new Map());
  const changed = async (left: (input: string) => boolean) => {
    await program.setState(before);
    const feeds = new Map<string, Tensor>();
    for (const input of graph.graph.inputs) {
      if (before.has(input.name)) continue;
      const dims = input.dims as number[];
      const value = left(input.name) ? 0 : 1;
      const random = createRandom(1);
      const isData = network.network.inputs.includes(input.name);
      feeds.set(
        input.name,
        floatTensor(
          dims,
          Float32Array.from({ length: elementCount(dims) }, () => (isData ? random.uniform() : value)),
        ),
      );
    }
    feeds.set(graph.target, floatTensor([2, 2], [1, 0, 0, 1]));
    await program.run(feeds, [graph.loss]);
    const after = await program.state();
    return network.network.parameters.filter((name) => !isDeepStrictEqual(after.get(name), before.get(name)));
  };
  const all = await changed(() => false);
  const some = await changed((input) => input === depths[0]!.input);
  await compiled.dispose();
  expect(all.length).toBeGreaterThan(some.length);
  expect(all).toEqual(expect.arrayContaining(some));
  expect(some.length).toBeGreaterThan(0);
});
