import type { Page } from 'playwright';
import { beforeEach, describe, expect, it } from 'vitest';
import { launchStudio, needWindow } from './launch.ts';
import { openSample, screenshot, violations } from './window.ts';

/** Ways of learning whose names the choice of them cuts off. */
const strategiesOutOfSight = (page: Page): Promise<readonly string[]> =>
  page.getByRole('radiogroup', { name: /^(How to learn|Como aprender)$/ }).evaluate((group) => {
    const { right, bottom } = group.getBoundingClientRect();
    const labels = [...group.querySelectorAll('label')];
    return labels.flatMap((label) => {
      const box = label.getBoundingClientRect();
      const isCut = box.right > right || box.bottom > bottom || label.scrollWidth > label.clientWidth;
      return isCut ? [label.textContent] : [];
    });
  });

// The networks are measured first, which takes its time on a busy machine.
describe('augmentation in the Train place', () => {
  beforeEach(needWindow);

  it('shows the person’s own images in views, warns, and can be used by keyboard; both languages, light and dark', async () => {
    const { page, close } = await launchStudio({ size: { width: 1280, height: 1000 } });
    try {
      await openSample(page);
      await page.keyboard.press('Alt+3');
      await page.getByRole('heading', { name: /Varying the pictures/ }).waitFor({ timeout: 120_000 });
      await page.getByRole('combobox', { name: /What may change/ }).click();
      await page.getByRole('option', { name: /^Leaves/ }).click();
      const show = page.getByRole('button', { name: 'Show on my images' });
      await show.focus();
      await page.keyboard.press('Enter');
      const sheet = page.getByRole('img', { name: /6 images as they are/ });
      await sheet.waitFor({ timeout: 60_000 });
      const before = await sheet.getAttribute('src');
      await page.getByRole('button', { name: 'Draw again' }).press('Enter');
      await expect.poll(() => sheet.getAttribute('src'), { timeout: 60_000 }).not.toBe(before);
      expect(
        await sheet.evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth)),
      ).toBeGreaterThan(1000);
      await page.getByRole('button', { name: 'Every change in numbers' }).press('Enter');
      const hue = page.getByRole('slider', { name: 'Hue' });
      await hue.focus();
      for (let press = 0; press < 5; press++) await page.keyboard.press('ArrowRight');
      await page.getByText(/Hue: the colour itself may be the sign/).waitFor();
      expect(await violations(page)).toEqual([]);
      for (const [language, languageWord, theme, themeWord] of [
        ['en', 'English', 'light', 'Light'],
        ['en', 'English', 'dark', 'Dark'],
        ['pt-BR', 'Português', 'dark', 'Escura'],
        ['pt-BR', 'Português', 'light', 'Clara'],
      ] as const) {
        await page.keyboard.press('Control+,');
        await page.getByRole('dialog').waitFor();
        await page.getByText(languageWord, { exact: true }).last().click();
        await page.getByText(themeWord, { exact: true }).last().click();
        await page.locator(`html[lang="${language}"][data-mantine-color-scheme="${theme}"]`).waitFor();
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'hidden' });
        expect(await strategiesOutOfSight(page)).toEqual([]);
        await page
          .getByRole('heading', { name: /Varying the pictures|Variar as imagens/ })
          .evaluate((heading) => heading.scrollIntoView());
        await screenshot(page, `5-augmentation-${language}-${theme}`);
      }
    } finally {
      await close();
    }
  }, 240_000);
});
