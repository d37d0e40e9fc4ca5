import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readSafetensors } from '../../../main/trainer/loop/safetensors.ts';
import type { TrainerEvent } from '../../../shared/contract/trainer.ts';
import { inPieces, ofType, serve } from '../support/serve.ts';
import { scratchRecipe, tinyRecipe, writeSmallRun } from '../support/small-run.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'enxerto-unfreezing-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const [head, tuning] = tinyRecipe.phases;
const all = ['stem', 'middle', 'head'];
const watching = { patience: null, holdOut: 0.25 };

async function weightsIn(folder: string, name = 'weights.safetensors') {
  const path = join(folder, 'run', name);
  return readSafetensors(await readFile(path), path);
}

const decisionsOf = (last: TrainerEvent) =>
  last.type === 'done' ? (last.record.decisions as { kind: string; params: Record<string, unknown> }[]) : [];

const learned = (events: readonly TrainerEvent[]) =>
  ofType(events, 'progress')
    .filter(({ progress }) => progress.stage === 'training')
    .map(({ progress }) => progress.trainableBlocks.join(' '))
    .filter((blocks, index, every) => index === 0 || blocks !== every[index - 1]);

test('by schedule the blocks learn one after the other, are shown, and a resumed run gives the same bits', async () => {
  const unfreezing = { kind: 'schedule', start: 0, every: 2 };
  const recipe = {
    phases: [
      {
        ...tuning,
        trainableBlocks: ['middle', 'head'],
        epochs: 7,
        unfreezing,
        mixing: { mixup: 0.4, cutmix: 0 },
      },
    ],
  };
  const whole = await writeSmallRun(join(root, 'whole'), { folds: [0], recipe });
  const run = serve(whole.path);
  const last = await run.end;
  expect(last).toMatchObject({ type: 'done', record: { frozen: { checks: 6 } } });
  expect(learned(run.events).slice(0, 3)).toEqual(['', 'head', 'middle head']);
  expect(decisionsOf(last).map(({ kind, params }) => [kind, params.block, params.epoch])).toEqual([
    ['thawed', 'head', 3],
    ['thawed', 'middle', 5],
    ['thawed', 'head', 3],
    ['thawed', 'middle', 5],
  ]);
  const parts = await writeSmallRun(join(root, 'parts'), { folds: [0], recipe });
  expect(await inPieces(parts.path, [1, 2, 3])).toMatchObject({
    type: 'done',
    record: { decisions: decisionsOf(last) },
  });
  for (const name of ['weights.safetensors', 'fold-0.safetensors']) {
    const [one, other] = await Promise.all(
      ['whole', 'parts'].map((folder) => readFile(join(root, folder, 'run', name))),
    );
    expect(other!.equals(one!), name).toBe(true);
  }
  const trained = await weightsIn(join(root, 'whole'));
  expect(trained.has('middle.conv.weight')).toBe(true);
  expect(trained.has('stem.conv.weight')).toBe(false);
});

test('by performance a block that brings nothing is frozen again, bit by bit as it was, also when resumed', async () => {
  // A backbone rate of zero: no block can bring anything, so the first one that is thawed goes back.
  const unfreezing = { kind: 'performance', start: 0, patience: 2, improvement: 0.02 };
  const recipe = {
    earlyStopping: watching,
    phases: [
      { ...head, epochs: 6 },
      { ...tuning, trainableBlocks: all, epochs: 60, learningRate: 1e-6, schedule: 'constant', unfreezing },
    ],
  };
  const whole = await writeSmallRun(join(root, 'whole'), { images: 48, folds: [], recipe });
  const run = serve(whole.path);
  const last = await run.end;
  expect(decisionsOf(last).map(({ kind, params }) => [kind, params.block])).toEqual([
    ['thawed', 'head'],
    ['refrozen', 'head'],
  ]);
  expect(learned(run.events)).toEqual(['', 'head', '']);
  // Patience of 2 after each of: start, thaw, refreezing, with the first epoch as the best.
  expect(ofType(run.events, 'epoch').filter(({ metrics }) => metrics.phase === 1)).toHaveLength(7);
  expect([...(await weightsIn(join(root, 'whole'))).keys()].filter((name) => /conv|bn/.test(name))).toEqual(
    [],
  );
  const parts = await writeSmallRun(join(root, 'parts'), { images: 48, folds: [], recipe });
  await inPieces(parts.path, [1, 2, 3]);
  const [one, other] = await Promise.all(
    ['whole', 'parts'].map((folder) => readFile(join(root, folder, 'run', 'weights.safetensors'))),
  );
  expect(other!.equals(one!)).toBe(true);
});

test('a block that learned in one phase stands still in the next with the weights it came to', async () => {
  const phases = [
    { ...tuning, trainableBlocks: ['middle', 'head'], epochs: 3, learningRate: 0.05, backboneFactor: 1 },
    { ...tuning, trainableBlocks: ['head'], epochs: 3, learningRate: 0.02, backboneFactor: 1 },
  ];
  const short = await writeSmallRun(join(root, 'short'), {
    folds: [],
    recipe: { phases: phases.slice(0, 1) },
  });
  await serve(short.path).end;
  const both = await writeSmallRun(join(root, 'both'), { folds: [0], recipe: { phases } });
  const run = serve(both.path);
  expect(await run.end).toMatchObject({ type: 'done', record: { frozen: { checks: 4 } } });
  const [first, last] = [await weightsIn(join(root, 'short')), await weightsIn(join(root, 'both'))];
  expect(last.get('middle.conv.weight')).toEqual(first.get('middle.conv.weight'));
  expect(last.get('head.conv.weight')).not.toEqual(first.get('head.conv.weight'));
  expect(ofType(run.events, 'predictions')[0]!.predictions).toHaveLength(12);
});

test('a deeper phase is kept only where the images that watch say that it is better', async () => {
  const keep = { kind: 'ifBetter', level: 0.05 };
  // A head that never learned gives a fine-tuning phase all the room there is; a rate of almost nothing gives it none.
  const useful = { ...tuning, epochs: 12, learningRate: 0.02, keep };
  const useless = { ...tuning, epochs: 1, learningRate: 1e-7, trainableBlocks: ['middle', 'head'], keep };
  const further = { ...useless, trainableBlocks: all, learningRate: 0.02 };
  const { path } = await writeSmallRun(root, {
    images: 48,
    folds: [0],
    recipe: {
      earlyStopping: watching,
      phases: [{ ...head, epochs: 1, learningRate: 1e-5 }, useful, useless, further],
    },
  });
  const run = serve(path);
  const last = await run.end;
  expect(decisionsOf(last).map(({ kind, params }) => [kind, params.phase])).toEqual([
    ['kept', 2],
    ['undone', 3],
    ['notTried', 4],
    ['kept', 2],
    ['undone', 3],
    ['notTried', 4],
  ]);
  const [kept] = decisionsOf(last);
  expect(kept!.params.after).toBeLessThan(kept!.params.before as number);
  expect(kept!.params.p).toBeLessThanOrEqual(0.05);
  const weights = await weightsIn(root);
  expect(weights.has('head.conv.weight')).toBe(true);
  expect(weights.has('middle.conv.weight')).toBe(false);
  expect(ofType(run.events, 'log').map(({ code }) => code)).toContain('TRAIN_UNDONE');
});

test.each([
  ['thawing by performance', { unfreezing: { kind: 'performance', start: 0, patience: 2, improvement: 0 } }],
  ['a phase on condition', { keep: { kind: 'ifBetter', level: 0.05 } }],
  ['CutMix above a cut', { mixing: { mixup: 0, cutmix: 1 } }],
])('%s is refused where it cannot be done', async (_, change) => {
  const { path } = await writeSmallRun(root, { recipe: { phases: [head, { ...tuning, ...change }] } });
  expect(await serve(path).end).toMatchObject({ type: 'failed', code: 'BAD_REQUEST' });
});

test('mixtures change what is learned, and CutMix works on the pixels', async () => {
  const [phase] = scratchRecipe.phases;
  const weights = [];
  for (const [index, mixing] of [
    { mixup: 0, cutmix: 0 },
    { mixup: 0.4, cutmix: 0 },
    { mixup: 0.4, cutmix: 1 },
  ].entries()) {
    const folder = join(root, String(index));
    const { path } = await writeSmallRun(folder, {
      folds: [],
      recipe: { ...scratchRecipe, phases: [{ ...phase, mixing }] },
    });
    expect(await serve(path).end).toMatchObject({ type: 'done' });
    weights.push((await weightsIn(folder)).get('head.linear.weight')!.data.join());
  }
  expect(new Set(weights).size).toBe(3);
});

test('the whole hybrid recipe: a probe whose penalty is cross-validated, then deeper; the same bits when resumed', async () => {
  const recipe = {
    earlyStopping: watching,
    cachePrecision: 'single',
    phases: [
      { ...head, epochs: 1, probe: { kind: 'crossValidated', folds: 3 } },
      { ...tuning, epochs: 2, keep: { kind: 'ifBetter', level: 0.05 } },
      { ...tuning, epochs: 2, trainableBlocks: ['middle', 'head'], keep: { kind: 'ifBetter', level: 0.05 } },
    ],
  };
  const whole = await writeSmallRun(join(root, 'whole'), { images: 48, folds: [0], recipe });
  const run = serve(whole.path);
  const last = await run.end;
  expect(last).toMatchObject({ type: 'done' });
  const kinds = decisionsOf(last).map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === 'penalty')).toHaveLength(2);
  expect(kinds.filter((kind) => kind === 'kept' || kind === 'undone' || kind === 'notTried')).toHaveLength(4);
  const right = ofType(run.events, 'predictions')
    .flatMap((event) => event.predictions)
    .filter(({ id, probabilities }) => {
      const { labels } = whole.manifest.images[id - 1]!;
      return probabilities.indexOf(Math.max(...probabilities)) === labels[0];
    });
  expect(right.length).toBeGreaterThanOrEqual(22);
  const parts = await writeSmallRun(join(root, 'parts'), { images: 48, folds: [0], recipe });
  expect(await inPieces(parts.path, [1, 2, 3])).toMatchObject({ record: { decisions: decisionsOf(last) } });
  const [one, other] = await Promise.all(
    ['whole', 'parts'].map((folder) => readFile(join(root, folder, 'run', 'weights.safetensors'))),
  );
  expect(other!.equals(one!)).toBe(true);
});

test.each([
  ['a hidden layer', { head: { hidden: 8, dropout: 0 } }],
  ['a loss without a single minimum', { loss: { kind: 'focal', gamma: 2 } }],
])('a cross-validated penalty is refused with %s', async (_, change) => {
  const phases = [{ ...head, probe: { kind: 'crossValidated', folds: 3 } }];
  const { path } = await writeSmallRun(root, { recipe: { phases, ...change } });
  expect(await serve(path).end).toMatchObject({ type: 'failed', code: 'BAD_REQUEST' });
});
