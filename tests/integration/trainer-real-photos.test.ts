import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BackboneId } from '../../shared/domain/ids.ts';
import { defaultRecipe } from '../../shared/domain/recipes.ts';
import { ofType, serve } from '../trainer/support/serve.ts';

const data = process.env.ENXERTO_TEST_DATA;
const title = (name: string) => (data ? name : `${name} (skipped: no test data)`);
const backbones = fileURLToPath(new URL('../../resources/backbones', import.meta.url));
const blocks = ['stem', 'stage0', 'stage1', 'stage2', 'stage3', 'stage4', 'stage5', 'stage6', 'head'];

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'enxerto-real-'));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

/** The first photos of each class of the sample. */
async function photos(perClass: number) {
  const folder = join(data!, 'coffee-leaves');
  const rows = (await readFile(join(folder, 'sample-250.csv'), 'utf8')).trim().split('\n').slice(1);
  const all = rows.map((row) => row.split(',').map(Number) as [number, number, number]);
  const chosen = [0, 1, 2, 3, 4].flatMap((label) => all.filter((row) => row[1] === label).slice(0, perClass));
  return Promise.all(
    chosen.map(async ([id, label], index) => {
      const path = join(folder, 'images', `${id}.jpg`);
      const sha256 = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
      return {
        id: id + 1,
        path,
        sha256,
        width: 512,
        height: 256,
        labels: [label],
        fold: index % 2,
        group: String(id),
      };
    }),
  );
}

test.skipIf(!data).each([
  ['only the new part learns', 'featureExtraction', 'inference'],
  ['then the last blocks too, their batch normalisation adapted', 'hybrid', 'adapted'],
] as const)(
  title(
    'real photos and EfficientNet-Lite0: far better than chance after seconds, and the export agrees; %s',
  ),
  async (_, strategy, batchNorm) => {
    const images = await photos(16);
    const facts = {
      images: images.length,
      classes: 5,
      task: 'singleLabel',
      backbone: 'efficientnet_lite0' as BackboneId,
      blocks,
    } as const;
    const files = { folder: join(root, strategy), cache: join(root, 'cache'), backbones };
    const common = { version: 1, files, runtime: { threads: 2, executor: 'auto' } };
    const path = join(root, 'train.json');
    await writeFile(
      path,
      JSON.stringify({
        ...common,
        job: 'train',
        run: 'real',
        task: 'singleLabel',
        recipe: { ...defaultRecipe(strategy, facts), batchNorm },
        classes: ['healthy', 'miner', 'rust', 'phoma', 'cercospora'].map((name, index) => ({
          id: index + 1,
          name,
        })),
        images,
        folds: [0, 1],
        finalModel: true,
        program: 'test',
      }),
    );
    const run = serve(path);
    expect(await run.end).toMatchObject({ type: 'done', record: { shape: { height: 224, width: 448 } } });
    const answers = ofType(run.events, 'predictions').flatMap((event) => event.predictions);
    const right = answers.filter(({ id, probabilities }) => {
      const [label] = images.find((image) => image.id === id)!.labels;
      return probabilities.indexOf(Math.max(...probabilities)) === label;
    });
    expect(answers).toHaveLength(80);
    // Forty images to learn five classes from; chance is 16 of 80.
    expect(right.length).toBeGreaterThan(40);
    const target = join(root, 'leaves.onnx');
    const job = join(root, 'export.json');
    const checked = images.slice(0, 50).map(({ id, path: file }) => ({ key: String(id), path: file }));
    await writeFile(
      job,
      JSON.stringify({
        ...common,
        job: 'export',
        model: files.folder,
        images: checked,
        target,
        draft: `${target}.tmp`,
      }),
    );
    const exported = serve(job);
    expect(await exported.end).toMatchObject({ type: 'done' });
    const { certificate } = ofType(exported.events, 'exported')[0]!;
    expect(certificate).toMatchObject({ images: 50, top1Agreement: 1, passed: true });
    expect(certificate.maxAbsDiff).toBeLessThan(1e-4);
  },
  120_000,
);
