import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ImportProgress } from '../../../shared/contract/images.ts';
import { badFiles, goodFiles, numberedJpeg, writeFiles } from '../../fixtures/images/make.ts';
import { endStudio, newCommand, openStudio, type Studio } from './support.ts';

let studio: Studio;
beforeEach(async () => {
  studio = await openStudio();
});
afterEach(() => endStudio(studio));

async function photos(names: readonly string[]): Promise<void> {
  const files: Record<string, Buffer> = {};
  for (const [index, name] of names.entries()) files[`photos/${name}`] = await numberedJpeg(index);
  await writeFiles(studio.folder, files);
}

describe('importing', () => {
  test('natural order, folders below, hidden and system files and projects passed over, links once', async () => {
    await photos(['1.jpg', '10.jpg', '2.jpg', 'b/3.JPG', '.hidden/4.jpg', 'Old.enxerto/cache/5.jpg']);
    await writeFiles(studio.at('photos'), { 'notes.txt': Buffer.from('x'), 'Thumbs.db': Buffer.from('x') });
    await symlink(studio.at('photos'), studio.at('photos/b/loop'));
    const report = await studio.importFrom(studio.at('photos'));
    expect(report).toMatchObject({ imported: 4, alreadyThere: 0, failed: [], labeled: 0 });
    expect((await studio.rows()).map(({ path }) => path)).toEqual(['1.jpg', '2.jpg', '10.jpg', 'b/3.JPG']);
  });

  test('one bad file of many is listed with its reason, the others are in, and it can be replaced', async () => {
    await writeFiles(studio.at('photos'), { ...(await goodFiles()), ...(await badFiles()) });
    await writeFile(studio.at('photos/phone.heic'), 'x');
    const good = Object.keys(await goodFiles()).length;
    const bad = Object.keys(await badFiles());
    const report = await studio.importFrom(studio.at('photos'));
    expect(report.imported).toBe(good);
    expect(report.failed.map(({ file }) => file).sort()).toEqual([...bad, 'phone.heic'].sort());
    for (const problem of report.failed) expect(problem.message.length).toBeGreaterThan(20);
    await writeFile(studio.at('photos/cut.jpg'), await numberedJpeg(1));
    expect(await studio.engine.client.images.recheck()).toMatchObject({
      ok: good + 1,
      unreadable: bad.length - 1,
    });
    await studio.thumbnailsDone();
    const { rows } = await studio.engine.client.images.page({
      filter: { file: 'ok' },
      sort: 'name',
      descending: false,
      offset: 0,
      limit: 100,
    });
    expect(rows.filter(({ thumbnail, width }) => thumbnail > 0 && width > 0)).toHaveLength(good + 1);
  });

  test('again: only what is new; taken out: back; files are never written', async () => {
    await photos(['1.jpg', '2.jpg']);
    const before = await stat(studio.at('photos/1.jpg'));
    await studio.importFrom(studio.at('photos'));
    await studio.engine.client.images.remove({ commandId: newCommand(), ids: [await studio.idOf('2.jpg')] });
    await writeFile(studio.at('photos/3.jpg'), await numberedJpeg(77));
    expect(await studio.importFrom(studio.at('photos'))).toMatchObject({ imported: 2, alreadyThere: 1 });
    expect((await studio.rows()).map(({ path }) => path)).toEqual(['1.jpg', '2.jpg', '3.jpg']);
    const after = await stat(studio.at('photos/1.jpg'));
    expect([after.mtimeMs, after.size]).toEqual([before.mtimeMs, before.size]);
    expect(await readdir(studio.at('photos'))).toHaveLength(3);
  });

  test('a folder inside and one around an imported folder give no second record', async () => {
    await photos(['a/1.jpg', 'a/b/2.jpg', '3.jpg']);
    await studio.importFrom(studio.at('photos', 'a'));
    expect(await studio.importFrom(studio.at('photos', 'a', 'b'))).toMatchObject({
      imported: 0,
      alreadyThere: 1,
    });
    expect(await studio.importFrom(studio.at('photos'))).toMatchObject({ imported: 1, alreadyThere: 2 });
    expect(await studio.rows()).toHaveLength(3);
  });

  test('single files from several folders', async () => {
    await photos(['a/1.jpg', 'b/1.jpg', 'b/2.jpg']);
    const report = await studio.importFrom([studio.at('photos/a/1.jpg'), studio.at('photos/b/1.jpg')]);
    expect(report.imported).toBe(2);
    expect((await studio.rows()).map(({ path }) => path)).toEqual(['a/1.jpg', 'b/1.jpg']);
  });

  test('equal files are reported, and each is a record of its own', async () => {
    await photos(['1.jpg', '2.jpg']);
    await writeFiles(studio.at('photos'), { 'copy/1.jpg': await readFile(studio.at('photos/1.jpg')) });
    const report = await studio.importFrom(studio.at('photos'));
    expect(report.duplicates).toEqual([{ paths: ['1.jpg', 'copy/1.jpg'] }]);
    expect(report.duplicateFiles).toBe(2);
    const counts = await studio.engine.client.images.counts();
    expect([counts.total, counts.duplicates]).toEqual([3, 2]);
    const detail = await studio.engine.client.images.get({ id: await studio.idOf('1.jpg') });
    expect(detail.duplicates.map(({ path }) => path)).toEqual(['copy/1.jpg']);
  });

  test('names in any script, and long ones', async () => {
    const long = `${'näme '.repeat(30)}.jpg`;
    const names = ['Фото/лист 1.jpg', '葉/写真.jpg', 'emoji 🌿 #1.jpg', long, 'são.jpg'.normalize('NFD')];
    await photos(names);
    expect(await studio.importFrom(studio.at('photos'))).toMatchObject({ imported: 5, failed: [] });
    const found = (await studio.rows()).map(({ path }) => path);
    expect(found.sort()).toEqual(names.map((name) => name.normalize('NFC')).sort());
    expect(await studio.engine.client.images.recheck()).toMatchObject({ ok: 5, missing: 0 });
  });

  test('empty, missing and unsuitable folders say so and write nothing', async () => {
    await mkdir(studio.at('empty'));
    await expect(studio.importFrom(studio.at('empty'))).rejects.toMatchObject({ code: 'FOLDER_EMPTY' });
    await expect(studio.importFrom(studio.at('nowhere'))).rejects.toMatchObject({ code: 'FOLDER_MISSING' });
    await writeFiles(studio.at('text'), { 'a.txt': Buffer.from('x') });
    await expect(studio.importFrom(studio.at('text'))).rejects.toThrow(/none of its 1 files/);
    expect((await studio.engine.client.images.counts()).total).toBe(0);
    expect(await studio.engine.client.labels.history({ limit: 5 })).toEqual([]);
  });
});

describe('labels of an import', () => {
  const files = ['leaf/cat/1.jpg', 'leaf/cat/2.jpg', 'leaf/dog/1.jpg'];

  test('class folders: planned first, then one step of undo', async () => {
    await photos(files);
    const { client, context } = studio.engine;
    const source = context.grants.give('folder', studio.at('photos')).id;
    const wish = { source, labels: { kind: 'folders' } as const, groups: { kind: 'none' } as const };
    const plan = await client.images.planImport(wish);
    expect(plan.folders).toEqual([
      { name: 'cat', images: 2 },
      { name: 'dog', images: 1 },
    ]);
    expect(plan.classes).toEqual([
      { name: 'cat', images: 2, isNew: true },
      { name: 'dog', images: 1, isNew: true },
    ]);
    expect((await client.images.counts()).total).toBe(0);
    const report = await studio.importFrom(studio.at('photos'), { labels: { kind: 'folders' } });
    expect([report.imported, report.labeled]).toEqual([3, 3]);
    expect((await client.classes.list()).map(({ name, images }) => [name, images])).toEqual([
      ['cat', 2],
      ['dog', 1],
    ]);
    await client.labels.undo({ commandId: newCommand() });
    expect(await client.images.counts()).toMatchObject({ total: 3, unlabeled: 3 });
    expect(await client.classes.list()).toEqual([]);
    await client.labels.redo({ commandId: newCommand() });
    expect(await client.images.counts()).toMatchObject({ labeled: 3 });
  });

  test('an unreadable file keeps its label for a good copy, but does not count as labeled', async () => {
    const cut = (await badFiles())['cut.jpg']!;
    await writeFiles(studio.at('photos'), { 'cat/1.jpg': await numberedJpeg(1), 'dog/cut.jpg': cut });
    const report = await studio.importFrom(studio.at('photos'), { labels: { kind: 'folders' } });
    expect(report).toMatchObject({ imported: 1, labeled: 1 });
    expect(report.failed.map(({ file }) => file)).toEqual(['dog/cut.jpg']);
    await writeFile(studio.at('photos/dog/cut.jpg'), await numberedJpeg(2));
    await studio.engine.client.images.recheck();
    expect(await studio.engine.client.images.counts()).toMatchObject({ labeled: 2 });
  });

  test('a table: found beside, matched, its problems told, groups and folds stored', async () => {
    await photos(files);
    const text =
      'file,class,plant,fold\nleaf/cat/1.jpg,rust,P1,0\nleaf/dog/1.jpg,0,P2,1\ngone.jpg,rust,P3,2\n';
    await writeFile(studio.at('photos/labels.csv'), text);
    const { client, context } = studio.engine;
    const source = context.grants.give('folder', studio.at('photos')).id;
    const plan = await client.images.planImport({
      source,
      labels: { kind: 'none' },
      groups: { kind: 'none' },
    });
    expect(plan.csvFiles.map(({ name }) => name)).toEqual(['labels.csv']);
    expect(plan.csv).toMatchObject({
      suggestedFileColumn: 'file',
      suggestedLabelColumns: ['class'],
      matched: 2,
      imagesWithoutRow: 1,
      unmatchedRows: [{ file: 'gone.jpg', code: 'NOT_AMONG_FILES' }],
    });
    const labels = {
      kind: 'csv',
      csv: plan.csvFiles[0]!.grant,
      fileColumn: 'file',
      labelColumns: ['class'],
      groupColumn: 'plant',
      foldColumn: 'fold',
      names: { '0': 'healthy' },
    } as const;
    const report = await studio.importFrom(studio.at('photos'), {
      labels: { ...labels, labelColumns: [...labels.labelColumns] },
      groups: { kind: 'folder' },
    });
    expect(report).toMatchObject({ imported: 3, labeled: 2, unmatchedRows: [{ file: 'gone.jpg' }] });
    expect((await client.classes.list()).map(({ name }) => name)).toEqual(['rust', 'healthy']);
    const groups = await Promise.all(
      files.map(async (path) => client.images.get({ id: await studio.idOf(path) })),
    );
    expect(groups.map(({ groupKey }) => groupKey)).toEqual(['P1', 'leaf/cat', 'P2']);
    const folds = studio.engine.context
      .project()
      .db.all<{ fold: number | null }>('SELECT stated_fold AS fold FROM images ORDER BY sort_key');
    expect(folds.map(({ fold }) => fold)).toEqual([0, null, 1]);
  });

  test('labels that a person gave are never overwritten', async () => {
    await photos(files);
    await studio.importFrom(studio.at('photos'));
    const { client } = studio.engine;
    const mine = await client.classes.create({ commandId: newCommand(), name: 'mine' });
    const id = await studio.idOf('leaf/cat/1.jpg');
    await client.labels.apply({ commandId: newCommand(), imageIds: [id], action: 'set', classId: mine.id });
    const report = await studio.importFrom(studio.at('photos'), { labels: { kind: 'folders' } });
    expect(report.labeled).toBe(2);
    expect((await studio.rows())[0]).toMatchObject({ path: 'leaf/cat/1.jpg', classIds: [mine.id] });
  });

  test('several labels: flags, and images checked with nothing in them', async () => {
    await endStudio(studio);
    studio = await openStudio('multiLabel');
    await photos(['1.jpg', '2.jpg', '3.jpg']);
    await writeFile(studio.at('photos/l.csv'), 'id;rust;miner\n1;1;1\n2;0;0\n');
    const csv = studio.engine.context.grants.give('file', studio.at('photos/l.csv')).id;
    const labels = { kind: 'csv', csv, fileColumn: 'id', labelColumns: ['rust', 'miner'] } as const;
    await studio.importFrom(studio.at('photos'), { labels: { ...labels, labelColumns: ['rust', 'miner'] } });
    expect((await studio.rows()).map(({ state, classIds }) => [state, classIds.length])).toEqual([
      ['labeled', 2],
      ['nothing', 0],
      ['unlabeled', 0],
    ]);
  });

  test('a table that is none fails before anything is written', async () => {
    await photos(files);
    await writeFile(studio.at('bad.csv'), '"never closed\n');
    const csv = studio.engine.context.grants.give('file', studio.at('bad.csv')).id;
    const labels = { kind: 'csv' as const, csv, fileColumn: 'a', labelColumns: ['b'] };
    await expect(studio.importFrom(studio.at('photos'), { labels })).rejects.toMatchObject({
      code: 'CSV_INVALID',
    });
    expect((await studio.engine.client.images.counts()).total).toBe(0);
  });
});

describe('one command', () => {
  test('repeated with its id it answers the same and does nothing', async () => {
    await photos(['a/1.jpg', 'b/2.jpg']);
    const commandId = newCommand();
    const first = await studio.importFrom(studio.at('photos'), { commandId, labels: { kind: 'folders' } });
    await writeFile(studio.at('photos/a/3.jpg'), await numberedJpeg(9));
    expect(await studio.importFrom(studio.at('photos'), { commandId })).toEqual(first);
    expect(await studio.rows()).toHaveLength(2);
    expect(await studio.engine.client.labels.history({ limit: 9 })).toHaveLength(1);
  });

  test('stopped in the middle: what is in stays whole, and importing again adds the rest', async () => {
    await photos(Array.from({ length: 1500 }, (_, index) => `${index % 2 ? 'a' : 'b'}/${index}.jpg`));
    const { client, context } = studio.engine;
    const source = context.grants.give('folder', studio.at('photos')).id;
    const stop = new AbortController();
    const seen: ImportProgress[] = [];
    const call = async () => {
      const input = {
        commandId: newCommand(),
        source,
        labels: { kind: 'folders' as const },
        groups: { kind: 'none' as const },
      };
      for await (const progress of await client.images.import(input, { signal: stop.signal })) {
        seen.push(progress);
        if (progress.type === 'progress' && progress.phase !== 'listing') stop.abort();
      }
    };
    await call().catch(() => undefined);
    expect(seen.some(({ type }) => type === 'done')).toBe(false);
    await studio.settled();
    const { total, labeled } = await client.images.counts();
    expect([total % 500 === 0, labeled]).toEqual([true, 0]);
    expect(total).toBeLessThanOrEqual(1500);
    const unread = context.project().db.get('SELECT 1 FROM images WHERE sha256 IS NULL');
    expect(unread).toBeUndefined();
    const report = await studio.importFrom(studio.at('photos'), { labels: { kind: 'folders' } });
    expect([report.imported + report.alreadyThere, report.labeled]).toEqual([1500, 1500]);
    expect(context.project().db.get('SELECT count(*) AS n FROM images WHERE sha256 IS NULL')).toEqual({
      n: 0,
    });
    expect(await client.images.recheck()).toEqual({ ok: 1500, changed: 0, missing: 0, unreadable: 0 });
  });

  test('progress is numbered, goes forward, and ends with the report', async () => {
    await photos(Array.from({ length: 30 }, (_, index) => `${index}.jpg`));
    const source = studio.engine.context.grants.give('folder', studio.at('photos')).id;
    const input = {
      commandId: newCommand(),
      source,
      labels: { kind: 'none' as const },
      groups: { kind: 'none' as const },
    };
    const seen: ImportProgress[] = [];
    for await (const progress of await studio.engine.client.images.import(input)) seen.push(progress);
    const numbers = seen.flatMap((each) => (each.type === 'progress' ? [each.sequence] : []));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(seen.at(-1)?.type).toBe('done');
  });

  test('the cache may be deleted at any time', async () => {
    await photos(['1.jpg']);
    await studio.importFrom(studio.at('photos'));
    await studio.thumbnailsDone();
    await rm(studio.engine.context.project().cacheFolder, { recursive: true });
    const { resolveMedia } = await import('../../../main/engine/images/media.ts');
    const media = await resolveMedia(studio.engine.context, 'thumb', await studio.idOf('1.jpg'));
    expect(media.mime).toBe('image/webp');
    expect((await readFile(media.path)).subarray(8, 12).toString()).toBe('WEBP');
    expect(media.path.startsWith(join(studio.engine.context.project().cacheFolder, 'thumbnails'))).toBe(true);
  });
});
