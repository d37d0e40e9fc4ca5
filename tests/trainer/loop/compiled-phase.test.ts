import { expect, test } from 'vitest';
import { onnxExecutor } from '../../../main/trainer/executors/onnx/executor.ts';
import type { Executor } from '../../../main/trainer/executors/types.ts';
import { ownScaling } from '../../../main/trainer/loop/assemble.ts';
import { compilePhase } from '../../../main/trainer/loop/compiled-phase.ts';
import { onPixels, scratchNetwork } from '../../../main/trainer/loop/phase-network.ts';
import { smallConvNet } from '../../../main/trainer/networks/small-conv-net.ts';
import { recipe } from '../../../shared/contract/recipe.ts';
import { scratchRecipe } from '../support/small-run.ts';

test('where there is memory for one of two programs only, that one is given back', async () => {
  let alive = 0;
  let compiled = 0;
  const narrow: Executor = {
    name: 'one program at a time',
    compile: async (graph, options) => {
      if (++compiled > 1) throw new Error('bad allocation');
      const program = await onnxExecutor.compile(graph, options);
      alive += 1;
      return Object.assign(Object.create(program), {
        dispose: async () => {
          alive -= 1;
          await program.dispose();
        },
      });
    },
  };
  const rules = recipe.parse(scratchRecipe);
  const network = smallConvNet({ classes: 2, size: [32, 32], dropout: 0, seed: 1, norm: 'group' });
  const phase = scratchNetwork(onPixels(network, [32, 32], ownScaling), rules.phases[0]!);
  const loss = { kind: 'cross-entropy' } as const;
  await expect(compilePhase(narrow, phase, { batch: 2, loss, rules, threads: 1 })).rejects.toThrow(
    'bad allocation',
  );
  expect([compiled, alive]).toEqual([2, 0]);
});
