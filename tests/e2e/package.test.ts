import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FuseState, FuseV1Options, FuseVersion, flipFuses, getCurrentFuseWire } from '@electron/fuses';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TrainerExit } from '../../main/lib/launcher.ts';
import { createNodeLauncher } from '../../main/lib/node-launcher.ts';
import { electronAtHand } from '../../main/shell/setup/electron.ts';
import { root } from '../../main/shell/setup/paths.ts';
import { takeClient } from './client.ts';
import { launchStudio, needWindow } from './launch.ts';

const packaged = join(
  root,
  '.build/package',
  { darwin: 'mac', win32: 'win-unpacked' }[process.platform as string] ?? 'linux-unpacked',
);
const resources = join(packaged, 'resources');
const trainerProgram = join(resources, 'app.asar.unpacked/.build/trainer/index.js');
const binary = join(packaged, process.platform === 'win32' ? 'Enxerto.exe' : 'enxerto');
const command = (name: string, value: string) => `export ${name}='${value}'`;

/** 24 of the sample's photos in three folders named like their classes. */
async function photos(folder: string): Promise<string> {
  const source = join(root, 'resources/sample');
  const rows: { file: string; class: string }[] = parse(await readFile(join(source, 'labels.csv')), {
    columns: true,
  });
  const taken = new Map<string, number>();
  for (const { file, class: name } of rows) {
    const count = taken.get(name) ?? 0;
    if (count >= 8 || (taken.size >= 3 && !taken.has(name))) continue;
    taken.set(name, count + 1);
    await mkdir(join(folder, 'photos', name), { recursive: true });
    const found = [file, join('images', file)].find((path) => existsSync(join(source, path)));
    await copyFile(join(source, found ?? file), join(folder, 'photos', name, file.split('/').at(-1) ?? file));
  }
  return join(folder, 'photos');
}

describe('the packaged program', () => {
  let folder = '';
  beforeAll(async () => {
    if (electronAtHand() === null) return;
    folder = await mkdtemp(join(tmpdir(), 'enxerto-package-'));
    // With VITEST set electron-builder links files instead of copying them, and would set the fuses of the original.
    const { VITEST: _, ...env } = process.env;
    const made = spawnSync(process.execPath, [join(root, 'main/shell/setup/package.ts')], {
      encoding: 'utf8',
      env,
    });
    if (made.status !== 0) throw new Error(`${made.stdout}${made.stderr}`);
  }, 300_000);
  beforeEach(needWindow);
  afterAll(async () => {
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  it('15. has its fuses set', async () => {
    const wire = await getCurrentFuseWire(binary);
    const on = (option: FuseV1Options) => wire[option] === FuseState.ENABLE;
    expect({
      runAsNode: on(FuseV1Options.RunAsNode),
      cookieEncryption: on(FuseV1Options.EnableCookieEncryption),
      nodeOptions: on(FuseV1Options.EnableNodeOptionsEnvironmentVariable),
      inspect: on(FuseV1Options.EnableNodeCliInspectArguments),
      asarIntegrity: on(FuseV1Options.EnableEmbeddedAsarIntegrityValidation),
      onlyAsar: on(FuseV1Options.OnlyLoadAppFromAsar),
      fileProtocol: on(FuseV1Options.GrantFileProtocolExtraPrivileges),
    }).toEqual({
      runAsNode: false,
      cookieEncryption: true,
      nodeOptions: false,
      inspect: false,
      asarIntegrity: true,
      onlyAsar: true,
      fileProtocol: false,
    });
  });

  it('15. keeps only native files beside the archive', (context) => {
    if (process.platform === 'linux') return context.skip('skipped: on Linux Node runs what lies beside it');
    if (electronAtHand()?.isSubstitute) return context.skip('skipped: Electron 33');
    const beside = readdirSync(join(resources, 'app.asar.unpacked'), {
      recursive: true,
      withFileTypes: true,
    });
    const strange = beside.filter(
      (entry) => entry.isFile() && !/\.(node|so(\.\d+)*|dylib|dll)$/.test(entry.name),
    );
    expect(strange.map(({ name }) => name)).toEqual([]);
  });

  it('15. is made of a supported Electron', (context) => {
    if (electronAtHand()?.isSubstitute) return context.skip('skipped: Electron 33');
    const version = readFileSync(join(packaged, 'version'), 'utf8').replace(/^v/, '');
    expect(Number(version.split('.')[0])).toBeGreaterThanOrEqual(45);
  });

  it('carries what it needs, and nothing that only builds it', () => {
    for (const name of [
      'icons/icon.png',
      'licenses/THIRD-PARTY-NOTICES.txt',
      'sample/labels.csv',
      'backbones',
    ])
      expect(existsSync(join(resources, 'resources', name)), name).toBe(true);
    expect(existsSync(join(resources, 'app'))).toBe(false);
    expect(existsSync(join(resources, 'default_app.asar'))).toBe(false);
    expect(existsSync(join(resources, 'runtimes/cuda')), 'bigger than all the rest').toBe(false);
    const archive = readFileSync(join(resources, 'app.asar'), 'latin1');
    expect(archive).not.toContain('sourceMappingURL=data:');
    expect(archive.slice(0, 200_000)).not.toMatch(/"(vitest|typescript|electron-builder|react)":\{/);
  });

  it.for([
    ['openvino', 'openvino/licenses/LICENSE'],
    ['tfjs-tensorflow', 'tensorflow/tfjs_binding.node'],
  ] as const)(
    'runs on %s where it was set up when the program was packaged',
    { timeout: 120_000 },
    async ([id, carried], context) => {
      const runtimes = join(root, '.enxerto/runtimes');
      if (!existsSync(join(runtimes, carried))) return context.skip(`skipped: ${id} is not set up`);
      if (!existsSync(trainerProgram)) return context.skip('skipped: Node cannot look into the archive');
      expect(existsSync(join(resources, 'runtimes', carried)), carried).toBe(true);
      const files = readdirSync(join(resources, 'runtimes'), { recursive: true, encoding: 'utf8' });
      expect(
        files.filter((file) => file.endsWith('.json')),
        'what tells of the machine that built it',
      ).toEqual([]);
      // TensorFlow's libraries are the person's own: they come from the folder that Settings names.
      expect(existsSync(join(resources, 'runtimes/tensorflow/libraries'))).toBe(false);
      const chosen = join(runtimes, 'tensorflow/libraries');
      const [report] = await probed(id, [chosen, join(resources, 'runtimes')]);
      expect(report).toMatchObject({ id, usable: true, reason: null });
    },
  );

  /** What the packaged program's trainer says of an executor. */
  async function probed(id: string, libraries: readonly string[]): Promise<readonly unknown[]> {
    const manifest = join(folder, `probe-${id}.json`);
    const backbones = join(resources, 'resources/backbones');
    const probe = {
      version: 1,
      job: 'probe',
      executors: [id],
      backbone: 'efficientnet_lite0',
      files: { folder, cache: folder, backbones, libraries },
      runtime: { threads: 1, executor: 'auto' },
    };
    await writeFile(manifest, JSON.stringify(probe));
    const trainer = await createNodeLauncher(trainerProgram).launch('probe');
    const reports: unknown[] = [];
    trainer.onEvent((event) => {
      if (event.type === 'ready') trainer.send({ type: 'start', manifest, resume: false });
      if (event.type === 'probed') reports.push(event.report);
    });
    const exit = await new Promise<TrainerExit>((resolve) => trainer.onExit(resolve));
    expect(exit).toMatchObject({ code: 0 });
    return reports;
  }

  it('imports, trains and predicts, with no Node, no npm and the sandbox on', async (context) => {
    if (process.platform !== 'linux') return context.skip('skipped: driven on Linux only');
    const copy = join(folder, 'program');
    await cp(packaged, copy, { recursive: true });
    // The one thing changed: Playwright can only drive what lets itself be inspected.
    await flipFuses(join(copy, 'enxerto'), {
      version: FuseVersion.V1,
      [FuseV1Options.EnableNodeCliInspectArguments]: true,
    });
    const data = join(folder, 'data');
    for (const name of ['user', 'documents', 'home']) await mkdir(join(data, name), { recursive: true });
    const images = await photos(data);
    const authority = process.env.XAUTHORITY;
    if (authority) await copyFile(authority, join(data, 'Xauthority'));
    const asOther = process.getuid?.() === 0 ? 'exec runuser -u nobody --' : 'exec';
    const start = join(folder, 'start.sh');
    await writeFile(
      start,
      [
        '#!/bin/sh',
        command('HOME', join(data, 'home')),
        ...(authority ? [command('XAUTHORITY', join(data, 'Xauthority'))] : []),
        `${asOther} /usr/bin/env PATH=/nowhere "${join(copy, 'enxerto')}" "$@"`,
      ].join('\n'),
    );
    await chmod(start, 0o755);
    spawnSync('chmod', ['-R', 'a+rwX', folder]);
    const studio = await launchStudio({
      executable: start,
      userData: join(data, 'user'),
      documents: join(data, 'documents'),
    });
    try {
      expect(await studio.app.evaluate(({ app }) => app.isPackaged)).toBe(true);
      expect(await studio.app.evaluate(({ app }) => app.commandLine.hasSwitch('no-sandbox'))).toBe(false);
      const table = await mainJob(studio, images, data);
      expect(table.length).toBe(24);
      for (const row of table) expect(Number(row.probability)).toBeGreaterThan(0);
    } catch (error) {
      const log = await readFile(join(data, 'user/logs/engine.log'), 'utf8').catch(() => '');
      throw new Error(`It said:\n${studio.output.join('')}\nIts engine noted:\n${log}`, { cause: error });
    } finally {
      await studio.close();
    }
  }, 240_000);
});

type Row = Readonly<Record<string, string>>;

/** Import, train, predict, through the window's own port; returns the written table. */
async function mainJob(
  studio: Awaited<ReturnType<typeof launchStudio>>,
  images: string,
  data: string,
): Promise<readonly Row[]> {
  const client = await takeClient(studio.page);
  const command = () => crypto.randomUUID() as never;
  const grantOf = async <T extends { id: unknown } | null>(
    kind: 'open' | 'save',
    path: string,
    ask: () => Promise<T>,
  ): Promise<NonNullable<T>['id']> => {
    await studio.answerDialog(kind, [path]);
    const grant = await ask();
    if (grant === null) throw new Error(`The dialog gave nothing for ${path}.`);
    return grant.id;
  };
  await client.projects.create({ commandId: command(), name: 'Smoke', task: 'singleLabel', folder: null });
  const source = await grantOf('open', images, () => client.system.pickFolder({ purpose: 'images' }));
  const importing = await client.images.import({
    commandId: command(),
    source,
    labels: { kind: 'folders' },
    groups: { kind: 'none' },
  });
  for await (const _ of importing);
  expect((await client.images.counts()).labeled).toBe(24);
  const { recipe, evaluation } = await client.training.recommend({ strategy: 'featureExtraction' });
  const run = await client.training.start({ commandId: command(), recipe, evaluation });
  let last = '';
  for await (const snapshot of await client.training.watch({ run: run.id })) last = JSON.stringify(snapshot);
  expect((await client.training.runs())[0], last).toMatchObject({ state: 'done' });
  const predictFrom = await grantOf('open', images, () => client.system.pickFolder({ purpose: 'predict' }));
  const target = await grantOf('save', join(data, 'table.csv'), () =>
    client.system.pickSave({ purpose: 'csv', suggestedName: 'table.csv' }),
  );
  for await (const _ of await client.training.predict({
    commandId: command(),
    run: run.id,
    source: predictFrom,
    target,
  }));
  return parse(await readFile(join(data, 'table.csv')), { columns: true, bom: true });
}
