import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import '@mantine/spotlight/styles.css';
import '@mantine/charts/styles.css';
import './app/global.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { readKeyboardLayout } from './app/actions/index.ts';
import { resolveLanguage, startLanguage } from './app/language/index.ts';
import { Studio } from './app/studio.tsx';
import { languageKey } from './app/use-settings.ts';

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
// The library that locks scrolling behind dialogs makes style tags of its own and reads the nonce from here.
Object.assign(globalThis, { __webpack_nonce__: nonce });

const stored = localStorage.getItem(languageKey);
const known = stored === 'en' || stored === 'pt-BR' ? stored : 'system';
const language = resolveLanguage(known, navigator.languages);
document.documentElement.lang = language;
await Promise.all([startLanguage(language), readKeyboardLayout().catch(() => undefined)]);

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element with the id "root"');
createRoot(root).render(
  <StrictMode>
    <Studio nonce={nonce} />
  </StrictMode>,
);
