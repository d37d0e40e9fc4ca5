import fc from 'fast-check';
import { expect, test } from 'vitest';
import { removeImages } from '../../../main/engine/images/commands.ts';
import { command, failureOf, labelsByImage, startProject } from '../support.ts';

test('undo and redo go back and forth, and survive closing the project', async () => {
  const { engine, ids, rust, miner } = await startProject();
  const { labels, projects } = engine.client;
  const now = () => labelsByImage(engine.context.project());
  const empty = now();
  await labels.apply({ commandId: command(), imageIds: ids, action: 'set', classId: rust });
  const allRust = now();
  await labels.apply({ commandId: command(), imageIds: ids.slice(0, 2), action: 'set', classId: miner });
  const mixed = now();

  const undone = await labels.undo({ commandId: command() });
  expect(undone).toMatchObject({
    action: 'set',
    className: 'Miner',
    changed: 2,
    canUndo: true,
    canRedo: true,
  });
  expect(now()).toEqual(allRust);
  const [recent] = await projects.recent();
  await projects.close();
  await projects.open({ grant: recent!.grant });
  expect(await labels.state()).toMatchObject({ canUndo: true, canRedo: true });
  await labels.undo({ commandId: command() });
  expect(now()).toEqual(empty);
  await labels.redo({ commandId: command() });
  await labels.redo({ commandId: command() });
  expect(now()).toEqual(mixed);
  expect((await failureOf(labels.redo({ commandId: command() }))).code).toBe('NOTHING_TO_REDO');
});

test('what was undone cannot be redone once something else was done', async () => {
  const { engine, ids, rust, miner } = await startProject();
  const { labels } = engine.client;
  await labels.apply({ commandId: command(), imageIds: [ids[0]!], action: 'set', classId: rust });
  await labels.undo({ commandId: command() });
  await labels.apply({ commandId: command(), imageIds: [ids[1]!], action: 'set', classId: miner });
  expect(await labels.state()).toMatchObject({ canRedo: false });
  expect((await failureOf(labels.redo({ commandId: command() }))).code).toBe('NOTHING_TO_REDO');
  const history = await labels.history({ limit: 3 });
  expect(history.map((step) => [step.className, step.images, step.undone])).toEqual([
    ['Miner', 1, false],
    ['Rust', 1, true],
    ['Miner', 0, false],
  ]);
});

test('undo by image takes back the newest step on it, and leaves what was changed later elsewhere', async () => {
  const { engine, project, ids, rust, miner } = await startProject();
  const { labels } = engine.client;
  const [a, b, c] = ids;
  await labels.apply({ commandId: command(), imageIds: [a!, b!], action: 'set', classId: rust });
  await labels.apply({ commandId: command(), imageIds: [b!], action: 'set', classId: miner });
  await labels.apply({ commandId: command(), imageIds: [c!], action: 'set', classId: rust });
  const outcome = await labels.undo({ commandId: command(), imageId: a! });
  expect(outcome.imageIds).toEqual([a]);
  expect(labelsByImage(project)).toMatchObject({ [a!]: [], [b!]: ['Miner'], [c!]: ['Rust'] });
  // The rest of the first step is still there to be undone, in its turn.
  await labels.undo({ commandId: command() });
  await labels.undo({ commandId: command() });
  expect(labelsByImage(project)).toMatchObject({ [a!]: [], [b!]: ['Rust'], [c!]: [] });
  await labels.undo({ commandId: command() });
  expect(labelsByImage(project)).toMatchObject({ [a!]: [], [b!]: [], [c!]: [] });
  for (let step = 0; step < 4; step++) await labels.redo({ commandId: command() });
  expect(labelsByImage(project)).toMatchObject({ [a!]: ['Rust'], [b!]: ['Miner'], [c!]: ['Rust'] });
  expect((await failureOf(labels.undo({ commandId: command(), imageId: ids[4]! }))).code).toBe(
    'NOTHING_TO_UNDO',
  );
});

test('classes and images come and go in the same log', async () => {
  const { engine, project, ids, rust, miner } = await startProject('multiLabel');
  const { labels, classes } = engine.client;
  await labels.apply({ commandId: command(), imageIds: ids, action: 'add', classId: rust });
  await labels.apply({ commandId: command(), imageIds: ids.slice(0, 2), action: 'add', classId: miner });
  const before = labelsByImage(project);
  expect(await classes.remove({ commandId: command(), id: rust })).toEqual({ labels: 5 });
  expect((await classes.list()).map((row) => row.name)).toEqual(['Miner']);
  await removeImages(project, { commandId: command(), ids: [ids[0]!] }, 1);
  expect(Object.keys(labelsByImage(project))).toHaveLength(4);
  await labels.undo({ commandId: command() });
  await labels.undo({ commandId: command() });
  expect(labelsByImage(project)).toEqual(before);
  expect((await classes.list()).map((row) => [row.id, row.name, row.images])).toEqual([
    [rust, 'Rust', 5],
    [miner, 'Miner', 2],
  ]);
});

test('a class does not come back under a name that another has taken, and nothing is half done', async () => {
  const { engine, project, ids, rust } = await startProject();
  const { labels, classes } = engine.client;
  await labels.apply({ commandId: command(), imageIds: ids, action: 'set', classId: rust });
  await classes.remove({ commandId: command(), id: rust });
  await classes.create({ commandId: command(), name: 'RUST' });
  const before = labelsByImage(project);
  const failure = await failureOf(labels.undo({ commandId: command(), imageId: ids[0]! }));
  expect(failure).toMatchObject({ code: 'CLASS_EXISTS' });
  expect(labelsByImage(project)).toEqual(before);
});

test('whatever was done: undoing all of it leads to the beginning, redoing to the end', async () => {
  const { engine, project, ids, rust, miner } = await startProject('multiLabel', 4);
  const { labels } = engine.client;
  const beginning = labelsByImage(project);
  const action = fc.record({
    kind: fc.constantFrom('set', 'add', 'remove', 'clear', 'nothing', 'undo', 'undoImage', 'redo'),
    images: fc.subarray(ids, { minLength: 1 }),
    second: fc.boolean(),
  });
  // The two classes were made by steps of their own; they stay.
  const standing = async () =>
    (await labels.history({ limit: 500 })).filter((step) => !step.undone).length - 2;
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 12 }), async (actions) => {
      for (const { kind, images, second } of actions) {
        const commandId = command();
        if (kind === 'undo' && (await standing()) === 0) continue;
        if (kind === 'undo') await labels.undo({ commandId });
        else if (kind === 'undoImage') await labels.undo({ commandId, imageId: images[0] }).catch(() => {});
        else if (kind === 'redo') await labels.redo({ commandId }).catch(() => {});
        else {
          const classId = kind === 'clear' || kind === 'nothing' ? null : second ? miner : rust;
          await labels.apply({ commandId, imageIds: images, action: kind as 'set', classId });
        }
        const wrong = project.db.all(`SELECT i.id FROM images AS i WHERE label_state <> CASE
          WHEN EXISTS (SELECT 1 FROM annotations WHERE image_id = i.id AND kind = 'label') THEN 'labeled'
          WHEN EXISTS (SELECT 1 FROM annotations WHERE image_id = i.id) THEN 'nothing' ELSE 'unlabeled' END`);
        expect(wrong).toEqual([]);
      }
      const end = labelsByImage(project);
      let undone = 0;
      while ((await standing()) > 0) {
        await labels.undo({ commandId: command() });
        undone += 1;
      }
      expect(labelsByImage(project)).toEqual(beginning);
      for (; undone > 0; undone--) await labels.redo({ commandId: command() });
      expect(labelsByImage(project)).toEqual(end);
      while ((await standing()) > 0) await labels.undo({ commandId: command() });
    }),
    { numRuns: 15, seed: 7 },
  );
});

test('twenty thousand images are labeled, undone and redone in one step each', async () => {
  const { engine, project, ids, rust } = await startProject('singleLabel', 20_000);
  const { labels } = engine.client;
  const labeled = () =>
    project.db.get<{ n: number }>("SELECT count(*) AS n FROM images WHERE label_state = 'labeled'")?.n;
  const started = performance.now();
  const outcome = await labels.apply({ commandId: command(), imageIds: ids, action: 'set', classId: rust });
  const seconds = (performance.now() - started) / 1000;
  expect(outcome.changed).toBe(20_000);
  expect(labeled()).toBe(20_000);
  // 0.4 s on an idle computer; a test computer is not idle.
  expect(seconds).toBeLessThan(4);
  expect((await labels.undo({ commandId: command() })).changed).toBe(20_000);
  expect(labeled()).toBe(0);
  expect((await labels.redo({ commandId: command() })).changed).toBe(20_000);
  expect(labeled()).toBe(20_000);
});
