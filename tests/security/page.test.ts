import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesWith, programFolders, sourcesOf } from './sources.ts';

const built = resolve(import.meta.dirname, '../../.build');

describe('2. no Node in the page', () => {
  it('in its sources', () => {
    expect(
      filesWith(/from '(node:|electron)|\brequire\(|\bprocess\.(env|versions)/, 'renderer', 'shared'),
    ).toEqual(
      // Read by Vite when it builds, not by the page.
      [],
    );
  });

  it('in the built files', (context) => {
    let names: string[];
    try {
      names = readdirSync(join(built, 'renderer'), { recursive: true, encoding: 'utf8' });
    } catch {
      return context.skip('skipped: the page has not been built');
    }
    const scripts = names.filter((name) => name.endsWith('.js'));
    expect(scripts.length).toBeGreaterThan(0);
    for (const name of scripts) {
      const text = readFileSync(join(built, 'renderer', name), 'utf8');
      expect(text, name).not.toMatch(/(from|import)\s*\(?["'](node:|electron["'])/);
      expect(text, name).not.toMatch(/[^.\w]require\(["']/);
    }
    const document = readFileSync(join(built, 'renderer/index.html'), 'utf8');
    expect(document, 'no inline script').not.toMatch(/<script(?![^>]*\bsrc=)/);
    expect(document, 'no inline style').not.toMatch(/<style|\sstyle=/);
    expect(document).toContain('__CSP_NONCE__');
  });
});

describe('9. text stays text', () => {
  it('no source of the page makes markup or code out of strings', () => {
    const makers =
      /dangerouslySetInnerHTML|\b(inner|outer)HTML\b|insertAdjacentHTML|document\.write|srcdoc|\beval\(|new Function\b|DOMParser|createContextualFragment|setTimeout\(\s*['"`]/i;
    expect(filesWith(makers, 'renderer', 'preload', 'shared')).toEqual([]);
  });

  it('addresses of pictures come from ids, and of nothing else', () => {
    const sources = sourcesOf('renderer').flatMap(({ path, code }) =>
      [...code.matchAll(/\b(?:src|href|action|poster|xlinkHref)=(\{[^}]*\}|"[^"]*")/g)].map(
        ([, value = '']) => ({ path, value }),
      ),
    );
    const strange = sources.filter(({ value }) => /javascript:|data:|file:|https?:/i.test(value));
    expect(strange).toEqual([]);
    expect(filesWith(/media:\/\//, 'renderer').length, 'one place makes these addresses').toBeLessThanOrEqual(
      1,
    );
  });

  it('only the database and a time-limited pattern run text as code in the engine', () => {
    const runs = /\beval\(|new Function\b|\bnew Script\(|runIn(New|This)?Context|from 'node:vm'/;
    expect(filesWith(runs, ...programFolders)).toEqual(['main/engine/images/groups.ts']);
  });
});

describe('3. bridge surface', () => {
  it('is one posted port: the preload exposes no object and imports nothing else', () => {
    const [preload] = sourcesOf('preload/index.ts');
    expect(preload?.code).not.toMatch(/contextBridge|exposeInMainWorld|globalThis|window\.\w+\s*=[^=]/);
    expect(preload?.code.match(/from '([^']+)'/g)).toEqual(["from 'electron'"]);
    expect(preload?.code.match(/postMessage\(/g)).toHaveLength(1);
  });
});

describe('6. no file: and no remote document', () => {
  it('in the sources', () => {
    expect(filesWith(/\bloadFile\(|['"`]file:/, ...programFolders)).toEqual([]);
    expect(filesWith(/\bloadURL\(/, ...programFolders)).toEqual(['main/shell/app-window.ts']);
  });
});

describe('11. no webview', () => {
  it('in the sources', () => {
    expect(filesWith(/<webview|allowpopups|webviewTag: true/i, ...programFolders)).toEqual([]);
  });
});

describe('12. opening things outside', () => {
  it('happens in one file, and never an address', () => {
    expect(filesWith(/\bopenExternal\b/, ...programFolders)).toEqual([]);
    expect(filesWith(/\.(openPath|showItemInFolder)\(/, ...programFolders)).toEqual([
      'main/shell/dialogs.ts',
    ]);
  });
});

describe('14. offline means offline', () => {
  /** Addresses that may stand in the program's text: none of them is fetched while the studio runs. */
  const known: readonly RegExp[] = [
    /^https:\/\/github\.com\/electron\/electron\/releases$/,
    /^https:\/\/nodejs\.org$/,
    /^https:\/\/www\.python\.org$/,
    /^http:\/\/www\.w3\.org\//,
  ];

  it('addresses in the sources are known ones', () => {
    const found = sourcesOf(...programFolders).flatMap(({ path, code }) =>
      [...code.matchAll(/\b(?:https?|wss?|ftp):\/\/[^\s'"`)<>]+/g)].map(([address]) => ({
        path,
        address: address.replace(/[.,;:]+$/, ''),
      })),
    );
    expect(found.filter(({ address }) => !known.some((pattern) => pattern.test(address)))).toEqual([]);
  });

  it('nothing that runs in the studio opens a connection, listens, or updates itself', () => {
    const running = [
      'main/index.ts',
      'main/engine',
      'main/trainer',
      'main/lib',
      'preload',
      'renderer',
      'shared',
    ];
    const network =
      /from '(node:)?(http|https|http2|net|tls|dgram|dns)(\/promises)?'|autoUpdater|crashReporter|\bnet\.(fetch|request)\(|\.listen\(|new (WebSocket|EventSource|XMLHttpRequest)\b|sendBeacon/;
    expect(filesWith(network, ...running)).toEqual([]);
    const shell = sourcesOf('main/shell').filter(({ path }) => !path.startsWith('main/shell/setup/'));
    expect(
      shell.filter(({ code }) => network.test(code) || /\bfetch\(/.test(code)).map(({ path }) => path),
    ).toEqual([]);
  });
});
