import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { electronAtHand } from '../../main/shell/setup/electron.ts';
import { launchStudio, needWindow, type Studio } from './launch.ts';
import { classCounts, eventually, makeLeaves, tile, tileName, violations } from './window.ts';

/** The process of the engine: the child of the window's program that runs its file. */
async function enginePid({ app }: Studio): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid,ppid,args']);
  const rows = stdout.split('\n').map((line) => line.trim().split(/\s+/));
  const found = rows.find(
    ([, parent, ...args]) =>
      Number(parent) === app.process().pid && args.join(' ').includes('engine/index.js'),
  );
  if (found === undefined) throw new Error('no engine among the children of the window');
  return Number(found[0]);
}

describe('from a folder to labels', () => {
  let studio!: Studio;
  let own = '';
  let leaves: Awaited<ReturnType<typeof makeLeaves>> | null = null;
  const options = () => ({ userData: join(own, 'user'), documents: join(own, 'documents') });

  beforeAll(async () => {
    if (electronAtHand() === null || !process.env.DISPLAY) return;
    own = await mkdtemp(join(tmpdir(), 'enxerto-gallery-'));
    leaves = await makeLeaves();
    studio = await launchStudio(options());
  });
  beforeEach((context) => {
    needWindow(context);
    studio.page.setDefaultTimeout(10_000);
  });
  afterAll(async () => {
    await studio?.close();
    await leaves?.remove();
    if (own !== '') await rm(own, { recursive: true, force: true });
  });

  it('says what an import would do, then does it and reports what it could not read', async () => {
    const { page } = studio;
    const folder = leaves?.folder ?? '';
    const before = (await stat(join(folder, 'healthy'))).mtimeMs;
    await page.getByRole('button', { name: 'New project' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Leaves');
    await page.getByRole('button', { name: 'Create project' }).click();
    await page.getByRole('heading', { name: 'Drop a folder of images here' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await studio.answerDialog('open', [folder]);
    await page.getByRole('button', { name: 'Choose a folder…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('63 are new').waitFor();
    expect(await dialog.getByRole('radio', { name: 'The folders are the classes' }).isChecked()).toBe(true);
    expect(await dialog.getByText('1 other file is left alone').count()).toBe(1);
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Import 63 images' }).click();
    await dialog.getByText('2 files could not be read').waitFor();
    expect(await dialog.getByRole('cell', { name: 'rust/text.jpg' }).count()).toBe(1);
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Show the images' }).click();
    await dialog.waitFor({ state: 'hidden' });
    expect((await stat(join(folder, 'healthy'))).mtimeMs).toBe(before);
    expect(await readdir(folder)).toContain('notes.txt');
    expect(await classCounts(page)).toEqual({ healthy: 21, miner: 20, rust: 22 });
  });

  it('labels many at once with a key, says what was done, and takes it back', async () => {
    const { page } = studio;
    await page.locator('[role="option"] img').first().waitFor();
    expect(await violations(page)).toEqual([]);
    const names = await Promise.all([0, 3, 7].map((index) => tileName(page, index)));
    expect(names.every((name) => name.endsWith(', healthy'))).toBe(true);
    await tile(page, 0).click();
    await page.keyboard.press('Shift+ArrowRight');
    await page.keyboard.press('Shift+ArrowRight');
    await tile(page, 7).click({ modifiers: ['Control'] });
    await page.getByText('4 selected').waitFor();
    await page.keyboard.press('3');
    await page.getByText('4 images labeled “rust”').waitFor();
    await eventually(() => tileName(page, 7)).toMatch(/, rust$/);
    await eventually(() => classCounts(page)).toEqual({ healthy: 17, miner: 20, rust: 26 });
    await page.keyboard.press('Control+z');
    await page.getByText('Undone: 4 images labeled “rust”').waitFor();
    await eventually(() => tileName(page, 7)).toMatch(/, healthy$/);
    await eventually(() => classCounts(page)).toEqual({ healthy: 21, miner: 20, rust: 22 });
    await page.keyboard.press('Control+Shift+z');
    await eventually(() => classCounts(page)).toEqual({ healthy: 17, miner: 20, rust: 26 });
    await page.keyboard.press('0');
    await page.getByText('labels removed from 4 images', { exact: false }).waitFor();
    await page.keyboard.press('Numpad2');
    await eventually(() => classCounts(page)).toEqual({ healthy: 17, miner: 24, rust: 22 });
  });

  it('filters, searches and keeps the list still while one labels in it', async () => {
    const { page } = studio;
    await page.getByTitle('Show the images labeled “healthy”').click();
    await page.getByText('17 images', { exact: true }).waitFor();
    const first = await tileName(page, 0);
    await tile(page, 0).click();
    await page.keyboard.press('3');
    await page.getByRole('button', { name: 'Update the list' }).waitFor();
    expect((await tileName(page, 0)).split(',')[0]).toBe(first.split(',')[0]);
    await page.keyboard.press('r');
    await page.getByText('16 images', { exact: true }).waitFor();
    await page.keyboard.press('Control+z');
    await page.getByRole('button', { name: /^All images/ }).click();
    await page.getByText('63 images', { exact: true }).first().waitFor();
    await page.getByRole('textbox', { name: 'Search by name' }).fill('COPY');
    await page.getByText('1 image', { exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^Same content twice/ }).click();
    await page.getByText('2 images', { exact: true }).waitFor();
    await page.getByRole('button', { name: /^All images/ }).click();
  });

  it('selects with the keyboard as every list does', async () => {
    const { page } = studio;
    await page.getByRole('listbox', { name: 'Images' }).focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('Control+a');
    await page.getByText('63 selected').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('63 selected').waitFor({ state: 'hidden' });
    await page.keyboard.press('End');
    await eventually(() => tile(page, 62).getAttribute('aria-selected')).toBe('true');
    await page.keyboard.press('Home');
    await page.keyboard.press('PageDown');
    expect(await page.locator('[data-index][aria-selected="true"]').count()).toBe(1);
    await page.keyboard.press('Home');
  });

  it('makes, renames, orders and removes classes, and takes the removal back', async () => {
    const { page } = studio;
    await page.keyboard.press('c');
    await page.keyboard.type('phoma');
    await page.keyboard.press('Enter');
    await page.keyboard.type('Rust');
    await page.keyboard.press('Enter');
    await page.getByText('There is already a class “Rust”').waitFor();
    await page.keyboard.press('Escape');
    await page.getByTitle('Show the images labeled “phoma”').focus();
    await page.keyboard.press('Alt+ArrowUp');
    await eventually(async () => Object.keys(await classCounts(page))).toEqual([
      'healthy',
      'miner',
      'phoma',
      'rust',
    ]);
    await page.getByTitle('Show the images labeled “phoma”').focus();
    await page.keyboard.press('F2');
    await page.getByRole('textbox', { name: 'Rename “phoma”' }).waitFor();
    await page.keyboard.type('phoma leaf spot');
    await page.keyboard.press('Enter');
    await eventually(async () => Object.keys(await classCounts(page))).toContain('phoma leaf spot');
    const before = await classCounts(page);
    await page.getByTitle('Show the images labeled “miner”').focus();
    await page.keyboard.press('Delete');
    await page.getByText(`${before.miner} images lose this label`).waitFor();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await eventually(async () => Object.keys(await classCounts(page))).not.toContain('miner');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.keyboard.press('Control+z');
    await eventually(() => classCounts(page)).toEqual(before);
  });

  it('goes on where it was when the engine is killed under it', async () => {
    const { page } = studio;
    const before = await classCounts(page);
    await page.getByRole('button', { name: /^All images/ }).click();
    await page.getByTitle('Show the images labeled “miner”').click();
    await page.getByText(`${before.miner} images`, { exact: true }).waitFor();
    await tile(page, 0).click();
    process.kill(await enginePid(studio), 'SIGKILL');
    await page.keyboard.press('1');
    await page.getByText('1 image labeled “healthy”').waitFor();
    await page.getByText(/^Saved /).waitFor();
    await eventually(() => classCounts(page)).toEqual({
      ...before,
      healthy: (before.healthy ?? 0) + 1,
      miner: (before.miner ?? 0) - 1,
    });
    await eventually(() => tileName(page, 0)).toMatch(/, healthy$/);
  });

  it('loses nothing when the studio is closed and opened again', async () => {
    const before = await classCounts(studio.page);
    await studio.app.close();
    studio = await launchStudio(options());
    await studio.page.getByRole('button', { name: /^Leaves/ }).click();
    await studio.page.locator('[role="option"] img').first().waitFor();
    await eventually(() => classCounts(studio.page)).toEqual(before);
    await studio.page.keyboard.press('Control+z');
    await studio.page.getByText(/^Undone: /).waitFor();
  });
});
