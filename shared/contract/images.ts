import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import {
  classId,
  commandId,
  failure,
  grantId,
  hexColour,
  imageId,
  jobId,
  personName,
  problem,
  timestamp,
} from './common.ts';

export const labelState = z.enum(['unlabeled', 'labeled', 'nothing']);
export type LabelState = z.infer<typeof labelState>;

/** `changed`: the file's bytes differ from those that were labeled. `missing`: it is not where it was. */
export const fileState = z.enum(['ok', 'changed', 'missing', 'unreadable']);
export type FileState = z.infer<typeof fileState>;

/** One tile of the gallery. */
export const imageRow = z.object({
  id: imageId,
  name: z.string(),
  /** Path below its source folder with forward slashes, for showing and searching. */
  path: z.string(),
  /** Size after EXIF orientation, pixels; 0 while not yet read. */
  width: z.int().nonnegative(),
  height: z.int().nonnegative(),
  state: labelState,
  classIds: z.array(classId),
  file: fileState,
  /** Version of the thumbnail for cache busting; 0 while it is not there. */
  thumbnail: z.int().nonnegative(),
});
export type ImageRow = z.infer<typeof imageRow>;

export const imageFilter = z.strictObject({
  state: labelState.optional(),
  classId: classId.optional(),
  file: fileState.optional(),
  /** Words to find in the path, case and accents ignored. */
  search: z.string().max(200).optional(),
  duplicates: z.boolean().optional(),
  /** Only these, for instance a cell of a confusion matrix. */
  ids: z.array(imageId).max(100_000).optional(),
});
export type ImageFilter = z.infer<typeof imageFilter>;
export const imageSort = z.enum(['name', 'added', 'state']);

export const imageDetail = imageRow.extend({
  bytes: z.int(),
  format: z.string(),
  takenAt: z.string().nullable(),
  groupKey: z.string().nullable(),
  addedAt: timestamp,
  duplicates: z.array(z.object({ id: imageId, path: z.string() })),
  labels: z.array(
    z.object({
      classId,
      source: z.enum(['human', 'model', 'import']),
      author: z.string(),
      createdAt: timestamp,
    }),
  ),
});
export type ImageDetail = z.infer<typeof imageDetail>;

export const imageCounts = z.object({
  total: z.int(),
  unlabeled: z.int(),
  labeled: z.int(),
  nothing: z.int(),
  changed: z.int(),
  missing: z.int(),
  unreadable: z.int(),
  duplicates: z.int(),
  byClass: z.array(z.object({ classId, images: z.int() })),
});
export type ImageCounts = z.infer<typeof imageCounts>;

/** Where an import finds labels: nowhere, in the names of folders, or in a table. */
export const labelSource = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.object({ kind: z.literal('folders') }),
  z.object({
    kind: z.literal('csv'),
    csv: grantId,
    fileColumn: z.string().max(200),
    /** One column with the class, or several columns with 0/1 flags (several labels an image). */
    labelColumns: z.array(z.string().max(200)).min(1).max(500),
    groupColumn: z.string().max(200).optional(),
    foldColumn: z.string().max(200).optional(),
    /** From the text in the label column to the class's name, e.g. `0` to `healthy`. */
    names: z.record(z.string().max(200), z.string().max(200)).optional(),
  }),
]);
export type LabelSource = z.infer<typeof labelSource>;

/** Which plant, patient or plot an image belongs to: those never sit on both sides of a split. */
export const groupRule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.object({ kind: z.literal('folder') }),
  /** Regular expression with one capture group, tried on the relative path. */
  z.object({ kind: z.literal('pattern'), pattern: z.string().max(200) }),
]);
export type GroupRule = z.infer<typeof groupRule>;

/** What an import would do, before anything is written. */
export const importPlan = z.object({
  files: z.int(),
  newImages: z.int(),
  alreadyThere: z.int(),
  ignoredFiles: z.int(),
  bytes: z.int(),
  /** Class folders that were recognised: more than one folder of images below the chosen one. */
  folders: z.array(z.object({ name: z.string(), images: z.int() })),
  csvFiles: z.array(z.object({ grant: grantId, name: z.string() })),
  csv: z
    .object({
      columns: z.array(z.string()),
      rows: z.int(),
      suggestedFileColumn: z.string().nullable(),
      suggestedLabelColumns: z.array(z.string()),
      matched: z.int(),
      /** Rows whose image is not among the files. */
      unmatchedRows: z.array(problem),
      /** Images without a row. */
      imagesWithoutRow: z.int(),
      invalidRows: z.array(problem),
    })
    .nullable(),
  classes: z.array(z.object({ name: z.string(), images: z.int(), isNew: z.boolean() })),
  problems: z.array(problem),
});
export type ImportPlan = z.infer<typeof importPlan>;

export const importReport = z.object({
  imported: z.int(),
  alreadyThere: z.int(),
  labeled: z.int(),
  /** Groups of files with the same content. */
  duplicates: z.array(z.object({ paths: z.array(z.string()) })),
  duplicateFiles: z.int(),
  /** Files that could not be read, each with its reason; nothing of them was changed. */
  failed: z.array(problem),
  unmatchedRows: z.array(problem),
  seconds: z.number(),
});
export type ImportReport = z.infer<typeof importReport>;

export const importProgress = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('progress'),
    sequence: z.int(),
    phase: z.enum(['listing', 'indexing', 'reading', 'labels']),
    done: z.int(),
    total: z.int(),
    secondsLeft: z.number().nullable(),
  }),
  z.object({ type: z.literal('done'), report: importReport }),
]);
export type ImportProgress = z.infer<typeof importProgress>;

const importInput = z.strictObject({ commandId, source: grantId, labels: labelSource, groups: groupRule });

export const imagesContract = {
  planImport: oc
    .input(z.strictObject({ source: grantId, labels: labelSource, groups: groupRule }))
    .output(importPlan),
  /** Ends with `done`; aborting the call keeps what is already in, whole. */
  import: oc.input(importInput).output(eventIterator(importProgress)),
  page: oc
    .input(
      z.strictObject({
        filter: imageFilter,
        sort: imageSort,
        descending: z.boolean(),
        offset: z.int().nonnegative(),
        limit: z.int().min(1).max(1000),
      }),
    )
    .output(z.object({ total: z.int(), rows: z.array(imageRow) })),
  /** All ids of a filtered list in its order, for select-all and for going to the next image. */
  ids: oc
    .input(z.strictObject({ filter: imageFilter, sort: imageSort, descending: z.boolean() }))
    .output(z.array(imageId)),
  get: oc.input(z.strictObject({ id: imageId })).output(imageDetail),
  counts: oc.output(imageCounts),
  /** Takes images out of the project (the files stay where they are); undoable. */
  remove: oc
    .input(z.strictObject({ commandId, ids: z.array(imageId).min(1).max(100_000) }))
    .output(z.object({ removed: z.int() })),
  /** Looks again at files that were missing, changed or unreadable. */
  recheck: oc.output(z.object({ ok: z.int(), changed: z.int(), missing: z.int(), unreadable: z.int() })),
  /** The person has looked at a changed file: its labels stand. */
  acceptChanged: oc
    .input(z.strictObject({ commandId, ids: z.array(imageId).min(1).max(100_000) }))
    .output(z.void()),
  /** Finds the images of a moved folder again, by relative path and content. */
  relink: oc
    .input(z.strictObject({ commandId, folder: grantId }))
    .output(z.object({ relinked: z.int(), stillMissing: z.int() })),
  setGroups: oc
    .input(z.strictObject({ commandId, rule: groupRule }))
    .output(z.object({ groups: z.int(), images: z.int() })),
};

export const imageClass = z.object({
  id: classId,
  name: personName,
  colour: hexColour,
  /** Digit 1–9 that labels with it; `null` beyond the ninth. */
  shortcut: z.int().min(1).max(9).nullable(),
  position: z.int(),
  images: z.int(),
});
export type ImageClass = z.infer<typeof imageClass>;

export const classesContract = {
  list: oc.output(z.array(imageClass)),
  create: oc
    .input(z.strictObject({ commandId, name: personName, colour: hexColour.optional() }))
    .output(imageClass),
  update: oc
    .input(
      z.strictObject({
        commandId,
        id: classId,
        name: personName.optional(),
        colour: hexColour.optional(),
        shortcut: z.int().min(1).max(9).nullable().optional(),
      }),
    )
    .output(imageClass),
  /** Removes a class and its labels as one undoable step. */
  remove: oc.input(z.strictObject({ commandId, id: classId })).output(z.object({ labels: z.int() })),
  reorder: oc.input(z.strictObject({ commandId, ids: z.array(classId).min(1).max(10_000) })).output(z.void()),
};

/** What one command changed, so that the page can say it and offer its undo. */
export const labelOutcome = z.object({
  changed: z.int(),
  imageIds: z.array(imageId),
  /** What the step was, for the words beside undo. */
  action: z.enum([
    'set',
    'add',
    'remove',
    'clear',
    'nothing',
    'removeImages',
    'createClass',
    'updateClass',
    'removeClass',
    'reorderClasses',
    'import',
    'setGroups',
    'acceptChanged',
    'none',
  ]),
  className: z.string().nullable(),
  canUndo: z.boolean(),
  canRedo: z.boolean(),
  savedAt: timestamp,
});
export type LabelOutcome = z.infer<typeof labelOutcome>;

export const labelsContract = {
  /**
   * `set` replaces the labels by one class, `add` and `remove` change one of several, `clear` makes unlabeled,
   * `nothing` says: checked, none of the classes is in it (only where several labels are allowed).
   */
  apply: oc
    .input(
      z.strictObject({
        commandId,
        imageIds: z.array(imageId).min(1).max(100_000),
        action: z.enum(['set', 'add', 'remove', 'clear', 'nothing']),
        classId: classId.nullable(),
      }),
    )
    .output(labelOutcome),
  /** With `imageId`: the newest step that touches that image; without: the newest of all. */
  undo: oc.input(z.strictObject({ commandId, imageId: imageId.optional() })).output(labelOutcome),
  redo: oc.input(z.strictObject({ commandId })).output(labelOutcome),
  history: oc.input(z.strictObject({ limit: z.int().min(1).max(500) })).output(
    z.array(
      z.object({
        action: labelOutcome.shape.action,
        className: z.string().nullable(),
        images: z.int(),
        at: timestamp,
        undone: z.boolean(),
      }),
    ),
  ),
  state: oc.output(z.object({ canUndo: z.boolean(), canRedo: z.boolean(), savedAt: timestamp.nullable() })),
};

export const job = z.object({
  id: jobId,
  kind: z.enum(['thumbnails', 'train', 'predict', 'export']),
  state: z.enum(['waiting', 'running', 'paused', 'done', 'failed', 'cancelled']),
  done: z.int(),
  total: z.int(),
  secondsLeft: z.number().nullable(),
  error: failure.nullable(),
});
export type Job = z.infer<typeof job>;
