import i18next from 'i18next';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatsOf } from '../../../renderer/app/language/format.ts';
import { startLanguage } from '../../../renderer/app/language/index.ts';
import { logLineText } from '../../../renderer/features/training/log-line.ts';
import { runLogCodes } from '../../../shared/domain/run-log.ts';

const line = (code: string, params: Readonly<Record<string, string | number>>) => ({
  at: 0,
  level: 'info' as const,
  code,
  message: 'As it was written.',
  params,
});

beforeAll(() => startLanguage('pt-BR'));

describe('a line of a run’s log', () => {
  it('is said in the person’s language, its numbers as well', async () => {
    const kept = line('TRAIN_KEPT', { phase: 2, before: 0.51234, after: 0.0043219, p: 0.0215 });
    await i18next.changeLanguage('pt-BR');
    expect(logLineText(kept, formatsOf('pt-BR'))).toBe(
      'A fase 2 fica: perda de 0,512 antes e 0,00432 depois nas imagens que vigiam (p = 0,0215).',
    );
    await i18next.changeLanguage('en');
    expect(logLineText(kept, formatsOf('en'))).toBe(
      'Phase 2 is kept: loss 0.512 before, 0.00432 after on the images that watch (p = 0.0215).',
    );
  });

  it('names the image that was left out, and why', async () => {
    const failed = line('imageFailed', { code: 'FILE_MISSING', file: 'leaf-7.jpg' });
    await i18next.changeLanguage('pt-BR');
    expect(logLineText(failed, formatsOf('pt-BR'))).toMatch(/^Deixada de fora: .*leaf-7\.jpg/);
  });

  it('is shown as it was written where this program has no words for it, or an older one kept no values', () => {
    expect(logLineText(line('TRAIN_LATER', { a: 1 }), formatsOf('en'))).toBe('As it was written.');
    expect(logLineText(line('TRAIN_KEPT', {}), formatsOf('en'))).toBe('As it was written.');
  });

  it('that has no values is said in the person’s language all the same', async () => {
    await i18next.changeLanguage('pt-BR');
    expect(logLineText(line('TRAIN_NEW_PROCESS', {}), formatsOf('pt-BR'))).toMatch(/^Nem toda a memória/);
    await i18next.changeLanguage('en');
  });

  it.each(runLogCodes)('%s has words in both languages', async (code) => {
    for (const language of ['en', 'pt-BR']) {
      await i18next.changeLanguage(language);
      const text = logLineText(line(code, { code: 'INTERNAL' }), formatsOf(language));
      expect(text).not.toContain(code);
      expect(text).not.toBe('As it was written.');
    }
  });
});
