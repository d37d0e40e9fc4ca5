import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { previewAugmentation } from '../../../main/engine/training/preview.ts';
import { defaultRecipeForTests } from '../../fixtures/trainer/recipe.ts';
import { scriptedLauncher } from '../../fixtures/trainer/scripted-launcher.ts';
import { seedProject, startEngine } from '../../fixtures/trainer/scripted-studio.ts';

test('four sheets are kept, whatever was given up meanwhile or left by an earlier session', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'enxerto-previews-'));
  const engine = await startEngine(
    folder,
    scriptedLauncher(() => 'honest'),
  );
  onTestFinished(async () => {
    await engine.close();
    rmSync(folder, { recursive: true });
  });
  await seedProject(engine, folder, { classes: ['a'], images: [{ labels: [0] }] });
  const previews = join(engine.context.project().cacheFolder, 'previews');
  await mkdir(previews, { recursive: true });
  await writeFile(join(previews, '90.webp'), 'of an earlier session');
  const preview = (signal?: AbortSignal) =>
    previewAugmentation(engine.context, { recipe: defaultRecipeForTests, draw: 0 }, signal);
  for (let time = 0; time < 5; time++) {
    await preview();
    await expect(preview(AbortSignal.abort())).rejects.toThrow();
    await expect(preview(AbortSignal.abort())).rejects.toThrow();
  }
  expect((await readdir(previews)).sort()).toEqual(['10.webp', '13.webp', '4.webp', '7.webp']);
});
