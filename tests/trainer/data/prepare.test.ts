import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openActivationCache } from '../../../main/trainer/data/activation-cache.ts';
import { plainView, viewKey } from '../../../main/trainer/data/augmentation/view.ts';
import { PIXEL_PIPELINE } from '../../../main/trainer/data/pixel-stage.ts';
import { prepare } from '../../../main/trainer/data/prepare.ts';
import type { Executor, Program } from '../../../main/trainer/executors/types.ts';
import { buildBody, cutBelow } from '../../../main/trainer/loop/body.ts';
import { openBackbone } from '../../../main/trainer/loop/model-files.ts';
import type { TrainManifest } from '../../../shared/contract/trainer.ts';
import { executorAtHand } from '../support/parity/at-hand.ts';
import { writeSmallRun } from '../support/small-run.ts';
import { TINY } from '../support/tiny-backbone.ts';

const shape = { height: 48, width: 64, fit: 'pad' } as const;
let root: string;
let manifest: TrainManifest;
let reference: readonly Float32Array[];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'enxerto-prepare-'));
  ({ manifest } = await writeSmallRun(root, { images: 50 }));
  const { executor } = await executorAtHand('onnx');
  reference = await featuresBy(executor!, 1);
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

/** What stands in front of a program need not repeat. */
const handedOn = (program: Program) => ({
  choices: program.choices,
  state: () => program.state(),
  setState: (state: Parameters<Program['setState']>[0]) => program.setState(state),
  dispose: () => program.dispose(),
});

/** The same executor, which refuses more runs at once than it was compiled for, as some refuse only when they are slow. */
function strict(executor: Executor): Executor {
  return {
    ...executor,
    compile: async (graph, options) => {
      const program = await executor.compile(graph, options);
      let underWay = 0;
      const run: Program['run'] = async (feeds, fetches) => {
        if ((options.lanes ?? 1) === 1 && underWay > 0) throw new Error('A run is under way.');
        underWay += 1;
        // Runs of some executors are over before they return.
        await setImmediate();
        return program.run(feeds, fetches).finally(() => {
          underWay -= 1;
        });
      };
      return { ...handedOn(program), run };
    },
  };
}

/** What the frozen part says of every image, read back from the cache. */
async function featuresBy(
  executor: Executor,
  threads: number,
  smaller: [number, number][] = [],
  ends = 0,
): Promise<readonly Float32Array[]> {
  const backbone = await openBackbone(join(root, 'backbones'), TINY);
  const body = buildBody(backbone, shape, { multiLevel: true, folded: false });
  const { values, dims } = cutBelow(body, 0);
  const identity = {
    backbone: TINY,
    executor: executor.name,
    values,
    dims,
    storage: 'single' as const,
    ...shape,
    pixels: PIXEL_PIPELINE,
  };
  const folder = await mkdtemp(join(root, 'cache-'));
  const cache = await openActivationCache(folder, identity, { shardName: 'test' });
  try {
    await prepare(
      {
        body: body.graph,
        cuts: [cache],
        pixels: null,
        views: () => [plainView],
        shape,
        mean: backbone.card.mean,
        executor: strict(executor),
        threads,
        smaller: ends,
      },
      manifest.images,
      {
        onProgress: () => undefined,
        onFailed: (_, error) => {
          throw error;
        },
        onSmaller: (before, after) => {
          smaller.push([before, after]);
        },
        breathe: async () => undefined,
      },
    );
    const records = manifest.images.map(({ sha256 }) => cache.read(sha256, viewKey(plainView)));
    return (await Promise.all(records)).map((bytes) => new Float32Array(Uint8Array.from(bytes!).buffer));
  } finally {
    await cache.close();
  }
}

function expectReference(found: readonly Float32Array[]): void {
  expect(found).toHaveLength(manifest.images.length);
  for (const [index, features] of found.entries()) {
    const expected = reference[index]!;
    expect(features).toHaveLength(expected.length);
    for (const [at, value] of features.entries()) expect(value).toBeCloseTo(expected[at]!, 4);
  }
}

/** The same executor in a memory that holds so many images at a time, with the words of a C++ runtime. */
function cramped(executor: Executor, most: number, when: 'compiled' | 'run'): Executor {
  return {
    ...executor,
    compile: async (graph, options) => {
      const rows = Number(graph.inputs[0]?.dims?.[0]) * (options.lanes ?? 1);
      const check = () => {
        if (rows > most) throw new Error('std::bad_alloc');
      };
      if (when === 'compiled') check();
      const program = await executor.compile(graph, options);
      const run: Program['run'] = async (feeds, fetches) => {
        await setImmediate();
        check();
        return program.run(feeds, fetches);
      };
      return { ...handedOn(program), run };
    },
  };
}

describe.each(['compiled', 'run'] as const)(
  'where memory is too small for a network when it is %s',
  (when) => {
    it('fewer images go through at a time, the same is said of all, and it is told', async () => {
      const { executor } = await executorAtHand('onnx');
      const { lanes: _, ...oneLane } = executor!;
      const smaller: [number, number][] = [];
      expectReference(await featuresBy(cramped(oneLane, 3, when), 1, smaller));
      expect(smaller).toEqual([
        [8, 4],
        [4, 2],
      ]);
    });

    it('runs in several lanes become one', async () => {
      const { executor } = await executorAtHand('onnx');
      const smaller: [number, number][] = [];
      expectReference(await featuresBy(cramped(executor!, 1, when), 2, smaller));
      expect(smaller).toEqual([[2, 1]]);
    });

    it('not even one image fits: nothing is made up', async () => {
      const { executor } = await executorAtHand('onnx');
      await expect(featuresBy(cramped(executor!, 0, when), 2)).rejects.toMatchObject({
        code: 'OUT_OF_MEMORY',
        params: { fewest: 1, first: 2 },
        cause: new Error('std::bad_alloc'),
      });
    });
  },
);

it('what it began with is told where the smaller network does not fit either: another process may do better', async () => {
  const { executor } = await executorAtHand('onnx');
  const { lanes: _, ...oneLane } = executor!;
  // All of it fits when it is compiled, not when it runs; after that nothing does, as where memory is not given back.
  const whole = cramped(oneLane, 0, 'run');
  const nothing = cramped(oneLane, 0, 'compiled');
  let compiled = 0;
  const leaking: Executor = {
    ...oneLane,
    compile: (...wanted) => (compiled++ === 0 ? whole : nothing).compile(...wanted),
  };
  await expect(featuresBy(leaking, 1)).rejects.toMatchObject({
    code: 'OUT_OF_MEMORY',
    params: { fewest: 1, first: 8 },
  });
  expect(compiled).toBe(4);
});

it('after processes that were ended fewer images go through from the beginning, until there are no fewer', async () => {
  const { executor } = await executorAtHand('onnx');
  const { lanes: _, ...oneLane } = executor!;
  const smaller: [number, number][] = [];
  expectReference(await featuresBy(oneLane, 1, smaller, 2));
  expect(smaller).toEqual([[8, 2]]);
  await expect(featuresBy(oneLane, 1, smaller, 4)).rejects.toMatchObject({
    code: 'OUT_OF_MEMORY',
    params: { fewest: 1, first: 1 },
  });
});

for (const id of ['onnx', 'openvino', 'tfjs-tensorflow', 'tfjs-wasm', 'tfjs-cpu'] as const) {
  const { executor, skipped } = await executorAtHand(id);
  describe.skipIf(!executor)(`a frozen pass on ${id}${skipped}`, () => {
    it('says of many images what one thread of the reference says', async () => {
      expectReference(await featuresBy(executor!, 2));
    });
  });
}
