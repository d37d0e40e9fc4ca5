import type { App, Session, WebContents } from 'electron';

/**
 * Everything the page is denied. The rules are pure functions of strings, tested one by one; `install` is the
 * only place that hangs them on Electron, for every window and session that will ever exist.
 */

/** The only document that is ever shown. */
export const startUrl = 'app://studio/index.html';

/** The web contents whose page may speak, and its window's. */
export interface Sender {
  readonly url: string;
  readonly isMainFrame: boolean;
  readonly isStudioWindow: boolean;
  readonly isDestroyed: boolean;
}

function parsed(url: string): URL | null {
  try {
    return new URL(url);
  } catch {
    return null;
  }
}

/** The start document, with any fragment or query of its own; nothing that merely looks like it. */
export function isStartDocument(url: string): boolean {
  const found = parsed(url);
  return (
    found !== null &&
    found.protocol === 'app:' &&
    found.host === 'studio' &&
    found.username === '' &&
    found.password === '' &&
    found.pathname === '/index.html'
  );
}

/** Fails closed: only the top frame of the studio's one window, showing the start document, may ask anything. */
export function isTrustedSender(sender: Sender | null): boolean {
  return (
    sender !== null &&
    !sender.isDestroyed &&
    sender.isMainFrame &&
    sender.isStudioWindow &&
    isStartDocument(sender.url)
  );
}

/** Requests that may leave a page; the network is not among them. */
export function isAllowedRequest(url: string, options: { readonly devtools: boolean }): boolean {
  const found = parsed(url);
  if (found === null) return false;
  if (['app:', 'media:', 'blob:', 'data:'].includes(found.protocol)) return true;
  return options.devtools && found.protocol === 'devtools:';
}

/** What the page may load: its own files, `media://` pictures, styles that carry this answer's nonce. */
export function contentPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' media: blob:",
    "font-src 'self'",
    "connect-src 'none'",
    "frame-src 'none'",
    "worker-src 'self'",
    "object-src 'none'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/**
 * Chromium's sandbox must be on for every page; only root on a development machine must do without, since
 * Chromium refuses to start its sandbox there and Electron would end itself again and again.
 */
export function wantsSandbox(who: { readonly isRoot: boolean; readonly isPackaged: boolean }): boolean {
  return who.isPackaged || !who.isRoot;
}

/** Notes on refused acts go to the log: what was refused, and to which address. */
export type Refused = (what: string, address: string) => void;

function guard(contents: WebContents, refused: Refused): void {
  const deny = (what: string) => (details: { preventDefault: () => void; readonly url: string }) => {
    if (isStartDocument(details.url)) return;
    details.preventDefault();
    refused(what, details.url);
  };
  contents.on('will-navigate', deny('navigation'));
  contents.on('will-redirect', deny('redirect'));
  contents.on('will-frame-navigate', deny('frame navigation'));
  contents.on('will-attach-webview', (event, _preferences, attributes) => {
    event.preventDefault();
    refused('webview', attributes.src ?? '');
  });
  contents.setWindowOpenHandler(({ url }) => {
    refused('window', url);
    return { action: 'deny' };
  });
}

/** Hangs the rules on a session: no permission of any name, no device, no request to the network. */
export function installOnSession(session: Session, devtools: boolean, refused: Refused): void {
  session.setPermissionRequestHandler((_contents, permission, answer) => {
    refused('permission', permission);
    answer(false);
  });
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler(null);
  session.on('will-download', (event, item) => {
    event.preventDefault();
    refused('download', item.getURL());
  });
  session.webRequest.onBeforeRequest((details, answer) => {
    const cancel = !isAllowedRequest(details.url, { devtools });
    if (cancel) refused('request', details.url);
    answer({ cancel });
  });
}

/** Hangs the rules on the program: every page made from now on is guarded before it loads anything. */
export function install(app: App, options: { readonly devtools: boolean; readonly refused: Refused }): void {
  app.on('web-contents-created', (_event, contents) => guard(contents, options.refused));
  app.on('session-created', (session) => installOnSession(session, options.devtools, options.refused));
}
