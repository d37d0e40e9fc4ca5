import type { MenuItemConstructorOptions } from 'electron';
import type { Words } from './words.ts';

/**
 * The system menu. The page has its own commands and shortcuts, so this holds only what macOS expects of every
 * program, and the tools of developers where they are allowed.
 */
export function menuTemplate(
  words: Words,
  where: { readonly platform: NodeJS.Platform; readonly devtools: boolean },
): MenuItemConstructorOptions[] {
  const developer: MenuItemConstructorOptions[] = where.devtools
    ? [{ label: words.view, submenu: [{ role: 'reload' }, { role: 'toggleDevTools' }] }]
    : [];
  if (where.platform !== 'darwin') return developer;
  return [
    { role: 'appMenu' },
    { label: words.edit, role: 'editMenu' },
    ...developer,
    { label: words.window, role: 'windowMenu' },
  ];
}
