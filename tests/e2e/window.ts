import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Locator, Page } from 'playwright';
import { expect } from 'vitest';
import { root } from '../../main/shell/setup/paths.ts';
import type { Studio } from './launch.ts';

/** Photos of the bundled sample, in a fixed order. */
export const sampleFolder = join(root, 'resources', 'sample', 'images');

/** A folder with class folders of real photos, two broken files, a copy and a file that is no image. */
export async function makeLeaves(): Promise<{
  readonly folder: string;
  readonly remove: () => Promise<void>;
}> {
  const base = await mkdtemp(join(tmpdir(), 'enxerto-leaves-'));
  const folder = join(base, 'Folhas de café');
  const photos = (await readdir(sampleFolder)).sort();
  for (const [index, name] of ['healthy', 'miner', 'rust'].entries()) {
    const target = join(folder, name);
    await mkdir(target, { recursive: true });
    const chosen = photos.slice(index * 20, index * 20 + 20);
    await Promise.all(chosen.map((photo) => copyFile(join(sampleFolder, photo), join(target, photo))));
  }
  await copyFile(join(sampleFolder, photos[0] ?? ''), join(folder, 'healthy', 'copy.jpg'));
  await writeFile(join(folder, 'rust', 'text.jpg'), 'this is not an image');
  await writeFile(join(folder, 'rust', 'empty.jpg'), '');
  await writeFile(join(folder, 'notes.txt'), 'left alone');
  return { folder, remove: () => rm(base, { recursive: true, force: true }) };
}

/** Opens the bundled sample and waits for its first picture. */
export async function openSample(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^(Open the sample|Abrir o exemplo)$/ }).click();
  await page.locator('[role="option"] img').first().waitFor();
}

/** Makes a project of a folder through the window: name, folder, import as suggested, report. */
export async function importNewProject(studio: Studio, name: string, folder: string): Promise<void> {
  const { page } = studio;
  await page.getByRole('button', { name: 'New project' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByRole('button', { name: 'Create project' }).click();
  await page.getByRole('heading', { name: 'Drop a folder of images here' }).waitFor();
  await studio.answerDialog('open', [folder]);
  await page.getByRole('button', { name: 'Choose a folder…' }).click();
  await page.getByRole('button', { name: /^Import \d+ images$/ }).click();
  await page.getByRole('button', { name: 'Show the images' }).click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
}

/** The tile at an index of the list. */
export const tile = (page: Page, index: number): Locator =>
  page.locator(`[role="option"][data-index="${index}"]`);

/** The words a tile is known by: its file and its labels. */
export const tileName = async (page: Page, index: number): Promise<string> =>
  (await tile(page, index).getAttribute('aria-label')) ?? '';

/** What the classes panel says: number of images by class. */
export async function classCounts(page: Page): Promise<Readonly<Record<string, number>>> {
  const rows = await page.getByRole('list', { name: 'Classes in their order' }).getByRole('listitem').all();
  const read = async (row: Locator) => {
    const [name = '', images = ''] = await row.locator('button').first().locator('span').allInnerTexts();
    return [name, Number(images.replace(/\D/g, ''))] as const;
  };
  return Object.fromEntries(await Promise.all(rows.map(read)));
}

/** Violations of the accessibility rules, as one line each. */
export async function violations(page: Page): Promise<readonly string[]> {
  // Electron has no second page for the frames that the newer mode opens.
  const { violations: found } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  return found.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')} — ${node.failureSummary?.replaceAll('\n', ' ')}`),
  );
}

/** Saves a picture of the window for people to look at. */
export async function screenshot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(root, '.build', 'screenshots', `${name}.png`) });
}

/** Expects something of the window to become so; a busy machine may need seconds for it. */
export const eventually = <T>(read: () => Promise<T>) => expect.poll(read, { timeout: 10_000 });
