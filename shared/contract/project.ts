import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import { commandId, grantId, params, personName, timestamp } from './common.ts';
import { executorChoice } from './executor.ts';

/** One label an image, or any number of them. Detection and segmentation come as further tasks. */
export const task = z.enum(['singleLabel', 'multiLabel']);
export type Task = z.infer<typeof task>;

export const settings = z.object({
  language: z.enum(['system', 'en', 'pt-BR']),
  theme: z.enum(['system', 'light', 'dark']),
  /** Name written beside labels; empty until the person gives one. */
  author: z.string().max(100),
  /** Grey behind images, 0 (black) to 255 (white): judging colour needs a known surround. */
  surround: z.int().min(0).max(255),
  /** What computes: the fastest that is right, or one that the person insists on. */
  executor: executorChoice,
  /** Threads that training may use; `null`: all of the machine. */
  threads: z.int().min(1).max(256).nullable(),
  /** Share of the free disk that descriptions of images may take, those already kept counted as free. */
  cacheShare: z.number().min(0.01).max(0.95),
});
export type Settings = z.infer<typeof settings>;

export const projectInfo = z.object({
  name: z.string(),
  task,
  /** Folder of the project, for showing only. */
  location: z.string(),
  createdAt: timestamp,
  savedAt: timestamp.nullable(),
  images: z.int(),
  labeled: z.int(),
  /** Opened from a temporary copy because its disk cannot be written; changes are kept in the copy. */
  readOnlyCopy: z.boolean(),
  isSample: z.boolean(),
});
export type ProjectInfo = z.infer<typeof projectInfo>;

export const recentProject = z.object({
  grant: grantId,
  name: z.string(),
  location: z.string(),
  openedAt: timestamp,
  exists: z.boolean(),
  images: z.int(),
});
export type RecentProject = z.infer<typeof recentProject>;

export const backup = z.object({
  name: z.string(),
  takenAt: timestamp,
  bytes: z.int(),
  /** `PRAGMA integrity_check` passed when it was written. */
  verified: z.boolean(),
  images: z.int().nullable(),
  labels: z.int().nullable(),
});
export type Backup = z.infer<typeof backup>;

/** What changed in the open project; the page refreshes what depends on it. */
export const changeTopic = z.enum([
  'project',
  'images',
  'thumbnails',
  'labels',
  'classes',
  'splits',
  'runs',
  'jobs',
  'settings',
  'computing',
]);
export type ChangeTopic = z.infer<typeof changeTopic>;

/** A file or folder the person chose or dropped; the page knows its name, not its path. */
export const grant = z.object({
  id: grantId,
  name: z.string(),
  kind: z.enum(['folder', 'file', 'files', 'save']),
});
export type Grant = z.infer<typeof grant>;

export const studioEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('changed'), sequence: z.int(), topics: z.array(changeTopic) }),
  z.object({ type: z.literal('opened'), project: projectInfo }),
  z.object({ type: z.literal('closed') }),
  /** Something was dropped on the window or double-clicked; the page offers the import. */
  z.object({ type: z.literal('dropped'), grants: z.array(grant) }),
  z.object({
    type: z.literal('notice'),
    code: z.string(),
    params,
  }),
]);
export type StudioEvent = z.infer<typeof studioEvent>;

export const systemContract = {
  info: oc.output(
    z.object({
      version: z.string(),
      platform: z.string(),
      threads: z.int(),
      memoryBytes: z.int(),
      offline: z.literal(true),
    }),
  ),
  settings: oc.output(settings),
  updateSettings: oc.input(settings.partial().strict()).output(settings),
  /** First event is `opened` or `closed`, so that a late subscriber knows where it stands. */
  events: oc.output(eventIterator(studioEvent)),
  /** Native dialogs; `null` when the person cancelled. */
  pickFolder: oc
    .input(
      z.strictObject({
        purpose: z.enum(['images', 'project', 'newProject', 'predict', 'libraries', 'reference']),
      }),
    )
    .output(grant.nullable()),
  pickFiles: oc
    .input(z.strictObject({ purpose: z.enum(['images', 'csv', 'model', 'reference', 'weights']) }))
    .output(grant.nullable()),
  pickSave: oc
    .input(
      z.strictObject({
        purpose: z.enum(['csv', 'onnx', 'report', 'diagnostics']),
        suggestedName: personName,
      }),
    )
    .output(grant.nullable()),
  /** Shows a file that the studio has written in the system's file manager. */
  reveal: oc.input(z.strictObject({ grant: grantId })).output(z.void()),
  /** Opens a report or table that the studio has written with the system's program for it. */
  open: oc.input(z.strictObject({ grant: grantId })).output(z.void()),
  /** Writes a file with versions, settings, log and sizes, without images, labels or file names. */
  diagnostics: oc.input(z.strictObject({ target: grantId })).output(z.object({ bytes: z.int() })),
};

export const projectsContract = {
  recent: oc.output(z.array(recentProject)),
  forget: oc.input(z.strictObject({ grant: grantId })).output(z.void()),
  current: oc.output(projectInfo.nullable()),
  create: oc
    .input(z.strictObject({ commandId, name: personName, task, folder: grantId.nullable() }))
    .output(projectInfo),
  /** Copies the bundled sample into the person's documents the first time, and opens it. */
  openSample: oc.output(projectInfo),
  open: oc.input(z.strictObject({ grant: grantId })).output(projectInfo),
  close: oc.output(z.void()),
  rename: oc.input(z.strictObject({ commandId, name: personName })).output(projectInfo),
  backups: oc.input(z.strictObject({ grant: grantId })).output(z.array(backup)),
  /** Puts a backup in the place of the project's database; the replaced one is kept beside it. */
  restore: oc
    .input(z.strictObject({ commandId, grant: grantId, backup: z.string().max(200) }))
    .output(projectInfo),
};
