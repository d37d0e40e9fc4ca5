import { BrowserWindow, screen } from 'electron';
import { startUrl } from './security.ts';
import { readBounds, visibleBounds, writeBounds } from './settings.ts';
import { type WindowChoices, windowOptions } from './window-options.ts';

/** Opens the studio's one window where it stood last time; it is shown once there is something to see. */
export function openWindow(userData: string, choices: Omit<WindowChoices, 'bounds'>): BrowserWindow {
  const areas = screen.getAllDisplays().map((display) => display.workArea);
  const bounds = visibleBounds(readBounds(userData), areas);
  const window = new BrowserWindow(windowOptions({ ...choices, bounds }));
  window.once('ready-to-show', () => window.show());
  // The page names itself in its language; its title is not the window's.
  window.on('page-title-updated', (event) => event.preventDefault());
  window.loadURL(startUrl).catch((error: Error) => {
    process.stderr.write(`The window's page could not be loaded: ${error.message}\n`);
  });
  return window;
}

/** Keeps the place of the window for the next start. */
export function keepPlace(window: BrowserWindow, userData: string): void {
  if (!window.isDestroyed()) writeBounds(userData, window.getNormalBounds());
}
