import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { executors } from '../../../main/trainer/executors/catalogue.ts';
import { executorAtHand, libraryFolders } from '../support/parity/at-hand.ts';

/** Processors that an executor keeps busy, in a process whose run's manifest names so many threads. */
async function coresUsed(
  id: string,
  threads: number,
): Promise<{ readonly cores: number; readonly choices: Readonly<Record<string, string>> }> {
  const program = new URL('../../fixtures/trainer/cores-used.ts', import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [program, id, `${threads}`, '1.5']);
  return JSON.parse(stdout);
}

for (const id of ['onnx', 'openvino', 'tfjs-tensorflow', 'tfjs-wasm'] as const) {
  const { executor, skipped } = await executorAtHand(id);
  describe.skipIf(!executor)(`the threads of ${id}${skipped}`, () => {
    it('are as many as the manifest allows', async () => {
      const one = await coresUsed(id, 1);
      expect(one.cores).toBeGreaterThan(0.3);
      expect(one.cores).toBeLessThan(1.3);
      if (id === 'tfjs-wasm' || availableParallelism() < 2) return;
      const two = await coresUsed(id, 2);
      // Less than twice as many, where something else runs beside this.
      expect(two.cores).toBeGreaterThan(1.2 * one.cores);
      expect(two.cores).toBeLessThan(2.3);
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
    reason: expect.stringContaining(`for ${availableParallelism()} threads already`),
  });
});
