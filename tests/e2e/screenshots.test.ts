import { beforeEach, describe, expect, it } from 'vitest';
import { launchStudio, needWindow, type Studio } from './launch.ts';
import { openSample, screenshot, tile } from './window.ts';

const sizes = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
] as const;
const looks = [
  { locale: 'en-US', language: 'en', theme: 'light', word: 'Light' },
  { locale: 'en-US', language: 'en', theme: 'dark', word: 'Dark' },
  { locale: 'pt-BR', language: 'pt-BR', theme: 'light', word: 'Clara' },
  { locale: 'pt-BR', language: 'pt-BR', theme: 'dark', word: 'Escura' },
] as const;

/** Walks through the places and takes a picture of each; the names sort by place. */
async function walk({ page }: Studio, suffix: string): Promise<void> {
  await screenshot(page, `1-start-${suffix}`);
  await openSample(page);
  await page.waitForLoadState('networkidle');
  await tile(page, 1).click();
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Shift+ArrowDown');
  await screenshot(page, `2-images-${suffix}`);
  await page.keyboard.press('Enter');
  await page.locator('canvas').waitFor();
  await page.waitForLoadState('networkidle');
  await screenshot(page, `3-label-${suffix}`);
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').waitFor();
  await screenshot(page, `6-palette-${suffix}`);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await page.keyboard.press('F1');
  await page.getByRole('dialog').waitFor();
  await screenshot(page, `7-shortcuts-${suffix}`);
}

const pictures = sizes.flatMap((size) => looks.map((look) => ({ look, size })));

describe('pictures of the window for people to look at', () => {
  beforeEach(needWindow);

  it.each(pictures)('$look.language $look.theme $size.width', async ({ look, size }) => {
    const studio = await launchStudio({ locale: look.locale, size });
    try {
      await studio.page.getByText(look.word, { exact: true }).click();
      expect(await studio.page.locator('html').getAttribute('lang')).toBe(look.language);
      await walk(studio, `${look.language}-${look.theme}-${size.width}x${size.height}`);
    } finally {
      await studio.close();
    }
  });
});
