import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appHandler, type Media, mediaHandler } from '../../main/shell/protocol.ts';
import { contentPolicy } from '../../main/shell/security.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enxerto-protocol-'));
  await mkdir(join(folder, 'page/assets'), { recursive: true });
  await mkdir(join(folder, 'page-evil'));
  await writeFile(join(folder, 'page/index.html'), '<meta name="csp-nonce" content="__CSP_NONCE__" />');
  await writeFile(join(folder, 'page/assets/a.js'), 'export {};');
  await writeFile(join(folder, 'page/notes.txt'), 'no type of ours');
  await writeFile(join(folder, 'page-evil/a.js'), 'secret');
  await writeFile(join(folder, 'secret.js'), 'secret');
  await symlink(join(folder, 'secret.js'), join(folder, 'page/link.js'));
  await symlink(folder, join(folder, 'page/up'));
  await writeFile(join(folder, 'photo.jpg'), Buffer.alloc(1000, 1));
  await writeFile(join(folder, 'big.jpg'), Buffer.alloc(2_000_000, 2));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** As Chromium hands it over: the address is not cleaned by another parser on the way. */
function request(url: string, method = 'GET'): Request {
  return { url, method } as Request;
}

describe('7. app:// stays in its folder', () => {
  const answer = (url: string, method?: string) => appHandler(join(folder, 'page'))(request(url, method));

  it('answers a file with its type, nosniff and the policy', async () => {
    const response = await answer('app://studio/assets/a.js');
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('export {};');
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('gives each document a nonce of its own, the same in policy and text', async () => {
    const nonces = await Promise.all(
      [1, 2].map(async () => {
        const response = await answer('app://studio/index.html?x#y');
        const nonce = /content="([^"]+)"/.exec(await response.text())?.[1] ?? '';
        expect(nonce).toMatch(/^[A-Za-z0-9+/]{24}$/);
        expect(response.headers.get('content-security-policy')).toBe(contentPolicy(nonce));
        return nonce;
      }),
    );
    expect(nonces[0]).not.toBe(nonces[1]);
  });

  it.each([
    'app://studio/../secret.js',
    'app://studio/assets/../../secret.js',
    'app://studio/%2e%2e/secret.js',
    'app://studio/%2e%2e%2fsecret.js',
    'app://studio/..%2fsecret.js',
    'app://studio/..\\secret.js',
    'app://studio/..%5csecret.js',
    'app://studio/assets/a.js%00.html',
    'app://studio/\0',
    'app://studio//etc/passwd',
    'app://studio/%2fetc/passwd',
    'app://studio/C:/secret.js',
    'app://studio/../page-evil/a.js',
    'app://studio/link.js',
    'app://studio/up/secret.js',
    'app://studio/up/page-evil/a.js',
    'app://studio/',
    'app://studio',
    'app://studio/assets',
    'app://studio/missing.js',
    'app://studio/notes.txt',
    'app://studio/%',
    'app://studio.evil/index.html',
    'app://other/index.html',
    'app://person@studio/index.html',
    'file:///etc/passwd',
    'https://studio/index.html',
  ])('refuses %s', async (url) => {
    const response = await answer(url);
    expect(response.status).toBe(404);
    expect(await response.text()).toBe('');
  });

  it.each(['POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])('refuses %s', async (method) => {
    expect((await answer('app://studio/index.html', method)).status).toBe(405);
  });
});

describe('8. media:// takes ids only', () => {
  const asked: string[] = [];
  const known = new Map<number, Media>();
  const answer = (url: string, method?: string) =>
    mediaHandler(async (kind, id) => {
      asked.push(`${kind} ${id}`);
      if (id === 99) throw new Error('the engine has gone');
      return known.get(id) ?? null;
    }, 'app://studio')(request(url, method));

  beforeAll(() => {
    known.set(1, { path: join(folder, 'photo.jpg'), mime: 'image/jpeg' });
    known.set(2, { path: join(folder, 'big.jpg'), mime: 'image/jpeg' });
    known.set(3, { path: join(folder, 'gone.jpg'), mime: 'image/jpeg' });
    known.set(4, { path: join(folder, 'photo.jpg'), mime: 'image/svg+xml' });
    known.set(5, { path: join(folder, 'photo.jpg'), mime: 'text/html' });
    known.set(6, { path: folder, mime: 'image/png' });
  });

  it('answers small and large files whole', async () => {
    const small = await answer('media://thumb/1?v=3');
    expect(small.status).toBe(200);
    expect((await small.arrayBuffer()).byteLength).toBe(1000);
    expect(small.headers.get('content-type')).toBe('image/jpeg');
    expect(small.headers.get('x-content-type-options')).toBe('nosniff');
    expect(small.headers.get('cache-control')).toContain('immutable');
    expect(small.headers.get('access-control-allow-origin')).toBe('app://studio');
    const large = await answer('media://image/2');
    expect((await large.arrayBuffer()).byteLength).toBe(2_000_000);
    expect(large.headers.get('cache-control')).toBe('no-store');
  });

  it.each([
    'media://thumb/',
    'media://thumb/0',
    'media://thumb/-1',
    'media://thumb/01',
    'media://thumb/1.5',
    'media://thumb/1e3',
    'media://thumb/99999999999999999999',
    'media://thumb/1/2',
    'media://thumb/../1',
    'media://thumb/%31',
    'media://thumb//etc/passwd',
    'media://thumb/etc/passwd',
    'media://image/C:\\photo.jpg',
    'media://other/1',
    'media://person@thumb/1',
    'media://thumb/1?v=../../x',
    'media://thumb/1#x',
  ])('refuses %s without asking the engine', async (url) => {
    asked.length = 0;
    expect((await answer(url)).status).toBe(400);
    expect(asked).toEqual([]);
  });

  it.each([
    ['an unknown id', 7, 404],
    ['a file that has gone', 3, 404],
    ['a drawing that could carry script', 4, 404],
    ['what is no picture', 5, 404],
    ['a folder', 6, 404],
    ['an engine that cannot answer', 99, 502],
  ])('says so for %s', async (_name, id, status) => {
    expect((await answer(`media://image/${id}`)).status).toBe(status);
  });

  it('refuses other methods', async () => {
    expect((await answer('media://thumb/1', 'POST')).status).toBe(405);
  });
});
