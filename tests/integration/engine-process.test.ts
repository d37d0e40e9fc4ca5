import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import { implement } from '@orpc/server';
import { RPCHandler } from '@orpc/server/message-port';
import sharp from 'sharp';
import { expect, onTestFinished, test } from 'vitest';
import { type ChannelPort, type Channels, channels, makePipe } from '../../main/lib/ports.ts';
import { type controlContract, hostContract } from '../../shared/contract/host.ts';
import type { Contract } from '../../shared/contract/index.ts';
import type { StudioEvent } from '../../shared/contract/project.ts';
import { command, failureOf, temporaryFolder } from '../engine/support.ts';

type Client = ContractRouterClient<Contract>;

interface Shell {
  readonly folder: string;
  readonly child: ChildProcess;
  readonly split: Channels;
  readonly control: ContractRouterClient<typeof controlContract>;
  readonly asked: string[];
  /** A page that connects; one that was there before loses its connection. */
  readonly page: () => Client;
}

function clientOf(port: ChannelPort): Client {
  return createORPCClient(new RPCLink({ port }));
}

/** The engine as a process of its own, with this test in the place of the shell. */
async function startShell(answers: { readonly folder?: string } = {}): Promise<Shell> {
  const folder = await temporaryFolder();
  const child = fork(join(import.meta.dirname, '../../main/engine/index.ts'), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const pipe = makePipe((message) => void child.send(message as object));
  child.on('message', (message) => pipe.receive(message, []));
  child.on('disconnect', pipe.ended);
  pipe.port.postMessage({
    version: '1.2.3',
    userData: join(folder, 'user'),
    documents: join(folder, 'documents'),
    resources: join(import.meta.dirname, '../../resources'),
    systemLanguage: 'pt-BR',
  });
  const split = channels(pipe.port);
  const asked: string[] = [];
  const os = implement(hostContract);
  const host = os.router({
    pickFolder: os.pickFolder.handler(({ input }) => {
      asked.push(input.title);
      return answers.folder ?? null;
    }),
    pickFiles: os.pickFiles.handler(() => []),
    pickSave: os.pickSave.handler(() => null),
    reveal: os.reveal.handler(() => {}),
    open: os.open.handler(() => {}),
    applySettings: os.applySettings.handler(() => {}),
    launchTrainer: os.launchTrainer.handler(() => ({ pid: 1 })),
    killTrainer: os.killTrainer.handler(() => {}),
  });
  new RPCHandler(host).upgrade(split.channel('host'));
  return {
    folder,
    child,
    split,
    asked,
    control: createORPCClient(new RPCLink({ port: split.channel('control') })),
    page: () => clientOf(split.open('client')),
  };
}

async function photos(folder: string, count: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let index = 0; index < count; index++) {
    const background = { r: 20 * index, g: 100, b: 50 };
    await sharp({ create: { width: 32, height: 24, channels: 3, background } })
      .jpeg()
      .toFile(join(folder, `photo ${index}.jpg`));
  }
}

test('page, shell and engine: dialog, import, label, picture, events, and an orderly end', async () => {
  const pictures = await temporaryFolder();
  await photos(pictures, 4);
  const shell = await startShell({ folder: pictures });
  const page = shell.page();
  const events: StudioEvent[] = [];
  const following = (async () => {
    for await (const event of await page.system.events()) events.push(event);
  })().catch(() => {});

  await page.projects.create({ commandId: command(), name: 'Folhas', task: 'singleLabel', folder: null });
  const grant = await page.system.pickFolder({ purpose: 'images' });
  expect(shell.asked).toEqual(['Escolha uma pasta com imagens']);
  const wish = { source: grant!.id, labels: { kind: 'none' as const }, groups: { kind: 'none' as const } };
  const progress = await page.images.import({ ...wish, commandId: command() });
  let imported = 0;
  for await (const step of progress) if (step.type === 'done') imported = step.report.imported;
  expect(imported).toBe(4);

  const { rows } = await page.images.page({
    filter: {},
    sort: 'name',
    descending: false,
    offset: 0,
    limit: 10,
  });
  const rust = await page.classes.create({ commandId: command(), name: 'Ferrugem' });
  const outcome = await page.labels.apply({
    commandId: command(),
    imageIds: rows.map((row) => row.id),
    action: 'set',
    classId: rust.id,
  });
  expect(outcome).toMatchObject({ changed: 4, className: 'Ferrugem' });
  const media = await shell.control.resolveMedia({ kind: 'thumb', id: rows[0]!.id });
  expect((await sharp(media.path).metadata()).width).toBeGreaterThan(0);
  expect(await shell.control.status()).toEqual({ projectOpen: true, runActive: false });
  expect(await failureOf(page.labels.undo({ commandId: 'bad id!' as never }))).toMatchObject({
    code: 'BAD_REQUEST',
  });
  expect(await failureOf(shell.control.resolveMedia({ kind: 'image', id: 999 as never }))).toMatchObject({
    code: 'NOT_FOUND',
  });
  await shell.control.dropped({ paths: [pictures, join(pictures, 'not there')] });
  await expect
    .poll(() => events.find((event) => event.type === 'dropped'))
    .toMatchObject({
      grants: [{ kind: 'folder' }],
    });
  expect(events[0]).toEqual({ type: 'closed' });
  await expect
    .poll(() => events.some((event) => event.type === 'changed' && event.topics.includes('labels')))
    .toBe(true);

  const exit = once(shell.child, 'exit');
  await shell.control.shutdown();
  expect(await exit).toEqual([0, null]);
  await following;
  const project = join(shell.folder, 'documents', 'Folhas.enxerto');
  expect(existsSync(join(project, 'project.lock'))).toBe(false);
  const log = await readFile(join(shell.folder, 'user', 'logs', 'engine.log'), 'utf8');
  expect(log).toContain('engine closed');
  expect(log).not.toContain('photo 0');
});

test('a page that reloads gets a new connection to the same state', async () => {
  const shell = await startShell();
  const first = shell.page();
  await first.projects.create({ commandId: command(), name: 'P', task: 'singleLabel', folder: null });
  const second = shell.page();
  expect(await second.projects.current()).toMatchObject({ name: 'P' });
});

test('a shell that dies takes the engine with it, and the project is closed in order', async () => {
  const shell = await startShell();
  await shell.page().projects.create({ commandId: command(), name: 'P', task: 'singleLabel', folder: null });
  const project = join(shell.folder, 'documents', 'P.enxerto');
  expect(existsSync(join(project, 'project.lock'))).toBe(true);
  const exit = once(shell.child, 'exit');
  shell.child.disconnect();
  expect(await exit).toEqual([0, null]);
  expect(existsSync(join(project, 'project.lock'))).toBe(false);
});

test('a call that was on its way when the engine was killed can be repeated after its restart', async () => {
  const shell = await startShell();
  const page = shell.page();
  const made = await page.projects.create({
    commandId: command(),
    name: 'P',
    task: 'singleLabel',
    folder: null,
  });
  const commandId = command();
  const created = await page.classes.create({ commandId, name: 'Rust' });
  shell.child.kill('SIGKILL');
  await once(shell.child, 'exit');
  const again = await startShell();
  await again.control.openProject({ path: made.location });
  const second = again.page();
  expect(await second.classes.create({ commandId, name: 'Rust' })).toEqual(created);
  expect(await second.classes.list()).toHaveLength(1);
});
