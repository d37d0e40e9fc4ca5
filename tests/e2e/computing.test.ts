import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { beforeEach, describe, expect, it } from 'vitest';
import { launchStudio, needWindow } from './launch.ts';
import { openSample, screenshot, violations } from './window.ts';

const looks = [
  { word: 'Português', theme: 'Escura', language: 'pt-BR', name: 'pt-BR-dark' },
  { word: 'English', theme: 'Light', language: 'en', name: 'en-light' },
] as const;

describe('what computes', () => {
  beforeEach(needWindow);

  it('is measured at the first start, explained in Settings, and chosen for one training alone', {
    timeout: 300_000,
  }, async () => {
    const forced = process.env.ENXERTO_EXECUTOR;
    delete process.env.ENXERTO_EXECUTOR;
    const { page, documents, close } = await launchStudio({
      size: { width: 1280, height: 800 },
      locale: 'en',
    });
    process.env.ENXERTO_EXECUTOR = forced;
    try {
      await openSample(page);
      const bar = page.locator('footer');
      await bar.getByText(/: \d[\d.,]* images\/s/).waitFor({ timeout: 240_000 });
      await page.keyboard.press('Control+,');
      const section = page.getByRole('region', { name: 'Computing' });
      await section
        .getByText(/images\/s when training/)
        .first()
        .waitFor();
      await section.getByText('ONNX Runtime', { exact: true }).first().waitFor();
      await section.getByRole('button', { name: /cannot be used here/ }).click();
      await section.getByText('Exists for other systems only.').first().waitFor();
      for (const look of looks) {
        await page.getByText(look.word, { exact: true }).last().click();
        await page.getByText(look.theme, { exact: true }).last().click();
        const shown = page.getByRole('region', { name: look.language === 'en' ? 'Computing' : 'Computação' });
        await shown.scrollIntoViewIfNeeded();
        await screenshot(page, `9-computing-${look.name}`);
      }
      const all = page.getByRole('region', { name: 'Computing' });
      await all.getByRole('button', { name: 'Measure again' }).click();
      await all.getByRole('button', { name: 'Stop' }).click();
      await all.getByRole('button', { name: 'Measure again' }).waitFor();
      await bar.getByText(/: \d[\d.,]* images\/s/).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
      await chooseForOne(page, documents);
    } finally {
      await close();
    }
  });
});

/** Chooses what computes one training, starts it, and reads its record. */
async function chooseForOne(page: Page, documents: string): Promise<void> {
  await page.keyboard.press('Alt+3');
  await page.getByRole('heading', { name: 'What will happen' }).waitFor({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Computing', exact: true }).press('Enter');
  await page.getByRole('combobox', { name: 'What computes this training' }).click();
  await page.getByRole('option', { name: 'ONNX Runtime', exact: true }).click();
  await page.getByText('Computed by ONNX Runtime, for this training alone.').waitFor();
  const field = page.getByRole('combobox', { name: 'What computes this training' });
  await field.evaluate((element) => element.scrollIntoView({ block: 'center' }));
  expect(await violations(page)).toEqual([]);
  await screenshot(page, '9-computing-one');
  await page.getByRole('button', { name: 'Train', exact: true }).last().click();
  await page.getByRole('button', { name: 'Pause', exact: true }).waitFor({ timeout: 120_000 });
  // Not what Settings decided: what this training has loaded.
  await page
    .getByRole('contentinfo')
    .getByText(/^ONNX Runtime: /)
    .waitFor();
  const manifest = (await readdir(documents, { recursive: true })).find((name) =>
    name.endsWith('manifest.json'),
  );
  const record: unknown = JSON.parse(await readFile(join(documents, manifest!), 'utf8'));
  expect(record).toMatchObject({
    runtime: {
      executor: 'onnx',
      decision: { why: 'forced', roles: { training: 'onnx', forward: 'onnx' } },
    },
  });
  // A studio that trains asks before it is closed.
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Pause', exact: true }).waitFor({ state: 'detached' });
}
