import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TrainManifest } from '../../../shared/contract/trainer.ts';
import { ofType, serve } from '../support/serve.ts';
import { writeSmallRun } from '../support/small-run.ts';
import { TINY } from '../support/tiny-backbone.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'enxerto-card-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

type Json = Record<string, unknown>;

async function edit(path: string, change: (content: Json) => Json): Promise<void> {
  await writeFile(path, JSON.stringify(change(JSON.parse(await readFile(path, 'utf8')) as Json)));
}

/** Another scaling in the card of the network that a run below `folder` uses. */
const editCard = (folder: string) =>
  edit(join(folder, 'backbones', `${TINY}.json`), (card) => ({
    ...card,
    input: { ...(card.input as Json), std: [40, 40, 40] },
  }));

const weightsOf = async (folder: string) =>
  (await readFile(join(root, folder, 'run', 'weights.safetensors'))).toString('base64');

async function answersOf(manifest: TrainManifest) {
  const path = join(root, 'predict.json');
  const images = manifest.images.map((image) => ({ key: String(image.id), path: image.path }));
  const { files, runtime } = manifest;
  const content = { version: 1, job: 'predict', model: files.folder, files, runtime, images };
  await writeFile(path, JSON.stringify(content));
  const run = serve(path);
  expect(await run.end).toMatchObject({ type: 'done', record: { failed: 0 } });
  return ofType(run.events, 'answers').flatMap((event) => event.answers);
}

test('a model goes on scaling as it was trained when the card is edited, and its record says how that was', async () => {
  const { manifest, path } = await writeSmallRun(root, { folds: [] });
  const { record } = (await serve(path).end) as { readonly record: Json };
  const { id, card } = record.backbone as { readonly id: string; readonly card: Json };
  expect(id).toBe(TINY);
  expect(card).toMatchObject({ mean: [127, 127, 127], std: [128, 128, 128], multiLevel: ['middle', 'head'] });
  const before = await answersOf(manifest);
  await editCard(root);
  expect(await answersOf(manifest)).toEqual(before);
  // A model of an earlier version says nothing of it, and goes by the card as it always did.
  await edit(join(root, 'run', 'model.json'), (model) => {
    const { card: _, ...backbone } = model.backbone as Json;
    return { ...model, backbone };
  });
  const byCard = await answersOf(manifest);
  expect(byCard).toHaveLength(before.length);
  expect(byCard).not.toEqual(before);
});

test('activations that were computed with another scaling are not taken for those of the edited card', async () => {
  const { path } = await writeSmallRun(root, { folds: [] });
  await serve(path).end;
  const first = await weightsOf('.');
  await editCard(root);
  expect(await serve(path).end).toMatchObject({ type: 'done' });
  const cached = await weightsOf('.');
  expect(cached).not.toBe(first);
  await rm(join(root, 'cache'), { recursive: true });
  expect(await serve(path).end).toMatchObject({ type: 'done' });
  expect(await weightsOf('.')).toBe(cached);
});

describe('a run that was interrupted', () => {
  /** Stops in the first phase, whose epochs leave a checkpoint. */
  async function begin(folder: string) {
    const { path } = await writeSmallRun(join(root, folder), { folds: [] });
    const run = serve(path);
    let epochs = 0;
    run.onEvent((event) => {
      if (event.type === 'epoch' && ++epochs === 5) run.send({ type: 'cancel' });
    });
    expect(await run.end).toEqual({ type: 'cancelled' });
    return { path, checkpoint: join(root, folder, 'run', 'checkpoint.json') };
  }

  test('goes on with the card it began with, and refuses another network', async () => {
    const whole = await writeSmallRun(join(root, 'whole'), { folds: [] });
    await serve(whole.path).end;
    const edited = await begin('edited');
    await editCard(join(root, 'edited'));
    expect(await serve(edited.path, true).end).toMatchObject({ type: 'done' });
    expect(await weightsOf('edited')).toBe(await weightsOf('whole'));

    const other = await begin('other');
    await edit(other.checkpoint, (checkpoint) => ({
      ...checkpoint,
      backbone: { ...(checkpoint.backbone as Json), sha256: '0'.repeat(64) },
    }));
    expect(await serve(other.path, true).end).toMatchObject({ type: 'failed', code: 'RUN_NOT_RESUMABLE' });
  });

  test('of an earlier version, whose checkpoint says nothing of the card, goes on by the card', async () => {
    const whole = await writeSmallRun(join(root, 'whole'), { folds: [] });
    await serve(whole.path).end;
    const { path, checkpoint } = await begin('older');
    await edit(checkpoint, ({ backbone: _, ...rest }) => rest);
    expect(await serve(path, true).end).toMatchObject({ type: 'done' });
    expect(await weightsOf('older')).toBe(await weightsOf('whole'));
  });
});
