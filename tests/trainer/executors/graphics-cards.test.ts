import { describe, it } from 'vitest';
import { executorAtHand } from '../support/parity/at-hand.ts';
import { describeNetworks } from '../support/parity/networks.ts';
import { describeOperators } from '../support/parity/operators.ts';
import { describeMemory, describePrograms } from '../support/parity/programs.ts';
import { describeTable } from '../support/parity/table.ts';

// A process has one build of NVIDIA's libraries: ONNX Runtime with CUDA has a file, and so a process, of its own.
for (const id of ['tfjs-tensorflow-gpu', 'tfjs-webgpu'] as const) {
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
