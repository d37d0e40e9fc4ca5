import { type IpcMainEvent, ipcMain, type MessagePortMain, type WebContents } from 'electron';
import { z } from 'zod';
import { isTrustedSender, type Refused, type Sender } from './security.ts';

/**
 * The only user of `ipcMain`. Two messages exist: a page asks for its port once, and the preload tells which
 * files were dropped. Everything else travels over the port.
 */
const dropped = z.array(z.string().min(1).max(32_768)).min(1).max(10_000);

/** What the messages lead to. */
export interface IpcListeners {
  /** A page has loaded and may be given its port. */
  readonly onPageReady: (contents: WebContents) => void;
  readonly onDropped: (paths: readonly string[]) => void;
}

function senderOf(event: IpcMainEvent, studio: () => WebContents | null): Sender | null {
  const frame = event.senderFrame;
  if (!frame || event.sender.isDestroyed()) return null;
  return {
    url: frame.url,
    isMainFrame: frame.parent === null,
    isStudioWindow: event.sender === studio(),
    isDestroyed: false,
  };
}

/** Listens to the page of the window that `studio` names; all other senders are refused and noted. */
export function listenToPage(
  studio: () => WebContents | null,
  listeners: IpcListeners,
  refused: Refused,
): void {
  // One port a document: a second request would mean that something other than our preload asks.
  const served = new WeakSet<WebContents>();
  const trusted = (event: IpcMainEvent, what: string): boolean => {
    const sender = senderOf(event, studio);
    const isTrusted = isTrustedSender(sender);
    if (!isTrusted) {
      refused(`FORBIDDEN_SENDER ${what}`, sender?.url ?? '');
      for (const port of event.ports) port.close();
    }
    return isTrusted;
  };
  ipcMain.on('page-ready', (event) => {
    if (!trusted(event, 'page-ready')) return;
    const { sender } = event;
    if (served.has(sender)) return refused('second port', event.senderFrame?.url ?? '');
    served.add(sender);
    sender.once('did-navigate', () => served.delete(sender));
    listeners.onPageReady(sender);
  });
  ipcMain.on('dropped', (event, paths: unknown) => {
    if (!trusted(event, 'dropped')) return;
    const found = dropped.safeParse(paths);
    if (found.success) listeners.onDropped(found.data);
    else refused('BAD_REQUEST dropped', event.senderFrame?.url ?? '');
  });
}

/** Gives the page its end of a connection to the engine; the preload passes it on. */
export function givePort(contents: WebContents, port: MessagePortMain): void {
  if (contents.isDestroyed()) port.close();
  else contents.postMessage('port', null, [port]);
}
