import { useMantineColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { Settings } from '../../shared/contract/project.ts';
import { studio } from '../api/index.ts';
import { changeLanguage, resolveLanguage } from './language/index.ts';

const beforeKnown: Settings = {
  language: 'system',
  theme: 'system',
  author: '',
  surround: 119,
  executor: 'auto',
  threads: null,
  cacheShare: 0.5,
};

/** The person's settings; middle values until the engine has told them. */
export function useSettings(): Settings {
  return useQuery(studio.system.settings.queryOptions()).data ?? beforeKnown;
}

/** Remembers the language of the last start, so that the first frame is already in it. */
export const languageKey = 'language';

/** Makes language and appearance follow the settings, live. */
export function useApplySettings(): void {
  const settings = useQuery(studio.system.settings.queryOptions()).data;
  const { setColorScheme } = useMantineColorScheme();
  const language = settings?.language;
  const theme = settings?.theme;
  useEffect(() => {
    if (language === undefined) return;
    const resolved = resolveLanguage(language, navigator.languages);
    localStorage.setItem(languageKey, resolved);
    void changeLanguage(resolved);
  }, [language]);
  useEffect(() => {
    if (theme !== undefined) setColorScheme(theme === 'system' ? 'auto' : theme);
  }, [theme, setColorScheme]);
}
