import { beforeEach, describe, it } from 'vitest';
import { launchStudio, needWindow } from './launch.ts';
import { openSample, screenshot } from './window.ts';

const looks = [
  { word: 'Português', theme: 'Escura', language: 'pt-BR', name: 'pt-BR-dark' },
  { word: 'English', theme: 'Light', language: 'en', name: 'en-light' },
] as const;

describe('what computes', () => {
  beforeEach(needWindow);

  it('is measured at the first start, named in the status bar, and explained in Settings', {
    timeout: 300_000,
  }, async () => {
    const forced = process.env.ENXERTO_EXECUTOR;
    delete process.env.ENXERTO_EXECUTOR;
    const { page, close } = await launchStudio({ size: { width: 1280, height: 800 }, locale: 'en' });
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
    } finally {
      await close();
    }
  });
});
