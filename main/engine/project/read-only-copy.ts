import { createHash } from 'node:crypto';
import { chmod, cp, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../../lib/atomic-write.ts';
import { requireSpace } from '../../lib/disk-space.ts';
import { asStudioError } from '../db/errors.ts';
import { databaseName, exists, type ProjectPaths, projectPaths, projectSuffix } from './folder.ts';

const allFiles = { recursive: true, withFileTypes: true } as const;
const origin = z.object({ folder: z.string(), bytes: z.number(), modified: z.number() });

/**
 * A copy of a project whose disk cannot be written (WAL cannot even be opened there): database and models,
 * below the person's own folder. A copy made before of the same state is taken up again with all that was
 * changed in it; where the original has changed since, a new copy is made and the old one stays.
 */
export async function copyReadOnly(source: ProjectPaths, userData: string): Promise<ProjectPaths> {
  const name = basename(source.folder).replace(new RegExp(`${projectSuffix}$`, 'i'), '');
  const { size, mtimeMs } = await stat(source.database);
  const state = { folder: source.folder, bytes: size, modified: mtimeMs };
  const id = createHash('sha256').update(JSON.stringify(state)).digest('hex').slice(0, 12);
  const folder = join(userData, 'copies', id, `${name}${projectSuffix}`);
  const target = projectPaths(folder);
  if (await isCopyOf(target, state)) return target;
  const partial = `${folder}.part`;
  try {
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    await requireSpace(partial, await bytesOf(source));
    for (const suffix of ['', '-wal']) {
      if (await exists(source.database + suffix)) {
        const copied = join(partial, databaseName + suffix);
        await cp(source.database + suffix, copied);
        // The original's mode comes along; a read-only file would be as useless here as there.
        await chmod(copied, 0o644);
      }
    }
    if (await exists(source.models)) await cp(source.models, join(partial, 'models'), { recursive: true });
    await writeWhole(join(partial, 'origin.json'), JSON.stringify(state));
    await rename(partial, folder);
    return target;
  } catch (error) {
    await rm(partial, { recursive: true, force: true }).catch(() => {});
    throw asStudioError(error, folder);
  }
}

/** What a copy will take: the database with its log, and the models. */
async function bytesOf(source: ProjectPaths): Promise<number> {
  const models = (await exists(source.models)) ? await readdir(source.models, allFiles) : [];
  const files = [
    source.database,
    `${source.database}-wal`,
    ...models.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)),
  ];
  const sizes = await Promise.all(
    files.map(async (file) => ((await exists(file)) ? (await stat(file)).size : 0)),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function isCopyOf(target: ProjectPaths, state: z.infer<typeof origin>): Promise<boolean> {
  if (!(await exists(target.database))) return false;
  const text = await readFile(join(target.folder, 'origin.json'), 'utf8').catch(() => 'null');
  try {
    return origin.parse(JSON.parse(text)).folder === state.folder;
  } catch {
    // Whose copy it is cannot be told: it stays, and is not taken for this one.
    return false;
  }
}
