import { SegmentedControl, useComputedColorScheme } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Settings } from '../../../shared/contract/project.ts';
import { client, studio } from '../../api/index.ts';
import { useActions } from '../../app/actions/index.ts';
import { showFailure } from '../../app/notices.tsx';
import { useSettings } from '../../app/use-settings.ts';

/** Changes settings at once on screen and in the file that keeps them. */
export function useUpdateSettings(): (change: Partial<Settings>) => void {
  const queries = useQueryClient();
  return (change) => {
    const queryKey = studio.system.settings.queryKey();
    queries.setQueryData<Settings>(queryKey, (before) =>
      before === undefined ? before : { ...before, ...change },
    );
    client.system
      .updateSettings(change)
      .then((settings) => queries.setQueryData(queryKey, settings))
      .catch(showFailure);
  };
}

/** The language, switched live. */
export function LanguageControl() {
  const { t, i18n } = useTranslation();
  const update = useUpdateSettings();
  return (
    <SegmentedControl
      size="xs"
      aria-label={t('common.settings.language')}
      value={i18n.language}
      data={[
        { value: 'en', label: 'English' },
        { value: 'pt-BR', label: 'Português' },
      ]}
      onChange={(value) => update({ language: value === 'pt-BR' ? 'pt-BR' : 'en' })}
    />
  );
}

const themes = ['system', 'light', 'dark'] as const;

/** Light, dark, or as the system is. */
export function ThemeControl() {
  const { t } = useTranslation();
  const { theme } = useSettings();
  const update = useUpdateSettings();
  return (
    <SegmentedControl
      size="xs"
      aria-label={t('common.settings.theme')}
      value={theme}
      data={themes.map((value) => ({ value, label: t(`common.settings.${value}`) }))}
      onChange={(value) => update({ theme: themes.find((known) => known === value) ?? 'system' })}
    />
  );
}

/** Language and appearance as actions of the palette. */
export function PreferenceActions() {
  const { i18n } = useTranslation();
  const scheme = useComputedColorScheme('light');
  const update = useUpdateSettings();
  useActions([
    { id: 'switchTheme', run: () => update({ theme: scheme === 'dark' ? 'light' : 'dark' }) },
    {
      id: 'switchLanguage',
      run: () => update({ language: i18n.language === 'pt-BR' ? 'en' : 'pt-BR' }),
    },
  ]);
  return null;
}
