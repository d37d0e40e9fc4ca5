import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { electronAtHand } from '../../main/shell/setup/electron.ts';
import { launchStudio, needWindow, type Studio } from './launch.ts';
import { eventually, openSample, violations } from './window.ts';

describe('the start screen', () => {
  let studio!: Studio;
  let folder = '';
  const documents = () => join(folder, 'documents', 'Enxerto');

  beforeAll(async () => {
    if (electronAtHand() === null || !process.env.DISPLAY) return;
    folder = await mkdtemp(join(tmpdir(), 'enxerto-start-'));
    studio = await launchStudio({ userData: join(folder, 'user'), documents: join(folder, 'documents') });
  });
  beforeEach((context) => {
    needWindow(context);
    studio.page.setDefaultTimeout(10_000);
  });
  afterAll(async () => {
    await studio?.close();
    if (folder !== '') await rm(folder, { recursive: true, force: true });
  });

  it('teaches what to do first, without a fault in accessibility', async () => {
    await studio.page.getByText('Your projects will be listed here').waitFor();
    expect(await violations(studio.page)).toEqual([]);
  });

  it('switches language and appearance live, in both directions', async () => {
    const { page } = studio;
    await page.getByText('Português', { exact: true }).click();
    await page.getByRole('button', { name: 'Novo projeto' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('pt-BR');
    await page.getByText('Escura', { exact: true }).click();
    await eventually(() => page.locator('html').getAttribute('data-mantine-color-scheme')).toBe('dark');
    expect(await violations(page)).toEqual([]);
    await page.getByText('Clara', { exact: true }).click();
    await page.getByText('English', { exact: true }).click();
    await page.getByRole('button', { name: 'New project' }).waitFor();
  });

  it('says why a project cannot be made, and keeps what was typed', async () => {
    const { page } = studio;
    for (const _ of [1, 2]) {
      await page.getByRole('button', { name: 'New project' }).click();
      await page.getByRole('textbox', { name: 'Name' }).fill('Twice');
      await page.getByRole('button', { name: 'Create project' }).click();
      const heading = page.getByRole('heading', { name: 'Drop a folder of images here' });
      const failure = page.getByText(/Something called “Twice.*” is already there/);
      await heading.or(failure).waitFor();
      if (await failure.isVisible()) {
        expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('Twice');
        await page.getByRole('button', { name: 'Cancel' }).click();
        return;
      }
      await page.keyboard.press('Control+w');
      await page.getByRole('button', { name: 'New project' }).waitFor();
    }
    throw new Error('a second project with the same name in the same folder was made');
  });

  it('lists projects, restores a backup, and marks one that is gone', async () => {
    const { page } = studio;
    await openSample(page);
    await page.keyboard.press('Control+w');
    await page.getByRole('button', { name: 'More for Coffee leaves' }).click();
    await page.getByRole('menuitem', { name: 'Restore a backup…' }).click();
    const backups = page.getByRole('dialog').getByRole('radio');
    await backups.first().check();
    expect(await page.getByRole('dialog').getByText('Whole').count()).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Restore', exact: true }).click();
    await page.locator('[role="option"] img').first().waitFor();
    await page.keyboard.press('Control+w');
    await page.getByRole('button', { name: 'More for Coffee leaves' }).waitFor();
    const [name = ''] = (await readdir(documents())).filter((entry) => entry.startsWith('Coffee'));
    await rename(join(documents(), name), join(folder, 'moved'));
    await page.keyboard.press('Control+,');
    await page.keyboard.press('Escape');
    await page.reload();
    await page.getByText('Not found').waitFor();
    expect(await page.getByRole('button', { name: /^Coffee leaves/ }).isDisabled()).toBe(true);
    await rename(join(folder, 'moved'), join(documents(), name));
  });
});
