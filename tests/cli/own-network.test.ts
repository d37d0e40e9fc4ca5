import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Recipe } from '../../shared/contract/recipe.ts';
import type { AdoptionReport } from '../../shared/contract/trainer.ts';
import { writePhotos } from '../fixtures/studio/photos.ts';
import { topologyFile } from '../trainer/support/topologies.ts';

/** A network of one's own as real processes: taken, trained on, asked, and handed on as a file with its certificate. */
const entry = fileURLToPath(new URL('../../main/cli/index.ts', import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'enxerto-own-'));
  await writePhotos(join(folder, 'photos'), 10);
  writeFileSync(join(folder, 'mine.onnx'), topologyFile('mobilenetv2', 'dynamo'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function enxerto(...words: string[]) {
  const child = spawn(process.execPath, [entry, ...words, '--json'], {
    cwd: folder,
    env: { ...process.env, ENXERTO_USER_DATA: join(folder, 'user'), NODE_OPTIONS: '' },
  });
  let out = '';
  child.stdout.on('data', (text: Buffer) => (out += text));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const lines = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { code, lines, last: lines.at(-1) ?? {} };
}

test('a network of one’s own is taken, its last block trained, and what comes of it predicts and is exported', async () => {
  const refused = await enxerto('backbone', 'import', 'mine.onnx');
  expect(refused.last).toMatchObject({ type: 'error', code: 'PREPROCESSING' });
  expect(existsSync(join(folder, 'user', 'backbones', 'mine'))).toBe(false);

  writeFileSync(join(folder, 'other.safetensors'), 'no weights');
  const own = ['import', 'mine.onnx', '--scaling', 'imagenet'];
  const wrong = await enxerto('backbone', ...own, '--weights', 'other.safetensors');
  expect(wrong.last).toMatchObject({ code: 'NETWORK_UNSUPPORTED', params: { why: 'weightsFile' } });
  expect(existsSync(join(folder, 'user', 'backbones', 'mine'))).toBe(false);
  const taken = await enxerto('backbone', ...own);
  const { report } = taken.last as { readonly report: AdoptionReport };
  expect(report).toMatchObject({ size: [64, 64], check: null, trainable: { reason: null } });
  const listed = await enxerto('backbone', 'list');
  const mine = expect.objectContaining({ id: 'mine', isOwn: true });
  expect(listed.last).toMatchObject({ backbones: expect.arrayContaining([mine]) });

  expect((await enxerto('import', 'stripes', 'photos', '--labels', 'folders')).code).toBe(0);
  const plan = await enxerto('train', 'stripes', '--strategy', 'hybrid', '--backbone', 'mine', '--dry-run');
  const { recipe } = plan.lines.find(({ type }) => type === 'plan') as { readonly recipe: Recipe };
  expect(recipe.backbone).toBe('mine');
  // The recommendation's two last blocks, by the names of this network.
  expect(recipe.phases.map((phase) => phase.trainableBlocks)).toEqual([[], ['blocks.6', 'conv_head']]);
  const phases = recipe.phases.map((phase) => ({
    ...phase,
    epochs: 2,
    trainableBlocks: phase.trainableBlocks.slice(-1),
  }));
  const short = { ...recipe, shape: 'square', phases };
  writeFileSync(join(folder, 'recipe.json'), JSON.stringify(short));
  const trained = await enxerto(
    'train',
    'stripes',
    '--recipe',
    'recipe.json',
    '--test',
    '0.3',
    '--name',
    'Own',
  );
  expect(trained.last).toMatchObject({ type: 'result', run: { state: 'done', backbone: 'mine' } });

  const predicted = await enxerto('predict', 'stripes', 'photos', '--out', 'answers.csv');
  expect(predicted.last).toMatchObject({ images: 20, failed: [] });
  expect(readFileSync(join(folder, 'answers.csv'), 'utf8')).toMatch(/^file,class,probability,plain,striped/);
  const exported = await enxerto('export', 'stripes', '--run', 'Own', '--out', 'own.onnx');
  expect(exported.last).toMatchObject({ certificate: { passed: true, top1Agreement: 1 } });

  expect((await enxerto('backbone', 'remove', 'mine')).code).toBe(0);
  expect((await enxerto('export', 'stripes', '--run', 'Own', '--out', 'again.onnx')).last).toMatchObject({
    type: 'error',
  });
}, 120_000);
