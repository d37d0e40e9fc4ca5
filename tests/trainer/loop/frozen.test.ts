import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { onnxExecutor } from '../../../main/trainer/executors/onnx/executor.ts';
import { outputsOnly } from '../../../main/trainer/graph/cut.ts';
import { elementCount, floatTensor, tensor, zeros } from '../../../main/trainer/graph/tensor.ts';
import type { Dim, Tensor } from '../../../main/trainer/graph/types.ts';
import { assemble } from '../../../main/trainer/loop/assemble.ts';
import type { Body } from '../../../main/trainer/loop/body.ts';
import {
  type CompiledPhase,
  compilePhase,
  firstState,
  scalarTensor,
  weightsOf,
} from '../../../main/trainer/loop/compiled-phase.ts';
import { createFrozenGuard } from '../../../main/trainer/loop/frozen.ts';
import { changedBy, phaseNetwork } from '../../../main/trainer/loop/phase-network.ts';
import { loadBackbone } from '../../../main/trainer/networks/backbone.ts';
import { PIXELS } from '../../../main/trainer/networks/input-stage.ts';
import { type Recipe, recipe as recipeSchema } from '../../../shared/contract/recipe.ts';
import { createRandom } from '../../../shared/domain/random.ts';
import { maxDifference, runGraph } from '../support/run.ts';
import { tinyRecipe } from '../support/small-run.ts';
import { TINY, writeTinyBackbone } from '../support/tiny-backbone.ts';

const bundled = new URL('../../../resources/backbones', import.meta.url).pathname;
const CLASSES = 3;
const BATCH = 2;

/** Body and head of a backbone, and the network in which its last blocks learn. */
async function opened(folder: string, name: string, side: number) {
  const backbone = await loadBackbone(folder, name);
  const rules: Recipe = recipeSchema.parse({ ...tinyRecipe, backbone: name });
  // Without decay, which changes also what no gradient reaches.
  const phase = { ...rules.phases[1]!, weightDecay: 0 };
  const assembly = assemble(rules, backbone, { height: side, width: side, fit: 'pad' }, CLASSES);
  const body = assembly.body!;
  const learning = (count: number, trained = 0) =>
    phaseNetwork(body, assembly.head(1), phase, {
      learning: count,
      trained,
      stochasticDepth: 0,
      adapted: false,
    });
  return { body, rules, learning };
}

/** Weights by name as a phase leaves them: those that it changes. */
const trained = (names: readonly string[]) => new Map(names.map((name) => [name, zeros([1])]));

describe('the guard of what is frozen', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'enxerto-frozen-'));
  });
  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });

  async function guarded() {
    const { body, learning } = await opened(await writeTinyBackbone(root), TINY, 32);
    const phase = learning(1);
    return { body, phase, guard: createFrozenGuard(body.graph), own: trained(changedBy(phase)) };
  }
  const broken = (weight: string) => expect.objectContaining({ code: 'INTERNAL', params: { weight } });

  test('counts what it compared, learning blocks left out', async () => {
    const { guard, phase, own } = await guarded();
    guard.check(phase, own);
    const { tensors, checks } = guard.record();
    expect(checks).toBe(1);
    expect(tensors).toBeGreaterThan(8);
  });

  test.each(['stem.conv.weight', 'middle.bn.mean'])('sees one bit of %s', async (name) => {
    const { body, guard, phase, own } = await guarded();
    const { data } = body.graph.initializers.get(name)!;
    new Uint8Array(data.buffer, data.byteOffset)[0]! ^= 1;
    expect(() => guard.check(phase, own)).toThrow(broken(name));
  });

  test('lets no other weight than those of the learning blocks through', async () => {
    const { guard, phase, own } = await guarded();
    own.set('middle.conv.weight', zeros([1]));
    expect(() => guard.check(phase, own)).toThrow(broken('middle.conv.weight'));
  });

  test('sees a weight of an earlier phase that did not stand still, or is gone', async () => {
    const { guard, phase, own } = await guarded();
    const before = floatTensor([2], [1, 0]);
    guard.check(phase, own, [['w', before, floatTensor([2], [1, 0])]]);
    // As a number it is equal, bit by bit it is not.
    for (const after of [floatTensor([2], [1, -0]), undefined])
      expect(() => guard.check(phase, own, [['w', before, after]])).toThrow(broken('w'));
  });
});

/** Everything one step is fed with: what the frozen part makes of seeded pixels, all masks and statistics of one. */
async function feedsOf({ graph }: Body, { graph: training }: CompiledPhase, held: ReadonlySet<string>) {
  const [, ...sides] = graph.inputs[0]!.dims as readonly [Dim, ...number[]];
  const random = createRandom(3);
  const dims = [BATCH, ...sides];
  const pixels = tensor(
    'uint8',
    dims,
    Uint8Array.from({ length: elementCount(dims) }, () => random.below(256)),
  );
  const values = training.inputs.filter((input) => graph.types.has(input) && input !== PIXELS);
  const below =
    values.length === 0 ? new Map() : await runGraph(outputsOnly(graph, values), { [PIXELS]: pixels });
  const feeds = new Map<string, Tensor>([...below, [PIXELS, pixels]]);
  const ones = (fixed: readonly number[]) =>
    floatTensor(fixed, new Float32Array(elementCount(fixed)).fill(1));
  return new Map(
    training.graph.inputs
      .filter(({ name }) => !held.has(name))
      .map(({ name, dims: fixed }) => [name, feeds.get(name) ?? ones(fixed as readonly number[])]),
  );
}

describe.each(['efficientnet_lite0', 'efficientnet_lite1', 'efficientnet_lite2'])('%s', (name) => {
  test('takes a step at every depth it can be frozen at, and what changes is what was to learn', async () => {
    const { body, rules, learning } = await opened(bundled, name, 64);
    for (let depth = 0; depth <= body.blocks.length; depth++) {
      const phase = learning(depth);
      const loss = { kind: 'cross-entropy' } as const;
      const compiled = await compilePhase(onnxExecutor, phase, { batch: BATCH, loss, rules, threads: 2 });
      const { graph, program } = compiled;
      const start = firstState(compiled, new Map());
      await program.setState(start);
      const feeds = await feedsOf(body, compiled, new Set(start.keys()));
      feeds.set(graph.target, floatTensor([BATCH, CLASSES], [1, 0, 0, 0, 1, 0]));
      for (const input of graph.learningRates.values()) feeds.set(input, scalarTensor(0.01));
      const results = await program.run(feeds, [graph.loss]);
      expect(Number(results.get(graph.loss)!.data[0]), `${depth}`).toBeGreaterThan(0);
      const after = weightsOf(compiled, await program.state(), false);
      const changed = [...after].filter(([key, value]) => maxDifference(value, start.get(key)) !== 0);
      expect(changed.map(([key]) => key).sort(), `${depth}`).toEqual([...changedBy(phase)].sort());
      for (const [key, { data }] of after)
        expect((data as Float32Array).every(Number.isFinite), key).toBe(true);
      await compiled.dispose();
    }
  }, 120_000);
});
