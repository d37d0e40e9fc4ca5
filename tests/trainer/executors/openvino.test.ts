import { describe, expect, it } from 'vitest';
import { floatTensor } from '../../../main/trainer/graph/tensor.ts';
import { executorAtHand } from '../support/parity/at-hand.ts';
import { describeNetworks } from '../support/parity/networks.ts';
import { describeOperators } from '../support/parity/operators.ts';
import { accumulator, describePrograms } from '../support/parity/programs.ts';

const { executor, skipped } = await executorAtHand('openvino');

describe.skipIf(!executor)(`the openvino executor${skipped}`, () => {
  if (!executor) {
    it('agrees with the reference', () => undefined);
    return;
  }
  describePrograms(executor);
  describeOperators(executor, ['batch-major', 'channel-major']);
  describeNetworks(executor);

  it('gives back the memory of what was compiled and run', async () => {
    const size = 2 ** 20;
    const use = async () => {
      const program = await executor.compile(accumulator(size), {
        state: [{ name: 'sum', next: 'sum.next' }],
        threads: 1,
      });
      await program.setState(new Map([['sum', floatTensor([size], new Float32Array(size))]]));
      await program.run(new Map([['x', floatTensor([1, size], new Float32Array(size))]]), ['sum.next']);
      await program.dispose();
      return process.memoryUsage().rss;
    };
    // The allocator keeps what the first ones needed.
    for (let round = 0; round < 10; round++) await use();
    const before = await use();
    for (let round = 0; round < 30; round++) await use();
    // A round uses 12 MB of native memory (a feed, two buffers of state); 30 that are kept would be 360 MB.
    expect((await use()) - before).toBeLessThan(60e6);
  }, 60_000);
});
