import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeEach, describe, expect, it } from 'vitest';
import { root } from '../../main/shell/setup/paths.ts';
import { readSafetensors } from '../trainer/support/safetensors.ts';
import { launchStudio, needWindow } from './launch.ts';
import { openSample, screenshot, violations } from './window.ts';

const network = join(root, 'resources', 'backbones', 'efficientnet_lite0.onnx');
const fixtures = join(root, 'tests', 'fixtures', 'trainer');
const reference = join(fixtures, 'efficientnet_lite0.reference.safetensors');
const answers = join(fixtures, 'numpy', 'lite0.npz');

/** A folder with the photo that PyTorch answered. */
async function folderOfPhoto(inside: string): Promise<string> {
  const folder = join(inside, 'photos of the reference');
  await mkdir(folder);
  const { data } = readSafetensors(reference).get('image_u8')!;
  await sharp(data as Uint8Array, { raw: { width: 224, height: 224, channels: 3 } })
    .png()
    .toFile(join(folder, 'photo.png'));
  return folder;
}

describe('a network of one’s own in the Train place', () => {
  beforeEach(needWindow);

  it('is refused in words, taken and proved, chosen, and removed; both languages, light and dark', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'enxerto-own-'));
    const { page, answerDialog, close } = await launchStudio({ size: { width: 1280, height: 1000 } });
    try {
      await writeFile(join(folder, 'letter.onnx'), 'no network at all');
      await openSample(page);
      await page.keyboard.press('Alt+3');
      await page.getByRole('heading', { name: 'What will happen' }).waitFor({ timeout: 120_000 });
      const data = page.locator('[data-accordion-control]', {
        hasText: /^(Network and images|Rede e imagens)$/,
      });
      await data.press('Enter');
      await page.getByRole('button', { name: 'Use your own network…' }).press('Enter');
      const dialog = page.getByRole('dialog');
      const chosen = page.getByRole('combobox', { name: 'Pretrained network' });
      const take = dialog.getByRole('button', { name: 'Take this network' });
      expect(await take.isDisabled()).toBe(true);
      await answerDialog('open', [join(folder, 'letter.onnx')]);
      await dialog.getByRole('button', { name: 'Choose the .onnx file…' }).press('Enter');
      await dialog.getByText('letter.onnx').waitFor();
      await dialog.getByRole('combobox', { name: 'How it wants its pixels' }).click();
      await page.getByRole('option', { name: /reference file/ }).click();
      await answerDialog('open', [reference]);
      await dialog.getByRole('button', { name: 'Choose the reference file…' }).press('Enter');
      await dialog.getByText('efficientnet_lite0.reference.safetensors').waitFor();
      await take.press('Enter');
      await dialog.getByRole('alert').getByText('Nothing of it was kept.').waitFor({ timeout: 30_000 });
      await dialog
        .getByRole('alert')
        .getByText(/^The file holds no ONNX network/)
        .waitFor();
      expect(await violations(page)).toEqual([]);

      // The same answers as NumPy saves them, the photo in a folder of its own.
      await answerDialog('open', [answers]);
      await dialog.getByRole('button', { name: 'Choose the reference file…' }).press('Enter');
      await dialog.getByText('lite0.npz').waitFor();
      await answerDialog('open', [await folderOfPhoto(folder)]);
      await dialog.getByRole('button', { name: 'Choose the folder…' }).press('Enter');
      await dialog.getByText('photos of the reference').waitFor();
      await answerDialog('open', [network]);
      await dialog.getByRole('button', { name: 'Choose the .onnx file…' }).press('Enter');
      await dialog.getByText('efficientnet_lite0.onnx').waitFor();
      // The refusal still speaks of the file that was refused.
      await dialog.getByRole('alert').getByText('“letter.onnx” was not taken').waitFor();
      const called = dialog.getByRole('textbox', { name: 'What it is called' });
      await called.fill('');
      // Letter by letter: the refusal above takes the focus once, and lets go of it.
      await called.pressSequentially('Lite of mine');
      await take.press('Enter');
      await dialog.getByText('Every depth can be trained.').waitFor({ timeout: 60_000 });
      await dialog.getByText(/^The scaling is proved: .*EfficientNet-Lite/).waitFor();
      expect(await dialog.getByRole('row').count()).toBe(10);
      expect(await violations(page)).toEqual([]);
      await screenshot(page, '10-own-network-report');
      await dialog.getByRole('button', { name: 'Close' }).last().press('Enter');
      await dialog.waitFor({ state: 'hidden' });
      await expect.poll(() => chosen.inputValue()).toBe('Lite of mine');
      // Its own blocks, as many of them learning as before.
      await page.getByRole('switch', { name: /“blocks\.6”/, checked: true }).waitFor();

      for (const [language, languageWord, theme, themeWord] of [
        ['pt-BR', 'Português', 'dark', 'Escura'],
        ['en', 'English', 'light', 'Light'],
      ] as const) {
        await page.keyboard.press('Control+,');
        await page.getByText(languageWord, { exact: true }).last().click();
        await page.getByText(themeWord, { exact: true }).last().click();
        await page.locator(`html[lang="${language}"][data-mantine-color-scheme="${theme}"]`).waitFor();
        await page.keyboard.press('Escape');
        await dialog.waitFor({ state: 'hidden' });
        // In another language the place begins anew.
        if ((await data.getAttribute('aria-expanded')) === 'false') await data.press('Enter');
        await page
          .getByRole('button', { name: /^(Use your own network|Usar sua própria rede)/ })
          .press('Enter');
        await dialog.waitFor();
        expect(await violations(page)).toEqual([]);
        await screenshot(page, `10-own-network-${language}-${theme}`);
        await page.keyboard.press('Escape');
        await dialog.waitFor({ state: 'hidden' });
      }

      await page.getByRole('button', { name: 'Remove “Lite of mine”' }).press('Enter');
      expect(await violations(page)).toEqual([]);
      await dialog.getByRole('button', { name: 'Remove' }).press('Enter');
      await page.getByText('“Lite of mine” was removed.').waitFor();
      await page.getByRole('button', { name: 'Remove “Lite of mine”' }).waitFor({ state: 'hidden' });
    } finally {
      await close();
      await rm(folder, { recursive: true, force: true });
    }
  }, 240_000);
});
