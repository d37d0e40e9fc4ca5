import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { TrainerExit, TrainerHandle } from '../../main/lib/launcher.ts';
import { createNodeLauncher } from '../../main/lib/node-launcher.ts';
import type { TrainerEvent } from '../../shared/contract/trainer.ts';
import { createRandom } from '../../shared/domain/random.ts';
import { tinyRecipe, writeSmallRun } from '../trainer/support/small-run.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'enxerto-trainer-process-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

interface Finished {
  readonly events: readonly TrainerEvent[];
  readonly exit: TrainerExit;
}

/** Starts a real trainer process on a manifest and waits for its end. */
async function run(
  manifest: string,
  resume: boolean,
  watch: (event: TrainerEvent, trainer: TrainerHandle) => void = () => {},
  entry?: string,
): Promise<Finished> {
  const trainer = await createNodeLauncher(entry).launch('t1');
  const events: TrainerEvent[] = [];
  trainer.onEvent((event) => {
    events.push(event);
    if (event.type === 'ready') trainer.send({ type: 'start', manifest, resume });
    watch(event, trainer);
  });
  const exit = await new Promise<TrainerExit>((resolve) => trainer.onExit(resolve));
  return { events, exit };
}

/** Enough epochs for a few seconds of training, so that checkpoints fall into them. */
const longer = {
  phases: [
    { ...tinyRecipe.phases[0], epochs: 500, mixing: { mixup: 0.4, cutmix: 0 } },
    {
      ...tinyRecipe.phases[1],
      epochs: 200,
      trainableBlocks: ['middle', 'head'],
      unfreezing: { kind: 'schedule', start: 0, every: 60 },
    },
  ],
};

test('killed at random moments and resumed, the weights are those of an uninterrupted run, bit by bit', async () => {
  // In parts of a step: checkpoints fall between them too.
  const recipe = { ...longer, batchSize: 4, accumulation: 2 };
  const whole = await writeSmallRun(join(root, 'whole'), { recipe, folds: [0] });
  expect((await run(whole.path, false)).events.at(-1)).toMatchObject({ type: 'done' });
  const parts = await writeSmallRun(join(root, 'parts'), { recipe, folds: [0] });
  const checkpoint = join(root, 'parts', 'run', 'checkpoint.json');
  const random = createRandom(11);
  let kills = 0;
  let last: Finished | null = null;
  // Counted in epochs, not in seconds: a fast machine is killed as often as a slow one. The first kill waits for a
  // checkpoint, so that there is something to go on from.
  for (let attempt = 0; attempt < 40 && last?.events.at(-1)?.type !== 'done'; attempt++) {
    let epochsLeft = 5 + random.below(60);
    last = await run(parts.path, true, (event, trainer) => {
      if (event.type !== 'epoch' || kills === 3 || !existsSync(checkpoint)) return;
      if (epochsLeft-- === 0) trainer.kill();
    });
    if (last.exit.signal === 'SIGKILL') kills++;
  }
  expect(kills).toBe(3);
  expect(last!.events.at(-1)).toMatchObject({ type: 'done' });
  for (const name of ['weights.safetensors', 'fold-0.safetensors']) {
    const [one, other] = await Promise.all(
      ['whole', 'parts'].map((folder) => readFile(join(root, folder, 'run', name))),
    );
    expect(other!.equals(one!), name).toBe(true);
  }
}, 120_000);

test('what was found to compute fastest holds until a run ends, whatever is known when it goes on', async () => {
  const known = join(root, 'machine', 'fastest.json');
  const recipe = { phases: [{ ...longer.phases[1], epochs: 600, unfreezing: undefined }] };
  const start = async (name: string) =>
    writeSmallRun(join(root, name), { recipe, folds: [], findings: known });
  const weightsOf = (name: string) => readFile(join(root, name, 'run', 'weights.safetensors'));
  const usual = await start('usual');
  expect((await run(usual.path, false)).events.at(-1)).toMatchObject({ type: 'done' });
  const found = JSON.parse(await readFile(known, 'utf8')) as Record<string, string>;
  // As another machine would have found it.
  const another = Object.fromEntries(
    Object.entries(found).map(([comparison, best]) => {
      const names = comparison.slice(comparison.lastIndexOf(': ') + 2).split(' | ');
      return [comparison, names.find((name) => name !== best)!];
    }),
  );
  await writeFile(known, JSON.stringify(another));
  const whole = await start('whole');
  expect((await run(whole.path, false)).events.at(-1)).toMatchObject({
    type: 'done',
    record: { findings: another },
  });
  const parts = await start('parts');
  const checkpoint = join(root, 'parts', 'run', 'checkpoint.json');
  const killed = await run(parts.path, false, (event, trainer) => {
    if (event.type === 'epoch' && existsSync(checkpoint)) trainer.kill();
  });
  expect(killed.exit.signal).toBe('SIGKILL');
  await writeFile(known, JSON.stringify(found));
  expect((await run(parts.path, true)).events.at(-1)).toMatchObject({ type: 'done' });
  const [plain, one, other] = [await weightsOf('usual'), await weightsOf('whole'), await weightsOf('parts')];
  expect(one.equals(plain), 'forms make no difference here').toBe(false);
  expect(other.equals(one)).toBe(true);
}, 60_000);

test('a clock that is set back an hour while a run is going stops neither its checkpoints nor its progress', async () => {
  // Some seconds on any machine: it is ended by the checkpoint that comes all the same.
  const phases = Array.from({ length: 8 }, () => ({ ...longer.phases[0]!, epochs: 1000 }));
  const { path } = await writeSmallRun(root, { recipe: { phases }, folds: [] });
  const entry = join(root, 'entry.mjs');
  const trainer = new URL('../../main/trainer/index.ts', import.meta.url).href;
  await writeFile(
    entry,
    `const today = Date.now; const send = process.send.bind(process); let back = 0;
     Date.now = () => today() - back;
     process.send = (event, ...rest) => { if (event.type === 'epoch') back = 3_600_000; return send(event, ...rest); };
     await import('${trainer}');`,
  );
  const checkpoint = join(root, 'run', 'checkpoint.json');
  let progress = 0;
  const { events } = await run(
    path,
    false,
    (event, handle) => {
      if (event.type === 'progress') progress++;
      if (event.type === 'epoch' && existsSync(checkpoint)) handle.kill();
    },
    entry,
  );
  expect(events.at(-1)?.type, 'a checkpoint came before the end').not.toBe('done');
  expect(progress).toBeGreaterThan(6);
}, 60_000);

test('a trainer runs below the usual priority, answers cancel within a second and ends cleanly', async () => {
  const { path } = await writeSmallRun(root, { recipe: longer });
  let asked = 0;
  let priority = 0;
  const { events, exit } = await run(path, false, (event, trainer) => {
    if (event.type !== 'epoch' || asked > 0) return;
    priority = getPriority(trainer.pid!);
    asked = performance.now();
    trainer.send({ type: 'cancel' });
  });
  expect(performance.now() - asked).toBeLessThan(1500);
  expect(priority).toBeGreaterThan(0);
  expect(events.at(-1)).toEqual({ type: 'cancelled' });
  expect(exit).toEqual({ code: 0, signal: null });
});
