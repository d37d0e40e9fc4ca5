import { describe, it } from 'vitest';
import { expectAdaptedMobileNet } from '../support/parity/adapted.ts';
import { executorAtHand } from '../support/parity/at-hand.ts';
import { describeNetworks } from '../support/parity/networks.ts';
import { describeOperators } from '../support/parity/operators.ts';
import { describeMemory, describePrograms } from '../support/parity/programs.ts';
import { describeTable } from '../support/parity/table.ts';
import { expectStepOfPyTorch } from '../support/parity/whole-networks.ts';

for (const id of ['tfjs-cpu', 'tfjs-wasm', 'tfjs-tensorflow'] as const) {
  const { executor, skipped } = await executorAtHand(id);
  describe.skipIf(!executor)(`the ${id} executor${skipped}`, () => {
    if (!executor) {
      it('agrees with the reference', () => undefined);
      return;
    }
    describePrograms(executor);
    describeMemory(executor);
    describeOperators(executor, ['automatic']);
    describeTable(executor);
    // Plain JavaScript is a hundred times slower: it trains the smallest network.
    describeNetworks(executor, { only: (name) => id !== 'tfjs-cpu' || name.includes('mobile') });
    if (id === 'tfjs-cpu') return;
    it('steps above a cut at four values are PyTorch’s', { timeout: 120_000 }, () =>
      expectStepOfPyTorch(executor, {
        ...{ name: 'unet', exporter: 'legacy', frozen: 'encoder' },
        ...{ layout: 'automatic', optimiser: 'sgd' },
      }),
    );
    it('steps of MobileNetV2 by the batch’s statistics are PyTorch’s', { timeout: 120_000 }, () =>
      expectAdaptedMobileNet(executor, { exporter: 'dynamo', layout: 'automatic' }),
    );
  });
}
