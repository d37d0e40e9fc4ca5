import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en/index.ts';
import { ptBr } from './pt-br/index.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'studio';
    resources: { studio: typeof en };
  }
}

/** A language that the studio speaks. */
export type Language = 'en' | 'pt-BR';

/** The language of what `shared/` says, for one that i18next names. */
export function languageOfReasons(language: string): Language {
  return language === 'pt-BR' ? language : 'en';
}

/** The person's choice, or the nearest to what the system speaks. */
export function resolveLanguage(choice: Language | 'system', system: readonly string[]): Language {
  if (choice !== 'system') return choice;
  return system[0]?.toLowerCase().startsWith('pt') ? 'pt-BR' : 'en';
}

type Messages = { readonly [key: string]: string | Messages };

/** Portuguese counts millions with a form of its own ("1 milhão de imagens"); written with digits it is the plural. */
export function withManyForms(messages: Messages): Messages {
  const entries = Object.entries(messages).flatMap(([key, value]): [string, string | Messages][] => {
    if (typeof value !== 'string') return [[key, withManyForms(value)]];
    return key.endsWith('_other')
      ? [
          [key, value],
          [key.replace(/_other$/, '_many'), value],
        ]
      : [[key, value]];
  });
  return Object.fromEntries(entries);
}

/** Prepares both languages; switching later is `changeLanguage`, live and without a reload. */
export async function startLanguage(language: Language): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'en',
    defaultNS: 'studio',
    ns: ['studio'],
    resources: { en: { studio: en }, 'pt-BR': { studio: withManyForms(ptBr) } },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
}

/** Switches every text, number and date at once. */
export async function changeLanguage(language: Language): Promise<void> {
  document.documentElement.lang = language;
  if (i18next.language !== language) await i18next.changeLanguage(language);
}
