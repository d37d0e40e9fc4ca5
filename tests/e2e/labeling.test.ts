import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { electronAtHand } from '../../main/shell/setup/electron.ts';
import { launchStudio, needWindow, type Studio } from './launch.ts';
import { eventually, importNewProject, makeLeaves, tile, violations } from './window.ts';

describe('one image at a time', () => {
  let studio!: Studio;
  let leaves: Awaited<ReturnType<typeof makeLeaves>> | null = null;

  beforeAll(async () => {
    if (electronAtHand() === null || !process.env.DISPLAY) return;
    leaves = await makeLeaves();
    studio = await launchStudio();
    await importNewProject(studio, 'One by one', leaves.folder);
    await tile(studio.page, 2).dblclick();
    await studio.page.getByText('3 of 63').waitFor();
  });
  beforeEach((context) => {
    needWindow(context);
    studio.page.setDefaultTimeout(10_000);
  });
  afterAll(async () => {
    await studio?.close();
    await leaves?.remove();
  });

  /** Colour of the pixel in the middle of the canvas. */
  const middle = () =>
    studio.page.evaluate(() => {
      const canvas = document.querySelector('canvas');
      const context = canvas?.getContext('2d');
      if (!canvas || !context) return [];
      return [...context.getImageData(canvas.width >> 1, canvas.height >> 1, 1, 1).data];
    });

  it('shows the image itself, with nothing wrong in accessibility', async () => {
    await eventually(async () => (await middle())[3]).toBe(255);
    expect(await violations(studio.page)).toEqual([]);
  });

  it('labels with a key and goes on; undo takes the label back and stays', async () => {
    const { page } = studio;
    const panel = page.getByRole('complementary', { name: 'Labels' });
    await page.keyboard.press('2');
    await page.getByText('4 of 63').waitFor();
    await page.getByText('1 image labeled “miner”').waitFor();
    await page.keyboard.press('ArrowLeft');
    await page.getByText('3 of 63').waitFor();
    await panel.getByText('by hand', { exact: false }).waitFor();
    await page.keyboard.press('ArrowRight');
    await page.getByText('4 of 63').waitFor();
    await page.keyboard.press('Control+z');
    await page.getByText('Undone: 1 image labeled “miner”').waitFor();
    expect(await page.getByText('4 of 63').count()).toBe(1);
  });

  it('finds the next unlabeled image with one key', async () => {
    const { page } = studio;
    await page.keyboard.press('0');
    await page.getByText('label removed from 1 image', { exact: false }).waitFor();
    await page.keyboard.press('PageDown');
    await page.getByText('5 of 63').waitFor();
    await page.keyboard.press('u');
    await page.getByText('4 of 63').waitFor();
  });

  it('zooms at the pointer, to single pixels and back', async () => {
    const { page } = studio;
    const canvas = page.locator('canvas');
    const box = await canvas.boundingBox();
    if (box === null) throw new Error('no canvas');
    const percent = () => page.getByTitle(/^Zoom \d/).getAttribute('title');
    const fitted = await percent();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    const before = await middle();
    for (let i = 0; i < 12; i += 1) await page.mouse.wheel(0, -100);
    await eventually(percent).not.toBe(fitted);
    await eventually(async () =>
      (await middle()).every((value, i) => Math.abs(value - (before[i] ?? 0)) < 40),
    ).toBe(true);
    for (let i = 0; i < 20; i += 1) await page.keyboard.press('+');
    await eventually(percent).toBe('Zoom 6,400\u00a0%');
    await page.keyboard.press('z');
    await eventually(percent).toBe('Zoom 100\u00a0%');
    await page.keyboard.press('f');
    await eventually(percent).toBe(fitted);
  });

  it('leaves the image at least 60 % of the window, and all of it without the panel', async () => {
    const { page } = studio;
    const share = async () => {
      const canvas = await page.locator('canvas').boundingBox();
      return (canvas?.width ?? 0) / (await page.evaluate(() => window.innerWidth));
    };
    await studio.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.setContentSize(1024, 640),
    );
    await eventually(share).toBeGreaterThanOrEqual(0.57);
    await page.keyboard.press('b');
    await eventually(share).toBeGreaterThan(0.9);
    await page.keyboard.press('b');
  });

  it('says when a file is gone or has changed, and what to do', async () => {
    const { page } = studio;
    const folder = leaves?.folder ?? '';
    const path = join(
      folder,
      (await page.locator('aside p').filter({ hasText: 'healthy/' }).textContent()) ?? '',
    );
    await rename(path, `${path}.away`);
    await page.keyboard.press('Control+k');
    await page.keyboard.type('missing and changed');
    await page.keyboard.press('Enter');
    await page.getByText('The file is not where it was. Its labels are safe.').waitFor();
    expect(await violations(page)).toEqual([]);
    await rename(`${path}.away`, path);
    await page.getByRole('button', { name: 'Look again' }).click();
    await page.getByText('The file is not where it was. Its labels are safe.').waitFor({ state: 'hidden' });
    await page.keyboard.press('1');
    await page.keyboard.press('ArrowLeft');
    await writeFile(path, 'other bytes');
    await page.keyboard.press('Control+k');
    await page.keyboard.type('missing and changed');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').or(page.getByText('The file')).first().waitFor();
  });

  it('goes back one step with Escape, from a dialog to the place to the gallery', async () => {
    const { page } = studio;
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.keyboard.press('F1');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(await page.locator('canvas').count()).toBe(1);
    await page.keyboard.press('Escape');
    await page.getByRole('listbox', { name: 'Images' }).waitFor();
  });
});
