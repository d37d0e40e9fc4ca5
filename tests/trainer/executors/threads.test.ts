import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { executors } from '../../../main/trainer/executors/catalogue.ts';
import { executorAtHand, libraryFolders } from '../support/parity/at-hand.ts';

/** How an executor divides its work among threads, in a process whose run's manifest names so many. */
async function threadsUsed(
  id: string,
  threads: number,
): Promise<{ readonly shares: readonly number[]; readonly choices: Readonly<Record<string, string>> }> {
  const program = new URL('../../fixtures/trainer/thread-shares.ts', import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [program, id, `${threads}`, '1.5']);
  return JSON.parse(stdout);
}

for (const id of ['onnx', 'openvino', 'tfjs-tensorflow', 'tfjs-wasm'] as const) {
  const { executor, skipped } = await executorAtHand(id);
  describe.skipIf(!executor || process.platform !== 'linux')(`the threads of ${id}${skipped}`, () => {
    it('are as many as the manifest allows', async () => {
      const one = await threadsUsed(id, 1);
      expect(one.shares[0], 'nearly all by one').toBeGreaterThan(0.75);
      if (id === 'tfjs-wasm' || availableParallelism() < 2) return;
      const two = await threadsUsed(id, 2);
      expect(two.shares[1], 'a good part by a second').toBeGreaterThan(0.2);
      expect(two.shares[0]! + two.shares[1]!, 'and hardly anything by a third').toBeGreaterThan(0.75);
      expect([one.choices.threads, two.choices.threads]).toEqual(['1', '2']);
    });
  });
}

const { executor } = await executorAtHand('tfjs-tensorflow');
it.skipIf(!executor)('TensorFlow is not taken for one of other threads than it was loaded with', async () => {
  const description = executors.find(({ id }) => id === 'tfjs-tensorflow')!;
  const found = await description.detect({
    libraries: libraryFolders,
    threads: availableParallelism() + 1,
  });
  expect(found).toMatchObject({
    available: false,
    code: 'notLoadable',
    reason: {
      why: 'otherProcess',
      params: { library: 'TensorFlow', has: `CPU, ${availableParallelism()} threads` },
    },
  });
});
