import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { settings } from '../../shared/contract/project.ts';
import { writeWhole } from '../lib/atomic-write.ts';
import { USUAL_CACHE_SHARE } from '../lib/cache-folders.ts';
import type { Logger } from '../lib/log.ts';
import type { PersonSettings, RecentEntry, RecentStore, SettingsStore } from './context.ts';

const schema = settings.extend({ libraries: z.string().nullable() });
const defaults: PersonSettings = {
  language: 'system',
  theme: 'system',
  author: '',
  surround: 128,
  executor: 'auto',
  threads: null,
  cacheShare: USUAL_CACHE_SHARE,
  libraries: null,
};

/**
 * The person's settings in `settings.json`. A file that cannot be read, or a value that is not one, counts as
 * not set: settings are a comfort, and the studio must start without them.
 */
export async function createSettings(userData: string, log: Logger): Promise<SettingsStore> {
  const path = join(userData, 'settings.json');
  const read = schema.partial().safeParse(await readJson(path, log));
  let present: PersonSettings = { ...defaults, ...(read.success ? definedOnly(read.data) : {}) };
  return {
    get: () => present,
    update: async (change) => {
      present = schema.parse({ ...present, ...definedOnly(change) });
      await writeWhole(path, JSON.stringify(present, null, 2));
      return present;
    },
  };
}

function definedOnly<T extends object>(values: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof T]: Exclude<T[Key], undefined> };
}

const recentFile = z.array(
  z.object({ folder: z.string(), name: z.string(), openedAt: z.int(), images: z.int() }),
);
/** More than fit on the start screen, fewer than anybody would search through. */
const recentKept = 20;

/** The projects that were opened before, in `recent.json`, newest first. */
export async function createRecent(userData: string, log: Logger): Promise<RecentStore> {
  const path = join(userData, 'recent.json');
  const read = recentFile.safeParse(await readJson(path, log));
  let present: readonly RecentEntry[] = read.success ? read.data : [];
  const write = async (next: readonly RecentEntry[]): Promise<void> => {
    present = next;
    await writeWhole(path, JSON.stringify(next, null, 2));
  };
  const without = (folder: string) => present.filter((entry) => entry.folder !== folder);
  return {
    list: () => present,
    add: (entry) => write([entry, ...without(entry.folder)].slice(0, recentKept)),
    forget: (folder) => write(without(folder)),
  };
}

async function readJson(path: string, log: Logger): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const isNew = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!isNew) log.warn({ err: error }, 'a settings file could not be read; defaults are used');
    return null;
  }
}
