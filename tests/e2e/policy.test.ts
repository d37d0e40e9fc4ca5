import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { electronAtHand } from '../../main/shell/setup/electron.ts';
import { launchStudio, needWindow, type Studio } from './launch.ts';
import { openSample } from './window.ts';

/** The studio's own page under the strict policy: it must never need what the policy forbids. */
describe('the studio keeps to its content policy', () => {
  let studio!: Studio;
  beforeAll(async () => {
    if (electronAtHand() === null || !process.env.DISPLAY) return;
    studio = await launchStudio();
  });
  beforeEach(needWindow);
  afterAll(async () => {
    await studio?.close();
  });

  it('from the start screen through gallery, palette and sheet of shortcuts', async () => {
    const { page, output } = studio;
    await openSample(page);
    for (const keys of ['Control+k', 'Escape', '?', 'Escape']) {
      await page.keyboard.press(keys);
      await page.waitForTimeout(300);
    }
    const said = output.join('\n');
    expect(said).not.toMatch(/Content Security Policy|Refused to|page error/i);
    const unstyled = await page.evaluate(
      () =>
        [...document.querySelectorAll('style')].filter((style) => style.nonce === '' && style.sheet === null)
          .length,
    );
    expect(unstyled).toBe(0);
  });

  it('knows no path of this machine: pictures come by id', async () => {
    const sources = await studio.page.evaluate(() => [...document.images].map((image) => image.src));
    expect(sources.length).toBeGreaterThan(0);
    expect(
      sources.filter(
        (source) => !/^(media:\/\/(thumb|image|preview)\/\d+\?|app:\/\/studio\/|blob:)/.test(source),
      ),
    ).toEqual([]);
  });
});
