import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { electronAtHand } from '../../main/shell/setup/electron.ts';
import { launchStudio, needWindow, type Studio } from './launch.ts';
import { openSample, sampleFolder, screenshot, violations } from './window.ts';

/** A training of the sample on a slow machine that has other things to do. */
const patience = 240_000;

describe('the main job in the window', () => {
  let studio!: Studio;
  let folder = '';

  beforeAll(async () => {
    if (electronAtHand() === null || !process.env.DISPLAY) return;
    folder = await mkdtemp(join(tmpdir(), 'enxerto-job-'));
    studio = await launchStudio({ userData: join(folder, 'user'), documents: join(folder, 'documents') });
  });
  beforeEach((context) => {
    needWindow(context);
    studio.page.setDefaultTimeout(30_000);
  });
  afterAll(async () => {
    await studio?.close();
    if (folder !== '') await rm(folder, { recursive: true, force: true });
  });

  it('says before the start what will happen, why and how long it takes', async () => {
    const { page } = studio;
    await openSample(page);
    await page.keyboard.press('Alt+3');
    await page.getByRole('heading', { name: 'What will happen' }).waitFor({ timeout: 120_000 });
    await page.getByText('You have 250 labeled images in 5 classes.').waitFor();
    await page.getByText(/^About .* in all/).waitFor();
    await page.getByRole('button', { name: 'Why this?' }).click();
    await page.getByText(/each is tested once|are used as they are/).waitFor();
    expect(await violations(page)).toEqual([]);
    await screenshot(page, 'train');
  });

  it('keeps sentence, drawing and numbers the same when a block is thawed or frozen', async () => {
    const { page } = studio;
    const learning = page.getByRole('switch', { checked: true });
    await page.getByRole('switch', { name: '“stage6” learns' }).waitFor();
    const before = await learning.count();
    await page.getByRole('switch', { name: '“stage4” learns' }).click();
    expect(await learning.count()).toBeGreaterThan(before);
    await page.getByText(`The last ${await learning.count()} blocks adjust`).waitFor();
    await page.getByRole('button', { name: 'Back to the recommendation' }).click();
    await expect.poll(() => learning.count()).toBe(before);
    await page.getByText('Only the new part', { exact: true }).click();
    await expect.poll(() => learning.count()).toBe(0);
  });

  it('trains while the person goes on, can be paused, and ends with an honest number', async () => {
    const { page } = studio;
    await page.getByRole('button', { name: 'Train', exact: true }).last().click();
    await page.getByText(/Training \d of 6/).waitFor({ timeout: patience });
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await page.getByRole('button', { name: 'Go on' }).waitFor();
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('button', { name: 'Pause', exact: true }).waitFor();
    await page.keyboard.press('Alt+1');
    await page.locator('[role="option"] img').first().waitFor();
    await page.keyboard.press('Alt+3');
    await page.getByRole('button', { name: 'See how good it is' }).click({ timeout: patience });
    await page.getByRole('heading', { name: /^\d+ of 100 right, give or take \d+$/ }).waitFor();
    const words = await page.getByRole('heading', { name: /of 100 right/ }).textContent();
    const right = Number(/^\d+/.exec(words ?? '')?.[0]);
    // Far above the commonest class (20) and below what cannot be: the sample is hard.
    expect(right).toBeGreaterThan(60);
    expect(right).toBeLessThan(95);
    const computed = page.getByRole('region', { name: 'What computed it' });
    await computed.getByText(/^ONNX Runtime \d\S* on the processor computed everything\./).waitFor();
    expect(await violations(page)).toEqual([]);
    await screenshot(page, 'results');
  });

  it('opens the images of a cell of the confusion matrix', async () => {
    const { page } = studio;
    const cell = page.getByRole('button', { name: /^\d+ images? of “rust” answered “cercospora”$/ });
    const count = Number(/^\d+/.exec((await cell.getAttribute('aria-label')) ?? '')?.[0]);
    await cell.click();
    const region = page.getByRole('region', { name: /of “rust” answered “cercospora”/ });
    await expect.poll(() => region.getByRole('listitem').count()).toBe(count);
    await region.getByRole('button', { name: 'Open them in Images' }).click();
    await expect.poll(() => page.locator('[role="option"][data-index]').count()).toBe(count);
  });

  it('saves a report that opens without the studio', async () => {
    const { page } = studio;
    await page.keyboard.press('Alt+4');
    const target = join(folder, 'report.html');
    await studio.answerDialog('save', [target]);
    await studio.app.evaluate(({ shell }) => {
      shell.openPath = async () => '';
    });
    await page.getByRole('button', { name: 'Save a report' }).click();
    await expect.poll(() => existsSync(target)).toBe(true);
    const report = await readFile(target, 'utf8');
    expect(report).toMatch(/\d+ of 100 right/);
    expect(report).not.toContain('<script');
  });

  it('names the images of a folder and says which file it could not read', async () => {
    const { page } = studio;
    const unseen = join(folder, 'new leaves');
    await mkdir(unseen);
    const photos = (await readdir(sampleFolder)).slice(0, 6);
    await Promise.all(photos.map((name) => copyFile(join(sampleFolder, name), join(unseen, name))));
    await writeFile(join(unseen, 'broken.jpg'), 'no image');
    const table = join(folder, 'answers.csv');
    await page.keyboard.press('Alt+5');
    await studio.answerDialog('open', [unseen]);
    await studio.answerDialog('save', [table]);
    await page.getByRole('button', { name: 'Choose a folder…' }).click();
    await page.getByText(/\d images named in/).waitFor({ timeout: patience });
    await page.getByText('1 file could not be read').waitFor();
    const lines = (await readFile(table, 'utf8')).trim().split(/\r?\n/);
    expect(lines).toHaveLength(8);
    expect(lines.some((line) => line.includes('broken.jpg'))).toBe(true);
  });

  it('exports ONNX with the proof that it answers the same', async () => {
    const { page } = studio;
    const target = join(folder, 'leaves.onnx');
    await studio.answerDialog('save', [target]);
    await page.getByRole('button', { name: 'Save as ONNX…' }).click();
    await page
      .getByText(/The saved file answers like the trained network: \d+ images/)
      .waitFor({ timeout: patience });
    expect(existsSync(target)).toBe(true);
    expect(await violations(page)).toEqual([]);
    await screenshot(page, 'use');
  });
});
