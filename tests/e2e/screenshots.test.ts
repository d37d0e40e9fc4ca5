import type { Page } from 'playwright';
import { beforeEach, describe, expect, it } from 'vitest';
import { launchStudio, needWindow } from './launch.ts';
import { openSample, screenshot, tile } from './window.ts';

const sizes = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
] as const;
const looks = [
  { language: 'en', languageWord: 'English', theme: 'light', themeWord: 'Light' },
  { language: 'en', languageWord: 'English', theme: 'dark', themeWord: 'Dark' },
  { language: 'pt-BR', languageWord: 'Português', theme: 'dark', themeWord: 'Escura' },
  { language: 'pt-BR', languageWord: 'Português', theme: 'light', themeWord: 'Clara' },
] as const;
type Look = (typeof looks)[number];

/** Chooses language and appearance where the window offers them. */
async function choose(page: Page, look: Look): Promise<void> {
  await page.getByText(look.languageWord, { exact: true }).last().click();
  await page.getByText(look.themeWord, { exact: true }).last().click();
  await page.locator(`html[lang="${look.language}"][data-mantine-color-scheme="${look.theme}"]`).waitFor();
}

async function closeDialog(page: Page): Promise<void> {
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
}

/** Walks through the places of a project and takes a picture of each; the names sort by place. */
async function walk(page: Page, suffix: string): Promise<void> {
  await page.keyboard.press('Alt+1');
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
  await screenshot(page, `7-palette-${suffix}`);
  await closeDialog(page);
  await page.keyboard.press('F1');
  await page.getByRole('dialog').waitFor();
  await screenshot(page, `8-shortcuts-${suffix}`);
  await closeDialog(page);
}

describe('pictures of the window for people to look at', () => {
  beforeEach(needWindow);

  it.each(sizes)('$width x $height, both languages, light and dark', async (size) => {
    const { page, close } = await launchStudio({ size });
    const name = (look: Look) => `${look.language}-${look.theme}-${size.width}x${size.height}`;
    try {
      for (const look of looks) {
        await choose(page, look);
        await screenshot(page, `1-start-${name(look)}`);
      }
      await openSample(page);
      for (const look of looks) {
        await page.keyboard.press('Control+,');
        await page.getByRole('dialog').waitFor();
        await choose(page, look);
        await closeDialog(page);
        await walk(page, name(look));
      }
      expect(await page.locator('html').getAttribute('lang')).toBe('pt-BR');
    } finally {
      await close();
    }
  });
});
