import { describe, it } from 'vitest';
import { executorAtHand } from '../support/parity/at-hand.ts';
import { describeNetworks } from '../support/parity/networks.ts';
import { describeOperators } from '../support/parity/operators.ts';
import { describeMemory, describePrograms } from '../support/parity/programs.ts';
import { describeTable } from '../support/parity/table.ts';

for (const id of ['onnx-cuda', 'tfjs-tensorflow-gpu', 'tfjs-webgpu'] as const) {
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
    describeNetworks(executor, { sameBits: id === 'tfjs-webgpu' });
  });
}
