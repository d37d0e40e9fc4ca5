import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { App, Session } from 'electron';
import { describe, expect, it } from 'vitest';
import {
  contentPolicy,
  install,
  installOnSession,
  isAllowedRequest,
  isStartDocument,
  isTrustedSender,
  startUrl,
} from '../../main/shell/security.ts';
import { FakeContents, FakeEvent, FakeSession } from './fake-electron.ts';

const strangers = [
  'https://x/?next=app://studio',
  'https://app/studio',
  'https://app/studio/index.html',
  'http://127.0.0.1:8080/',
  'javascript:alert(1)',
  'data:text/html,hello',
  'file:///home/person/photo.html',
  'about:blank',
  '',
  'nonsense',
  'app://studio.evil/index.html',
  'app://studio:80/index.html',
  'app://person@studio/index.html',
  'app://person:word@studio/index.html',
  'app://studio/other.html',
  'app://studio/index.html/..%2fother.html',
  'media://thumb/1',
  'blob:app://studio/1234',
  'APP://STUDIO.evil/index.html',
];

describe('6. the start document', () => {
  it('is exactly this', () => {
    expect(startUrl).toBe('app://studio/index.html');
    expect(isStartDocument(startUrl)).toBe(true);
    expect(isStartDocument(`${startUrl}#train`)).toBe(true);
  });
  it.each(strangers)('is not %s', (url) => {
    expect(isStartDocument(url)).toBe(false);
  });
});

describe('4. sender check', () => {
  const page = { url: startUrl, isMainFrame: true, isStudioWindow: true, isDestroyed: false };
  it('takes the page of the studio', () => expect(isTrustedSender(page)).toBe(true));
  it.each([
    ['no frame', null],
    ['destroyed contents', { ...page, isDestroyed: true }],
    ['a frame within', { ...page, isMainFrame: false }],
    ['another window', { ...page, isStudioWindow: false }],
    ...strangers.map((url) => [url || 'an empty address', { ...page, url }] as const),
  ] as const)('refuses %s', (_name, sender) => {
    expect(isTrustedSender(sender)).toBe(false);
  });
});

describe('9. content policy', () => {
  it('is this, with the nonce of the answer', () => {
    expect(contentPolicy('abc').split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self' 'nonce-abc'",
      "img-src 'self' media: blob:",
      "font-src 'self'",
      "connect-src 'none'",
      "frame-src 'none'",
      "worker-src 'self'",
      "object-src 'none'",
      "form-action 'none'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ]);
    expect(contentPolicy('abc')).not.toContain('unsafe');
  });
});

function guarded(): { contents: FakeContents; refusals: string[] } {
  const app = new EventEmitter();
  const refusals: string[] = [];
  install(app as unknown as App, {
    devtools: false,
    refused: (what, address) => refusals.push(`${what} ${address}`),
  });
  const contents = new FakeContents();
  app.emit('web-contents-created', {}, contents);
  return { contents, refusals };
}

describe('10. navigation', () => {
  it.each(['will-navigate', 'will-redirect', 'will-frame-navigate'])('%s goes nowhere else', (name) => {
    const { contents, refusals } = guarded();
    for (const url of strangers) {
      const event = new FakeEvent(url);
      contents.emit(name, event);
      expect(event.defaultPrevented, url).toBe(true);
    }
    expect(refusals).toHaveLength(strangers.length);
    const home = new FakeEvent(startUrl);
    contents.emit(name, home);
    expect(home.defaultPrevented).toBe(false);
  });
});

describe('11. new windows and webviews', () => {
  it.each([...strangers, startUrl])('no window for %s', (url) => {
    expect(guarded().contents.windowOpen?.({ url })).toEqual({ action: 'deny' });
  });
  it('no webview', () => {
    const { contents, refusals } = guarded();
    const event = new FakeEvent('');
    contents.emit('will-attach-webview', event, {}, { src: startUrl });
    expect(event.defaultPrevented).toBe(true);
    expect(refusals).toEqual([`webview ${startUrl}`]);
  });
});

/** Names that Electron's own types give to permissions, so that new ones are tried too. */
function permissionNames(): readonly string[] {
  const types = readFileSync(
    resolve(import.meta.dirname, '../../node_modules/electron/electron.d.ts'),
    'utf8',
  );
  const declarations = types.match(/^\s*setPermission(Request|Check)Handler\(.*$/gm) ?? [];
  return [
    ...new Set(
      declarations.flatMap((line) => [...line.matchAll(/'([a-z0-9A-Z_-]+)'/g)].map((m) => m[1] ?? '')),
    ),
  ];
}

describe('13. permissions', () => {
  it('are all denied, whatever Electron calls them', () => {
    const names = permissionNames();
    expect(names).toEqual(
      expect.arrayContaining(['media', 'geolocation', 'clipboard-read', 'usb', 'fullscreen']),
    );
    const session = new FakeSession();
    installOnSession(session as unknown as Session, false, () => {});
    for (const name of [...names, 'a name of tomorrow']) {
      let answer: boolean | null = null;
      session.permissionRequest?.(null, name, (value) => {
        answer = value;
      });
      expect(answer, name).toBe(false);
      expect(session.permissionCheck?.(null, name), name).toBe(false);
    }
    expect(session.device?.()).toBe(false);
    expect(session.displayMedia).toBeNull();
  });

  it('and so are downloads', () => {
    const session = new FakeSession();
    installOnSession(session as unknown as Session, false, () => {});
    const event = new FakeEvent('');
    session.emit('will-download', event, { getURL: () => 'app://studio/x' });
    expect(event.defaultPrevented).toBe(true);
  });

  it('hold for sessions made later too', () => {
    const app = new EventEmitter();
    install(app as unknown as App, { devtools: false, refused: () => {} });
    const session = new FakeSession();
    app.emit('session-created', session);
    expect(session.permissionCheck?.(null, 'media')).toBe(false);
    expect(session.beforeRequest).not.toBeNull();
  });
});

describe('14. requests', () => {
  it.each(['app://studio/index.html', 'media://thumb/1', 'blob:app://studio/1', 'data:image/png;base64,AA'])(
    'may go to %s',
    (url) => expect(isAllowedRequest(url, { devtools: false })).toBe(true),
  );
  it.each([
    'http://localhost/',
    'https://example.org/',
    'ws://localhost/',
    'wss://example.org',
    'ftp://example.org',
    'file:///etc/passwd',
    'filesystem:app://studio/x',
    'chrome://settings',
    'about:blank',
    'nonsense',
    '',
  ])('never to %s', (url) => expect(isAllowedRequest(url, { devtools: true })).toBe(false));
  it('reach the developer tools only where those are allowed', () => {
    const url = 'devtools://devtools/bundled/inspector.html';
    expect(isAllowedRequest(url, { devtools: true })).toBe(true);
    expect(isAllowedRequest(url, { devtools: false })).toBe(false);
  });
  it('are cancelled by the session, and the refusal is noted', () => {
    const session = new FakeSession();
    const refusals: string[] = [];
    installOnSession(session as unknown as Session, false, (what, url) => refusals.push(`${what} ${url}`));
    const cancels: boolean[] = [];
    for (const url of ['https://example.org/', startUrl])
      session.beforeRequest?.({ url }, ({ cancel }) => cancels.push(cancel));
    expect(cancels).toEqual([true, false]);
    expect(refusals).toEqual(['request https://example.org/']);
  });
});
