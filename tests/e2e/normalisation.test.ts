import { beforeEach, describe, expect, it } from 'vitest';
import { launchStudio, needWindow } from './launch.ts';
import { openSample, screenshot, violations } from './window.ts';

describe('batch normalisation in the Train place', () => {
  beforeEach(needWindow);

  it('is chosen by keyboard, says when which is right, and warns of small batches', async () => {
    const { page, close } = await launchStudio({ size: { width: 1280, height: 1000 } });
    try {
      await openSample(page);
      await page.keyboard.press('Alt+3');
      await page.getByRole('heading', { name: 'What will happen' }).waitFor({ timeout: 120_000 });
      for (const name of ['Network and images', 'How it learns'])
        await page.getByRole('button', { name, exact: true }).press('Enter');
      const normalisation = page.getByRole('combobox', { name: 'Batch normalisation of what learns' });
      await page.getByText(/The pretrained statistics stay/).waitFor();
      const folded = page.getByRole('checkbox', { name: /^Fold batch normalisation/ });
      await folded.press('Space');
      expect(await folded.isChecked()).toBe(true);
      await normalisation.focus();
      await page.keyboard.press('ArrowDown');
      await page.getByRole('option', { name: /^Adapted to your images/ }).waitFor();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await page.getByText(/The statistics follow your images/).waitFor();
      // What is folded away cannot be adapted.
      expect(await folded.isChecked()).toBe(false);
      expect(await folded.isDisabled()).toBe(true);
      expect(await page.getByText(/Statistics of fewer than 16 images/).count()).toBe(0);
      await page.getByRole('textbox', { name: 'Images a step (batch)' }).fill('8');
      await page.getByText(/Statistics of fewer than 16 images a step are noisy/).waitFor();
      await page.getByRole('textbox', { name: /^Share of a batch/ }).waitFor();
      await normalisation.evaluate((field) => field.scrollIntoView({ block: 'center' }));
      expect(await violations(page)).toEqual([]);
      await screenshot(page, '5-normalisation');
    } finally {
      await close();
    }
  }, 240_000);
});
