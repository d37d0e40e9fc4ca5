import { ipcRenderer, webUtils } from 'electron';

/**
 * Hands the page its message port to the engine and exposes nothing else. Paths of dropped files go to the
 * shell without the page ever seeing them.
 */

// Module scripts have run by then, so the page is listening.
window.addEventListener('DOMContentLoaded', () => ipcRenderer.send('page-ready'), { once: true });

ipcRenderer.on('port', (event) => {
  window.postMessage('port', window.location.origin, [...event.ports]);
});

const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;

// Captured on the window: nothing on the page can hide a drop from it, and none makes the window navigate.
window.addEventListener(
  'dragover',
  (event) => {
    if (carriesFiles(event)) event.preventDefault();
  },
  { capture: true },
);
window.addEventListener(
  'drop',
  (event) => {
    if (!carriesFiles(event) || !event.isTrusted) return;
    event.preventDefault();
    const paths = [...(event.dataTransfer?.files ?? [])]
      .map((file) => webUtils.getPathForFile(file))
      .filter((path) => path !== '');
    if (paths.length > 0) ipcRenderer.send('dropped', paths);
  },
  { capture: true },
);
