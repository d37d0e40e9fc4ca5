import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { electronAtHand } from '../../main/shell/setup/electron.ts';
import { makeFixtureApp } from '../fixtures/shell/app.ts';
import { launchStudio, needWindow, type Studio } from './launch.ts';

/** What a page that has been taken over could try, in the real window. */
describe('a hostile page', () => {
  let folder = '';
  let studio!: Studio;
  let server: Server;
  let address = '';
  const visits: string[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      visits.push(request.url ?? '');
      if (request.url === '/back') response.writeHead(302, { location: 'app://studio/index.html' }).end();
      else response.end('reached');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    if (electronAtHand() === null || !process.env.DISPLAY) return;
    folder = await makeFixtureApp();
    studio = await launchStudio({ app: folder });
    await studio.page.waitForFunction(() => (window as unknown as { ports: unknown[] }).ports.length === 1);
  });
  beforeEach(needWindow);
  afterAll(async () => {
    await studio?.close();
    server.close();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  it('2. finds no Node, and nothing of the preload', async () => {
    const found = await studio.page.evaluate(() => {
      const names = [
        'require',
        'process',
        'module',
        'exports',
        'global',
        'Buffer',
        '__dirname',
        'ipcRenderer',
        'electron',
      ];
      const kept = names.filter((name) => name in window);
      Array.prototype.push = () => {
        throw new Error('changed by the page');
      };
      return kept;
    });
    expect(found).toEqual([]);
    // The preload lives in a world of its own: it goes on working.
    await studio.page.reload();
    await studio.page.waitForFunction(() => (window as unknown as { ports: unknown[] }).ports.length === 1);
  });

  it('3. has no global that a plain page would not have', async () => {
    const own = await studio.page.evaluate(() => Object.getOwnPropertyNames(window));
    const plain = await studio.app.evaluate(async ({ BrowserWindow }) => {
      const window = new BrowserWindow({ show: false, webPreferences: { sandbox: true } });
      await window.loadURL('app://studio/page.css');
      const names: string[] = await window.webContents.executeJavaScript(
        'Object.getOwnPropertyNames(window)',
      );
      window.destroy();
      return names;
    });
    const known = new Set([...plain, 'ports', 'ask']);
    // Playwright's own names for what it evaluates.
    expect(own.filter((name) => !known.has(name) && !name.startsWith('__'))).toEqual([]);
  });

  it('9. runs no inline script, no eval, no style and no picture from elsewhere', async () => {
    const tried = await studio.page.evaluate(async (elsewhere) => {
      const broken: string[] = [];
      document.addEventListener('securitypolicyviolation', (event) => broken.push(event.effectiveDirective));
      const script = document.createElement('script');
      script.textContent = 'window.ran = true';
      document.head.append(script);
      const style = document.createElement('style');
      style.textContent = 'h1 { color: red }';
      document.head.append(style);
      const image = new Image();
      image.src = `${elsewhere}/picture.png`;
      await image.decode().catch(() => {});
      await fetch(`${elsewhere}/data`).catch(() => {});
      const frame = document.createElement('iframe');
      frame.src = `${elsewhere}/frame`;
      document.body.append(frame);
      // In a turn of its own: what the debugger runs directly is excepted from the policy.
      const evaluated = await new Promise<boolean>((resolve) => {
        setTimeout(() => {
          try {
            // biome-ignore lint/security/noGlobalEval: the policy must refuse it
            window.eval('1');
            resolve(true);
          } catch {
            resolve(false);
          }
        });
      });
      await new Promise((resolve) => setTimeout(resolve, 200));
      return {
        broken: [...new Set(broken)].sort(),
        evaluated,
        ran: 'ran' in window,
        colour: getComputedStyle(document.querySelector('h1') as Element).color,
      };
    }, address);
    expect(tried.evaluated).toBe(false);
    expect(tried.ran).toBe(false);
    expect(tried.colour).toBe('rgb(1, 2, 3)');
    expect(tried.broken).toEqual(
      expect.arrayContaining(['connect-src', 'frame-src', 'img-src', 'script-src-elem', 'style-src-elem']),
    );
    expect(visits).toEqual([]);
  });

  it('9. takes a style that carries the nonce of its document', async () => {
    const colour = await studio.page.evaluate(() => {
      const nonce = document.querySelector('meta[name=csp-nonce]')?.getAttribute('content') ?? '';
      const style = document.createElement('style');
      style.setAttribute('nonce', nonce);
      style.textContent = 'h1 { color: rgb(9, 8, 7) }';
      document.head.append(style);
      return getComputedStyle(document.querySelector('h1') as Element).color;
    });
    expect(colour).toBe('rgb(9, 8, 7)');
  });

  it('10. goes nowhere, 11. and opens nothing', async () => {
    const before = studio.page.url();
    for (const target of [
      `${address}/go`,
      `${address}/back`,
      'data:text/html,x',
      'file:///etc/passwd',
      'app://studio/page.js',
    ])
      await studio.page.evaluate((to) => {
        window.location.href = to;
        window.open(to);
      }, target);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(studio.page.url()).toBe(before);
    expect(studio.app.windows()).toHaveLength(1);
    expect(visits).toEqual([]);
  });

  it('13. is denied camera, place and clipboard', async () => {
    const answers = await studio.page.evaluate(async () => {
      const refused = (error: Error | GeolocationPositionError) =>
        'code' in error ? `code ${error.code}` : error.name;
      const media = await navigator.mediaDevices.getUserMedia({ video: true }).then(() => 'given', refused);
      const place = await new Promise((resolve) =>
        navigator.geolocation.getCurrentPosition(
          () => resolve('given'),
          (error) => resolve(refused(error)),
        ),
      );
      const clipboard = await navigator.clipboard.readText().then(() => 'given', refused);
      return [media, place, clipboard];
    });
    expect(answers).not.toContain('given');
  });

  it('14. leaves no process of the studio listening', () => {
    const own = studio.app.process().pid ?? 0;
    const sockets = listeningSockets();
    // Playwright drives the studio through the two ports of the debugger, which it asked for itself.
    const listening = descendants(own).flatMap((pid) => socketsOf(pid).filter((inode) => sockets.has(inode)));
    const debugger_ = socketsOf(own).filter((inode) => sockets.has(inode));
    expect(listening.filter((inode) => !debugger_.includes(inode))).toEqual([]);
    expect(debugger_.length).toBeLessThanOrEqual(2);
  });

  it('is noted in the log for what it tried', () => {
    const log = readFileSync(`${studio.userData}/logs/shell.log`, 'utf8');
    for (const what of ['frame navigation', 'window', 'permission'])
      expect(log).toContain(`"what":"${what}"`);
  });
});

function listeningSockets(): ReadonlySet<string> {
  const lines = ['tcp', 'tcp6'].flatMap((name) =>
    readFileSync(`/proc/net/${name}`, 'utf8').split('\n').slice(1),
  );
  const fields = lines.map((line) => line.trim().split(/\s+/));
  return new Set(fields.filter((field) => field[3] === '0A').map((field) => field[9] ?? ''));
}

function socketsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${name}`))?.[1] ?? [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

function descendants(pid: number): readonly number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return Number(readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]) === pid;
      } catch {
        return false;
      }
    })
    .map(Number);
  return [...children, ...children.flatMap(descendants)];
}
