import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  badFiles,
  claimedPng,
  goodFiles,
  numberedJpeg,
  ramp16,
  writeFiles,
} from '../fixtures/images/make.ts';
import {
  asNobody,
  canBeNobody,
  canMount,
  enxerto,
  fill,
  smallDisk,
  startEnxerto,
} from '../fixtures/studio/command-line.ts';

/**
 * What goes wrong in a person's folders and on their disks, through the command line as real processes: a clear
 * message that names the file and what to do, the right exit code, nothing lost, and the rest goes on.
 */
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'enxerto-wrong-'));
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'empty'));
  const { 'plain.jpg': good } = await goodFiles();
  await writeFiles(folder, { 'two/a/1.jpg': good!, 'two/b/2.jpg': await numberedJpeg(2) });
});
afterAll(() => rmSync(folder, { recursive: true }));
const run = (...words: string[]) => enxerto(folder, ...words);
const skipped = (can: boolean, why: string) => (can ? '' : ` (skipped: ${why})`);

test('a folder that is empty, gone or full of broken files is named, and no project is left of it', async () => {
  await writeFiles(join(folder, 'broken'), await badFiles());
  const cases = [
    [['empty'], /^FOLDER_EMPTY: No images in \S+empty: it is empty\. Choose another folder/m],
    [['nowhere'], /^FOLDER_MISSING: \S+nowhere is not there\. Choose it again/m],
    [
      ['two', '--group-by', '(('],
      /^BAD_REQUEST: The pattern for groups cannot be used: .* such as plant-\(\\d\+\)/m,
    ],
    [
      ['two', '--labels', 'two'],
      /^FILE_UNREADABLE: \S+two cannot be read: it is a folder, and a file is needed/m,
    ],
    [['two/a', '--labels', 'folders'], /^BAD_REQUEST: The folders in \S+two.a do not tell the classes/m],
  ] as const;
  for (const [words, message] of cases) {
    const { code, said } = await run('import', 'none', ...words);
    expect([code, said]).toEqual([1, expect.stringMatching(message)]);
    expect(existsSync(join(folder, 'none.enxerto'))).toBe(false);
  }
  expect((await run('import', 'none', 'two', '--dry-run')).code).toBe(0);
  expect(existsSync(join(folder, 'none.enxerto'))).toBe(false);
  const broken = await run('import', 'broken', 'broken');
  expect([broken.code, broken.said]).toEqual([
    1,
    expect.stringMatching(/^FILE_UNREADABLE: Not one of the 14 /m),
  ]);
});

test('among good files each bad one is named with its reason; CMYK, 16 bits and 300-character paths are in', async () => {
  const deep = [...Array(3).keys()].map((index) => `葉 açaí ${index} ${'x'.repeat(80)}`).join('/');
  const wide = { 'rgb16.png': await ramp16(3, 'png'), 'grey16.tif': await ramp16(1, 'tiff') };
  const bad = { ...(await badFiles()), 'huge.png': claimedPng(30_000, 30_000) };
  const good = { ...(await goodFiles()), ...wide, [`${deep}/folha 🌿.jpg`]: await numberedJpeg(3) };
  await writeFiles(join(folder, 'mixed'), { ...good, ...bad });
  const { code, said } = await run('--json', 'import', 'mixed', 'mixed');
  expect(code).toBe(0);
  const report = JSON.parse(said.trim().split('\n').at(-1) ?? '') as {
    imported: number;
    failed: { file: string; code: string; message: string }[];
  };
  expect(report.imported).toBe(Object.keys(good).length);
  expect(report.failed.map(({ file }) => file).sort()).toEqual(Object.keys(bad).sort());
  const huge = report.failed.find(({ file }) => file === 'huge.png');
  expect(huge?.message).toMatch(/huge\.png has 30000 × 30000 pixels; the limit is 268 megapixels\. Cut it/);
  expect(report.failed.every(({ message }) => /Replace the file|Cut it/.test(message))).toBe(true);
});

test.skipIf(!canBeNobody)(
  `what may not be read is named, the rest is imported${skipped(canBeNobody, 'needs root and runuser')}`,
  async () => {
    const open = join(folder, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    const photo = await numberedJpeg(1);
    await writeFiles(join(folder, 'rights'), { 'ok.jpg': photo, 'secret.jpg': photo, 'sub/x.jpg': photo });
    for (const name of ['secret.jpg', 'sub']) chmodSync(join(folder, 'rights', name), 0);
    const nobody = (...words: string[]) => startEnxerto(open, words, asNobody).ended;
    const { code, said } = await nobody('import', 'p', join(folder, 'rights'));
    expect([code, said]).toEqual([0, expect.stringContaining('1 image imported')]);
    expect(said).toContain(`No permission to read ${join(folder, 'rights', 'secret.jpg')}. Give your user`);
    expect(said).toContain(`No permission to read ${join(folder, 'rights', 'sub')}. Give your user`);
    const elsewhere = await nobody('import', join(folder, 'q'), join(folder, 'two'));
    expect([elsewhere.code, elsewhere.said]).toEqual([
      1,
      expect.stringMatching(/^NO_PERMISSION: No permission to write: \S+q\.enxerto\. Choose another folder/m),
    ]);
    chmodSync(open, 0o755);
    rmSync(join(open, 'user'), { recursive: true });
    const homeless = await nobody('info');
    expect(homeless.said).toMatch(/^NO_PERMISSION: .*ENXERTO_USER_DATA=FOLDER/m);
  },
);

test('a table that names missing images, or is none, says which line and what', async () => {
  writeFileSync(join(folder, 'labels.csv'), 'file,class\na/1.jpg,x\nghost/9.jpg,x\nb/2.jpg,y\n,y\n');
  const { code, said } = await run('import', 'table', 'two', '--labels', 'labels.csv');
  expect([code, said]).toEqual([0, expect.stringContaining('2 labeled')]);
  expect(said).toContain('Line 3: “ghost/9.jpg” is not among the images.');
  expect(said).toContain('Line 5: names no file.');
  for (const [name, text] of [
    ['zero.csv', ''],
    ['open.csv', 'file,class\n"a/1.jpg,x\n'],
    ['binary.csv', '\0\0\0'],
  ] as const) {
    writeFileSync(join(folder, name), text);
    const bad = await run('label', 'table', '--from', name);
    expect([bad.code, bad.said]).toEqual([
      1,
      expect.stringMatching(/^CSV_INVALID: \S+ cannot be read as a table/m),
    ]);
    expect(bad.said).toContain(join(folder, name));
  }
});

test('a project of a newer version is refused, not changed', async () => {
  await run('import', 'newer', 'two');
  const file = join(folder, 'newer.enxerto', 'project.db');
  const database = new Database(file);
  database.exec("INSERT INTO migrations (number, name, at) VALUES (99, 'future', 1)");
  database.close();
  const before = readFileSync(file);
  const { code, said } = await run('import', 'newer', 'two');
  expect([code, said]).toEqual([1, expect.stringMatching(/^PROJECT_NEWER: .*Update the program/m)]);
  expect(readFileSync(file).equals(before)).toBe(true);
});

test.skipIf(!canMount)(
  `a full disk is said, leaves no lock and nothing half made; with room it goes on${skipped(canMount, 'needs root')}`,
  async () => {
    const disk = smallDisk('4m');
    const project = join(disk, 'p');
    expect((await run('import', project, 'two')).code).toBe(0);
    const ballast = fill(disk);
    const many = Object.fromEntries(
      await Promise.all([...Array(60).keys()].map(async (n) => [`${n}.jpg`, await numberedJpeg(n)] as const)),
    );
    await writeFiles(join(folder, 'many'), many);
    for (let attempt = 0; attempt < 2; attempt++) {
      const { code, said } = await run('import', project, 'many');
      expect([code, said]).toEqual([1, expect.stringMatching(/^NO_SPACE: .*Free some space and try again/m)]);
    }
    expect(readdirSync(`${project}.enxerto`)).not.toContain('project.lock');
    rmSync(ballast);
    const { code, said } = await run('import', project, 'many');
    expect([code, said]).toEqual([0, expect.stringContaining('60 images imported')]);
  },
);

test.skipIf(!canMount)(
  `a project on a read-only disk is worked on as a copy, and says where${skipped(canMount, 'needs root')}`,
  async () => {
    const disk = smallDisk('20m');
    await run('import', join(disk, 'p'), 'two', '--labels', 'folders');
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    for (const words of [
      ['import', join(disk, 'p'), 'mixed'],
      ['info', join(disk, 'p')],
    ]) {
      const { code, said } = await run(...words);
      expect([code, said]).toEqual([
        0,
        expect.stringMatching(/cannot be written\. This is a copy of it: \S+user/),
      ]);
    }
    const fresh = await run('import', join(disk, 'q'), 'two');
    expect([fresh.code, fresh.said]).toEqual([
      1,
      expect.stringMatching(/^NO_PERMISSION: The disk cannot be written/m),
    ]);
  },
);

test('killed in the middle of an import: importing again adds the rest, once', async () => {
  const photo = await numberedJpeg(7);
  const many = Object.fromEntries(
    [...Array(1500).keys()].map((n) => [`${n}.jpg`, Buffer.concat([photo, Buffer.from(`${n}`)])]),
  );
  await writeFiles(join(folder, 'plenty'), many);
  const { child, ended, said } = startEnxerto(folder, ['--json', 'import', 'killed', 'plenty']);
  child.stdout.on('data', () => {
    if (said().includes('"stage":"reading"')) child.kill('SIGKILL');
  });
  expect((await ended).code).toBe(null);
  const again = await run('--json', 'import', 'killed', 'plenty');
  expect(again.code).toBe(0);
  const info = await run('--json', 'info', 'killed');
  const { counts } = JSON.parse(info.said.trim().split('\n').at(-1) ?? '') as {
    counts: Record<string, number>;
  };
  expect(counts).toMatchObject({ total: 1500, missing: 0 });
  const database = new Database(join(folder, 'killed.enxerto', 'project.db'), { readonly: true });
  const rows = database
    .prepare('SELECT count(*) AS n, count(DISTINCT rel_path) AS paths, count(sha256) AS read FROM images')
    .get();
  expect(rows).toEqual({ n: 1500, paths: 1500, read: 1500 });
  database.close();
});
