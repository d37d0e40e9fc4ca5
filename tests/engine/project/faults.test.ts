import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { addImages, command, failureOf, labelsByImage, startEngine, temporaryFolder } from '../support.ts';

const isRoot = process.getuid?.() === 0;
/** Faults that only the system's own means can produce; without them the test says why it is skipped. */
function systemCan(program: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
async function canMount(): Promise<boolean> {
  if (!isRoot || process.platform !== 'linux') return false;
  const probe = await mkdtemp(join(tmpdir(), 'enxerto-mount-'));
  const can = systemCan('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', probe);
  if (can) systemCan('umount', probe);
  await rm(probe, { recursive: true, force: true });
  return can;
}
const mounts = await canMount();
const reasonMounts = 'skipped: mounting needs root on Linux';
const users = isRoot && process.platform === 'linux' && systemCan('runuser', '-u', 'nobody', 'true');

async function mounted(...options: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'enxerto-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', ...options, 'tmpfs', folder]);
  onTestFinished(async () => {
    systemCan('umount', '-l', folder);
    await rm(folder, { recursive: true, force: true });
  });
  return folder;
}

test.for([40, 160])(
  'killed in the middle of a thousand edits: what was acknowledged is there (%i)',
  async (edits) => {
    const folder = await temporaryFolder();
    const child = fork(join(import.meta.dirname, '../../fixtures/engine/edit-script.ts'), [folder], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    let acknowledged = 0;
    let project = '';
    child.on('message', (message: { readonly done?: number; readonly project?: string }) => {
      project = message.project ?? project;
      acknowledged = message.done ?? acknowledged;
      if (acknowledged >= edits) child.kill('SIGKILL');
    });
    await once(child, 'exit');
    expect(acknowledged).toBeGreaterThanOrEqual(edits);
    expect(acknowledged).toBeLessThan(1000);

    const engine = await startEngine();
    // The lock of the killed process is no hindrance.
    await engine.context.projects.open(project);
    const { db } = engine.context.project();
    const labeled = db.get<{ n: number }>('SELECT count(*) AS n FROM annotations')?.n ?? 0;
    // Every acknowledged edit labels one image more; at most the one on its way when killed may be there too.
    expect(labeled - acknowledged).toBeGreaterThanOrEqual(0);
    expect(labeled - acknowledged).toBeLessThanOrEqual(1);
    expect(db.get<{ n: number }>("SELECT count(*) AS n FROM images WHERE label_state = 'labeled'")?.n).toBe(
      labeled,
    );
    expect(db.get<{ n: number }>("SELECT count(*) AS n FROM changes WHERE kind = 'labels'")?.n).toBe(labeled);
    for (let step = 0; step < 10; step++) await engine.client.labels.undo({ commandId: command() });
    expect(db.get<{ n: number }>('SELECT count(*) AS n FROM annotations')?.n).toBe(labeled - 10);
  },
);

test.skipIf(!mounts)(
  `a full disk refuses the edit, keeps all before it, and goes on once there is space${mounts ? '' : ` (${reasonMounts})`}`,
  async () => {
    const disk = await mounted('-o', 'size=6m');
    const engine = await startEngine();
    await engine.context.projects.create({ name: 'Leaves', task: 'singleLabel', parent: disk });
    const project = engine.context.project();
    const ids = await addImages(project, 2000);
    const rust = await engine.client.classes.create({ commandId: command(), name: 'Rust' });
    await engine.client.labels.apply({
      commandId: command(),
      imageIds: ids.slice(0, 10),
      action: 'set',
      classId: rust.id,
    });
    const before = labelsByImage(project);
    const ballast = join(disk, 'ballast');
    await writeFile(ballast, Buffer.alloc(1)).catch(() => {});
    execFileSync('sh', ['-c', `dd if=/dev/zero of=${ballast} bs=64k 2>/dev/null || true`]);

    const everything = { imageIds: ids, action: 'set' as const, classId: rust.id };
    const failure = await failureOf(engine.client.labels.apply({ ...everything, commandId: command() }));
    expect(failure.code).toBe('NO_SPACE');
    expect(labelsByImage(project)).toEqual(before);
    await rm(ballast);
    const outcome = await engine.client.labels.apply({ ...everything, commandId: command() });
    expect(outcome.changed).toBe(1990);
    await engine.client.projects.close();
    await engine.context.projects.open(project.home);
    expect(engine.context.project().info()).toMatchObject({ images: 2000, labeled: 2000 });
  },
);

test.skipIf(!mounts)(
  `a disk too full for a project leaves nothing half made${mounts ? '' : ` (${reasonMounts})`}`,
  async () => {
    const disk = await mounted('-o', 'size=100k');
    const engine = await startEngine();
    const create = engine.context.projects.create({ name: 'Leaves', task: 'singleLabel', parent: disk });
    expect((await failureOf(create)).code).toBe('NO_SPACE');
    expect(systemCan('test', '-e', join(disk, 'Leaves.enxerto'))).toBe(false);
  },
);

test.skipIf(!mounts)(
  `a project on a read-only disk opens as a copy, says so, and keeps its changes there${mounts ? '' : ` (${reasonMounts})`}`,
  async () => {
    const disk = await mounted('-o', 'size=20m');
    const engine = await startEngine();
    const made = await engine.context.projects.create({ name: 'Leaves', task: 'singleLabel', parent: disk });
    const ids = await addImages(made, 3);
    const rust = await engine.client.classes.create({ commandId: command(), name: 'Rust' });
    await engine.client.projects.close();
    execFileSync('mount', ['-o', 'remount,ro', disk]);

    await engine.context.projects.open(made.home);
    const copy = engine.context.project();
    expect(copy.info()).toMatchObject({ readOnlyCopy: true, name: 'Leaves', images: 3, location: made.home });
    expect(copy.folder.startsWith(engine.context.userData)).toBe(true);
    await engine.client.labels.apply({
      commandId: command(),
      imageIds: ids,
      action: 'set',
      classId: rust.id,
    });
    await engine.client.projects.close();
    await engine.context.projects.open(made.home);
    expect(engine.context.project().info()).toMatchObject({ readOnlyCopy: true, labeled: 3 });
  },
);

test.skipIf(!users)(
  `another user's project is refused with what to do${users ? '' : ' (skipped: needs root and runuser)'}`,
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'enxerto-user-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await chmod(folder, 0o777);
    const engine = await startEngine();
    const made = await engine.context.projects.create({
      name: 'Leaves',
      task: 'singleLabel',
      parent: folder,
    });
    await engine.client.projects.close();
    const attempt = () =>
      execFileSync(
        'runuser',
        [
          '-u',
          'nobody',
          '--',
          process.execPath,
          join(import.meta.dirname, '../../fixtures/engine/open-script.ts'),
          made.home,
          folder,
        ],
        { encoding: 'utf8' },
      ).trim();
    await chmod(made.home, 0o755);
    expect(attempt()).toBe('NO_PERMISSION');
    await chmod(made.home, 0o700);
    expect(attempt()).toBe('NO_PERMISSION');
  },
);

test('a folder of the project that is a file, or a cache that was deleted, is no disaster', async () => {
  const engine = await startEngine();
  const made = await engine.context.projects.create({
    name: 'Leaves',
    task: 'singleLabel',
    parent: engine.folder,
  });
  await engine.client.projects.close();
  await rm(made.cacheFolder, { recursive: true });
  await rm(made.modelsFolder, { recursive: true });
  await engine.context.projects.open(made.home);
  expect(engine.context.project().info().name).toBe('Leaves');
  await engine.client.projects.close();
  await mkdir(join(engine.folder, 'loop'));
  await symlink(join(engine.folder, 'loop'), join(engine.folder, 'loop', 'again'));
  expect((await failureOf(engine.context.projects.open(join(engine.folder, 'loop')))).code).toBe('NOT_FOUND');
});
