import type { EngineContext } from './context.ts';

/** The language of what the engine itself writes and asks: the person's choice, or the nearest to the system's. */
export function languageOf({
  settings,
  systemLanguage,
}: Pick<EngineContext, 'settings' | 'systemLanguage'>): 'en' | 'pt-BR' {
  const { language } = settings.get();
  if (language !== 'system') return language;
  return systemLanguage.toLowerCase().startsWith('pt') ? 'pt-BR' : 'en';
}
