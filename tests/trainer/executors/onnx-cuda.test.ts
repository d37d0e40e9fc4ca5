import { describe, it } from 'vitest';
import { executorAtHand } from '../support/parity/at-hand.ts';
import { describeNetworks } from '../support/parity/networks.ts';
import { describeOperators } from '../support/parity/operators.ts';
import { describeMemory, describePrograms } from '../support/parity/programs.ts';
import { describeTable } from '../support/parity/table.ts';

const { executor, skipped } = await executorAtHand('onnx-cuda');

describe.skipIf(!executor)(`the onnx-cuda executor${skipped}`, () => {
  if (!executor) {
    it('agrees with the reference', () => undefined);
    return;
  }
  describePrograms(executor);
  describeMemory(executor);
  describeOperators(executor, ['automatic']);
  describeTable(executor);
  // cuDNN picks algorithms by timing them.
  describeNetworks(executor, { sameBits: false });
});
