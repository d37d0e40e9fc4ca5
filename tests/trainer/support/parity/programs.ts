import { describe, expect, it } from 'vitest';
import { watched } from '../../../../main/trainer/executors/failures.ts';
import type { Executor } from '../../../../main/trainer/executors/types.ts';
import { attributes, int } from '../../../../main/trainer/graph/attributes.ts';
import { GraphBuilder } from '../../../../main/trainer/graph/builder.ts';
import { floatTensor } from '../../../../main/trainer/graph/tensor.ts';
import type { Graph } from '../../../../main/trainer/graph/types.ts';

/** sum.next = sum + Σ rows of x, for any number of rows of this size. */
export function accumulator(size = 2): Graph {
  const builder = new GraphBuilder();
  builder.input('x', { dtype: 'float32', dims: ['N', size] });
  builder.input('sum', { dtype: 'float32', dims: [size] });
  const rows = builder.op('ReduceSum', ['x', builder.ints([0])], {
    attributes: attributes({ keepdims: int(0) }),
  });
  const next = builder.alias(builder.op('Add', ['sum', rows]), 'sum.next');
  return builder.finish('accumulator', [next]);
}

const row = (a: number, b: number) => new Map([['x', floatTensor([1, 2], [a, b])]]);

/** What every executor's programs do alike, whatever runs them. */
export function describePrograms(executor: Executor): void {
  const open = () =>
    executor.compile(accumulator(), { state: [{ name: 'sum', next: 'sum.next' }], threads: 1 });

  describe('programs', () => {
    it('carry state from run to run, and give snapshots that stay as they are', async () => {
      const program = await open();
      const start = Float32Array.of(1, 1);
      await program.setState(new Map([['sum', floatTensor([2], start)]]));
      start.fill(99);
      const fetched = (await program.run(row(1, 2), ['sum.next'])).get('sum.next')!;
      const snapshot = (await program.state()).get('sum')!;
      for (let again = 0; again < 3; again++) await program.run(row(1, 2), []);
      expect([...(fetched.data as Float32Array)]).toEqual([2, 3]);
      expect([...(snapshot.data as Float32Array)]).toEqual([2, 3]);
      expect([...((await program.state()).get('sum')!.data as Float32Array)]).toEqual([5, 9]);
      await program.setState(new Map([['sum', snapshot]]));
      await program.run(row(10, 10), []);
      expect([...((await program.state()).get('sum')!.data as Float32Array)]).toEqual([12, 13]);
      expect([...(snapshot.data as Float32Array)]).toEqual([2, 3]);
      await program.dispose();
    });

    it('take any size of an axis that the graph leaves open', async () => {
      const program = await open();
      await program.setState(new Map([['sum', floatTensor([2], [0, 0])]]));
      for (const rows of [3, 1, 2]) {
        const x = floatTensor([rows, 2], new Float32Array(rows * 2).fill(1));
        await program.run(new Map([['x', x]]), []);
      }
      expect([...((await program.state()).get('sum')!.data as Float32Array)]).toEqual([6, 6]);
      await program.dispose();
    });

    it('say what is missing or does not fit, and go on afterwards', async () => {
      const program = await open();
      await expect(program.run(row(1, 2), [])).rejects.toMatchObject({ code: 'INVALID_STATE' });
      await program.setState(new Map([['sum', floatTensor([2], [0, 0])]]));
      await expect(program.run(new Map(), [])).rejects.toThrow('The input "x" was not given.');
      await expect(program.run(new Map([['x', floatTensor([1, 3], [1, 2, 3])]]), [])).rejects.toThrow(
        /"x" takes float32 \[N, 2\] but was given float32 \[1, 3\]/,
      );
      await expect(program.setState(new Map([['sum', floatTensor([3], [1, 2, 3])]]))).rejects.toMatchObject({
        code: 'SHAPE_MISMATCH',
      });
      await expect(program.setState(new Map([['x', floatTensor([1, 2], [1, 2])]]))).rejects.toMatchObject({
        code: 'INVALID_STATE',
      });
      await program.run(row(1, 2), []);
      expect([...((await program.state()).get('sum')!.data as Float32Array)]).toEqual([1, 2]);
      await program.dispose();
      await program.dispose();
      await expect(program.run(row(1, 2), [])).rejects.toMatchObject({ code: 'INVALID_STATE' });
    });

    it('name an operator the runtime does not have', async () => {
      const builder = new GraphBuilder();
      builder.input('x', { dtype: 'float32', dims: [1] });
      const graph = builder.finish('odd', [builder.op('NoSuchOperator', ['x'])]);
      await expect(executor.compile(graph, { state: [], threads: 1 })).rejects.toMatchObject({
        code: 'UNSUPPORTED_OPERATOR',
        message: expect.stringContaining('NoSuchOperator'),
      });
    });
  });
}

/** An allocation that fails is told as such, whatever the number of threads, and the program goes on. */
export function describeMemory(executor: Executor): void {
  describe('programs', () => {
    it.each([1, 2])(
      'say that memory does not suffice, with %i threads, and go on afterwards',
      async (threads) => {
        const builder = new GraphBuilder();
        builder.input('x', { dtype: 'float32', dims: ['N', 1] });
        builder.input('y', { dtype: 'float32', dims: [1, 'N'] });
        const largest = builder.op('ReduceMax', [builder.op('MatMul', ['x', 'y'])], {
          attributes: attributes({ keepdims: int(0) }),
        });
        const graph = builder.finish('table', [largest]);
        const program = await watched(executor, 'This executor').compile(graph, { state: [], threads });
        const run = (size: number) =>
          program.run(
            new Map([
              ['x', floatTensor([size, 1], new Float32Array(size).fill(size))],
              ['y', floatTensor([1, size], new Float32Array(size).fill(1))],
            ]),
            [largest],
          );
        expect((await run(4)).get(largest)!.data[0]).toBe(4);
        // 2^48 bytes: more than a process can address.
        await expect(run(2 ** 23)).rejects.toMatchObject({ code: 'OUT_OF_MEMORY' });
        expect((await run(3)).get(largest)!.data[0]).toBe(3);
        await program.dispose();
      },
    );
  });
}
