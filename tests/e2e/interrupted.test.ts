import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { launchStudio, needWindow } from './launch.ts';
import { openSample, screenshot, violations } from './window.ts';

describe('a training that is cut off together with the studio', () => {
  beforeEach(needWindow);

  it('is offered where trainings are begun, goes on, and the status bar says when it is paused', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'enxerto-cut-'));
    const kept = { userData: join(folder, 'user'), documents: join(folder, 'documents') };
    try {
      const first = await launchStudio(kept);
      await openSample(first.page);
      await first.page.keyboard.press('Alt+3');
      await first.page.getByText('Only the new part', { exact: true }).click({ timeout: 120_000 });
      await first.page.getByRole('button', { name: 'Train', exact: true }).last().click();
      await first.page.locator('footer').getByText('Training 1 is running').waitFor();
      // There is a checkpoint of the model before.
      await first.page.getByText('Training 2 of 6').waitFor({ timeout: 120_000 });
      first.app.process().kill('SIGKILL');

      const { page, close } = await launchStudio(kept);
      try {
        const project = page.getByRole('button', { name: /^Coffee leaves/ });
        await project.waitFor();
        // The sample's 250 images came after the project was counted.
        expect(await project.textContent()).not.toMatch(/no images/i);
        await project.click();
        await page.locator('[role="option"] img').first().waitFor();
        await page.keyboard.press('Alt+3');
        const alert = page.getByRole('alert').filter({ hasText: '“Training 1” was interrupted' });
        await alert.waitFor({ timeout: 60_000 });
        // The pointer, left where the project was opened, would keep a tooltip open.
        await page.mouse.move(2, 300);
        await page.getByRole('tooltip').waitFor({ state: 'hidden' });
        const [around, inside] = [await alert.boundingBox(), await alert.getByRole('button').boundingBox()];
        expect(inside!.y + inside!.height).toBeLessThan(around!.y + around!.height);
        expect(await violations(page)).toEqual([]);
        await screenshot(page, '5-interrupted');
        await alert.getByRole('button', { name: 'Go on from where it stopped' }).press('Enter');
        await page.getByRole('button', { name: 'Pause', exact: true }).click({ timeout: 60_000 });
        await page.getByRole('button', { name: 'Go on' }).waitFor();
        await page.locator('footer').getByText('Training 1 is paused').waitFor();
        await page.getByRole('button', { name: 'Go on' }).click();
        await page.getByText('Training finished').waitFor({ timeout: 180_000 });
        await page.getByRole('button', { name: 'Prepare another training' }).click();
        await page.getByRole('heading', { name: 'What will happen' }).waitFor();
        expect(await alert.count()).toBe(0);
      } finally {
        await close();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }, 480_000);
});
