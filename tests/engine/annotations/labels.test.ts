import { expect, test } from 'vitest';
import { command, failureOf, labelsByImage, startProject } from '../support.ts';

test('one label an image: set replaces, clear takes away, and what stays the same is no change', async () => {
  const { engine, project, ids, rust, miner } = await startProject();
  const { labels } = engine.client;
  const [first, second] = ids;
  const set = await labels.apply({
    commandId: command(),
    imageIds: [first!, second!],
    action: 'set',
    classId: rust,
  });
  expect(set).toMatchObject({
    changed: 2,
    imageIds: [first, second],
    action: 'set',
    className: 'Rust',
    canUndo: true,
  });
  await labels.apply({ commandId: command(), imageIds: [first!], action: 'set', classId: miner });
  const same = await labels.apply({
    commandId: command(),
    imageIds: [first!],
    action: 'set',
    classId: miner,
  });
  expect(same).toMatchObject({ changed: 0, action: 'none' });
  expect(labelsByImage(project)).toMatchObject({ [first!]: ['Miner'], [second!]: ['Rust'] });
  await labels.apply({ commandId: command(), imageIds: [first!], action: 'clear', classId: null });
  expect(labelsByImage(project)[first!]).toEqual([]);
  const states = project.db.all(
    'SELECT id, label_state AS state, labeled_sha256 AS seen FROM images WHERE id < 3',
  );
  expect(states).toEqual([
    { id: first, state: 'unlabeled', seen: null },
    { id: second, state: 'labeled', seen: 'sha-1' },
  ]);
});

test('several labels an image: add, remove, and "nothing in it" stands alone', async () => {
  const { engine, project, ids, rust, miner } = await startProject('multiLabel');
  const { labels } = engine.client;
  const imageIds = [ids[0]!];
  const apply = (action: 'set' | 'add' | 'remove' | 'nothing', classId: typeof rust | null) =>
    labels.apply({ commandId: command(), imageIds, action, classId });
  await apply('add', rust);
  await apply('add', miner);
  expect(labelsByImage(project)[ids[0]!]).toEqual(['Miner', 'Rust']);
  await apply('remove', rust);
  expect(labelsByImage(project)[ids[0]!]).toEqual(['Miner']);
  await apply('nothing', null);
  expect(labelsByImage(project)[ids[0]!]).toEqual(['-']);
  expect(project.db.get('SELECT label_state AS state FROM images WHERE id = ?', [ids[0]!])).toEqual({
    state: 'nothing',
  });
  await apply('add', rust);
  expect(labelsByImage(project)[ids[0]!]).toEqual(['Rust']);
});

test('a repeated command answers the same and does nothing, also after a restart', async () => {
  const { engine, project, ids, rust, miner } = await startProject();
  const { labels, projects } = engine.client;
  const commandId = command();
  const input = { commandId, imageIds: ids, action: 'set' as const, classId: rust };
  const first = await labels.apply(input);
  await labels.apply({ commandId: command(), imageIds: [ids[0]!], action: 'set', classId: miner });
  expect(await labels.apply(input)).toEqual(first);
  expect(labelsByImage(project)[ids[0]!]).toEqual(['Miner']);
  const [recent] = await projects.recent();
  await projects.close();
  await projects.open({ grant: recent!.grant });
  expect(await labels.apply(input)).toEqual(first);
  expect(labelsByImage(engine.context.project())[ids[0]!]).toEqual(['Miner']);
  const other = await failureOf(engine.client.labels.undo({ commandId }));
  expect(other.code).toBe('BAD_REQUEST');
});

test('what is asked of the wrong kind of project, class or image is refused', async () => {
  const { engine, ids, rust } = await startProject();
  const { labels } = engine.client;
  const apply = (change: object) =>
    failureOf(
      labels.apply({ commandId: command(), imageIds: [ids[0]!], action: 'set', classId: rust, ...change }),
    );
  expect((await apply({ action: 'nothing', classId: null })).code).toBe('BAD_REQUEST');
  expect((await apply({ action: 'add' })).code).toBe('BAD_REQUEST');
  expect((await apply({ classId: 999 })).code).toBe('NOT_FOUND');
  expect((await apply({ classId: null })).code).toBe('NOT_FOUND');
  expect((await apply({ imageIds: [9999] })).code).toBe('NOT_FOUND');
  expect((await labels.state()).canUndo).toBe(true);
  expect((await labels.history({ limit: 10 })).map((step) => step.action)).toEqual([
    'createClass',
    'createClass',
  ]);
});

test('images that are gone are left out; the others are labeled', async () => {
  const { engine, project, ids, rust } = await startProject();
  const outcome = await engine.client.labels.apply({
    commandId: command(),
    imageIds: [ids[0]!, 9999 as (typeof ids)[0]],
    action: 'set',
    classId: rust,
  });
  expect(outcome.imageIds).toEqual([ids[0]]);
  expect(labelsByImage(project)[ids[0]!]).toEqual(['Rust']);
});

test('labels keep who gave them and when', async () => {
  const { engine, ids, project, rust } = await startProject();
  await engine.client.system.updateSettings({ author: 'Ana' });
  await engine.client.labels.apply({
    commandId: command(),
    imageIds: [ids[0]!],
    action: 'set',
    classId: rust,
  });
  expect(project.db.get('SELECT source, author, run_id AS run FROM annotations')).toEqual({
    source: 'human',
    author: 'Ana',
    run: null,
  });
});

test('a file that changed since it was labeled is marked until somebody labels or accepts it', async () => {
  const { engine, ids, project, rust } = await startProject();
  const label = () =>
    engine.client.labels.apply({ commandId: command(), imageIds: [ids[0]!], action: 'set', classId: rust });
  await label();
  await project.write((db) =>
    db.run("UPDATE images SET sha256 = 'other', file_state = 'changed' WHERE id = ?", [ids[0]!]),
  );
  expect(await label()).toMatchObject({ changed: 1 });
  const stateOf = () =>
    project.db.get('SELECT file_state AS file, labeled_sha256 AS seen FROM images WHERE id = ?', [ids[0]!]);
  expect(stateOf()).toEqual({ file: 'ok', seen: 'other' });
  await engine.client.labels.undo({ commandId: command() });
  expect(stateOf()).toEqual({ file: 'changed', seen: 'sha-0' });
});
