import { createHash } from 'node:crypto';
import type { Task } from '../../../shared/contract/project.ts';
import type { Evaluation } from '../../../shared/contract/recipe.ts';
import type { ManifestImage } from '../../../shared/contract/trainer.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import type { ImageId } from '../../../shared/domain/ids.ts';
import { createRandom } from '../../../shared/domain/random.ts';
import type { LabeledImage, SnapshotClass } from '../stores/snapshots.ts';
import type { SplitReport } from '../stores/splits.ts';
import { joinUnits, type SplitItem, type SplitUnit } from '../validation/split-units.ts';
import { kFold, type SplitNote, statedFolds, trainValidationTest } from '../validation/splits.ts';

/** A labeled image that can be trained on: its file is as it was labeled and its content is known. */
export type UsableImage = LabeledImage & { readonly sha256: string };

/** What a run learns from and is judged on, fixed at its start. */
export type Dataset = {
  readonly task: Task;
  /** Classes that occur, in the project's order. */
  readonly classes: readonly SnapshotClass[];
  readonly images: readonly UsableImage[];
  /** Fold in which each image is tested; `null`: never tested, always trained on. */
  readonly foldOf: ReadonlyMap<ImageId, number | null>;
  readonly folds: readonly number[];
  /** Key of the images that must stay together: a group, exact copies, or both. */
  readonly unitOf: ReadonlyMap<ImageId, string>;
  readonly report: SplitReport;
  /** Identifies content, labels, groups and folds, whatever the files are called. */
  readonly sha256: string;
};

/** Fewer than this cannot show a difference between two classes. */
const MIN_IMAGES = 2;

/** Whether an image can be trained on. */
export function isUsable(image: LabeledImage, task: Task): image is UsableImage {
  return (
    image.file === 'ok' &&
    image.sha256 !== null &&
    (task === 'multiLabel' ? true : image.classIds.length === 1)
  );
}

/**
 * Fixes classes, images and folds of a run. Throws StudioError TOO_FEW_IMAGES and ONE_CLASS where nothing could be
 * learned, BAD_REQUEST for stated folds that were never stated.
 */
export function makeDataset(
  task: Task,
  allClasses: readonly SnapshotClass[],
  labeled: readonly LabeledImage[],
  evaluation: Evaluation,
): Dataset {
  const usable = labeled.filter((image) => isUsable(image, task));
  const used = new Set(usable.flatMap((image) => image.classIds));
  const classes = allClasses.filter((each) => used.has(each.id));
  requireLearnable(task, classes, usable.length);
  const items = usable.map((image) => toItem(image));
  const units = joinUnits(items);
  const split = splitBy(evaluation, { task, classes, items, units, images: usable });
  const validated = withholdUnlearnable(task, usable, split);
  const unitOf = new Map<ImageId, string>();
  for (const unit of units) {
    for (const item of unit.items) unitOf.set(Number(item.id) as ImageId, `u${unit.items[0]?.id}`);
  }
  const sha256 = fingerprint(classes, usable, validated.foldOf);
  return { task, classes, images: usable, unitOf, ...validated, sha256 };
}

function toItem(image: UsableImage): SplitItem {
  return {
    id: String(image.id),
    classIds: image.classIds.map(String),
    contentHash: image.sha256,
    group: image.group,
  };
}

function requireLearnable(task: Task, classes: readonly SnapshotClass[], images: number): void {
  if (images < MIN_IMAGES) {
    throw new StudioError(
      'TOO_FEW_IMAGES',
      `There are ${images} usable labeled images; at least ${MIN_IMAGES} are needed. Label more images.`,
      { images, needed: MIN_IMAGES },
    );
  }
  if (classes.length < (task === 'singleLabel' ? 2 : 1)) {
    const name = classes[0]?.name ?? '';
    throw new StudioError(
      'ONE_CLASS',
      `All labeled images are of one class${name ? ` (${name})` : ''}. Label images of a second class.`,
      { name },
    );
  }
}

type Folds = {
  readonly foldOf: ReadonlyMap<ImageId, number | null>;
  readonly folds: readonly number[];
  readonly report: SplitReport;
};

type SplitInput = {
  readonly task: Task;
  readonly classes: readonly SnapshotClass[];
  readonly items: readonly SplitItem[];
  readonly units: readonly SplitUnit[];
  readonly images: readonly UsableImage[];
};

function splitBy(evaluation: Evaluation, input: SplitInput): Folds {
  const { task, items } = input;
  const multiLabel = task === 'multiLabel';
  const notesOf = (notes: readonly SplitNote[]) => notes.map((note) => toNote(note, input.classes));
  if (evaluation.kind === 'holdOut') {
    const options = { multiLabel, random: createRandom(evaluation.seed) };
    const parts = trainValidationTest(items, { validation: 0, test: evaluation.test }, options);
    const isTest = (item: SplitItem) => parts.partOf.get(item.id) === 'test';
    return {
      foldOf: new Map(items.map((item) => [Number(item.id) as ImageId, isTest(item) ? 0 : null])),
      folds: items.some(isTest) ? [0] : [],
      report: { folds: ['test'], notes: notesOf(parts.notes) },
    };
  }
  const split =
    evaluation.kind === 'kFold'
      ? kFold(items, evaluation.folds, { multiLabel, random: createRandom(evaluation.seed) })
      : statedFolds(items, statedOf(input), { multiLabel });
  const canTest = split.foldCount > 1;
  const foldOf = (item: SplitItem) => (canTest ? (split.foldOf.get(item.id) ?? null) : null);
  return {
    foldOf: new Map(items.map((item) => [Number(item.id) as ImageId, foldOf(item)])),
    folds: canTest ? Array.from({ length: split.foldCount }, (_, fold) => fold) : [],
    report: { folds: split.foldNames, notes: notesOf(split.notes) },
  };
}

/**
 * The folds that came with the data. An image without one takes that of its group or of its copies, so that it is
 * never trained on while they are tested; one that stands alone is always trained on.
 */
function statedOf({ images, units }: SplitInput): ReadonlyMap<string, string> {
  const own = new Map(
    images.flatMap((image): [string, string][] =>
      image.statedFold === null ? [] : [[String(image.id), String(image.statedFold)]],
    ),
  );
  if (own.size === 0) {
    throw new StudioError(
      'BAD_REQUEST',
      'No image came with a fold. Import the labels with a fold column, or let the studio make the folds.',
    );
  }
  const stated = new Map(own);
  for (const unit of units) {
    const first = unit.items.find((item) => own.has(item.id));
    if (first === undefined) continue;
    for (const item of unit.items) stated.set(item.id, own.get(item.id) ?? own.get(first.id) ?? '');
  }
  return stated;
}

/** A fold whose training part has a single class would test a model that knows one answer: then nothing is tested. */
function withholdUnlearnable(task: Task, images: readonly UsableImage[], split: Folds): Folds {
  if (task === 'multiLabel') return split;
  const learnable = split.folds.every((fold) => {
    const seen = new Set(
      images.filter((image) => split.foldOf.get(image.id) !== fold).map((image) => image.classIds[0]),
    );
    return seen.size > 1;
  });
  if (learnable) return split;
  const notes = split.report.notes.filter((note) => note.code !== 'cannotValidate');
  return {
    foldOf: new Map([...split.foldOf.keys()].map((id) => [id, null])),
    folds: [],
    report: { folds: [], notes: [...notes, { code: 'cannotValidate', params: {} }] },
  };
}

/** Lists of images become their length and classes their names: a note is read by a person. */
function toNote(note: SplitNote, classes: readonly SnapshotClass[]): SplitReport['notes'][number] {
  const { code, ...values } = note;
  const params: Record<string, string | number> = {};
  for (const [key, value] of Object.entries(values)) {
    if (typeof value === 'number' || typeof value === 'string') params[key] = value;
    else if (key === 'classIds') params.names = namesOf(value, classes);
    else params.images = (value as readonly string[]).length;
  }
  return { code, params };
}

function namesOf(ids: readonly string[], classes: readonly SnapshotClass[]): string {
  return ids.map((id) => classes.find((each) => String(each.id) === id)?.name ?? id).join(', ');
}

function fingerprint(
  classes: readonly SnapshotClass[],
  images: readonly UsableImage[],
  foldOf: Dataset['foldOf'],
): string {
  const nameOf = new Map(classes.map((each) => [each.id, each.name]));
  const lines = images.map((image) =>
    JSON.stringify([
      image.sha256,
      image.classIds.map((id) => nameOf.get(id)),
      image.group,
      foldOf.get(image.id) ?? null,
    ]),
  );
  const hash = createHash('sha256').update(JSON.stringify(classes.map((each) => each.name)));
  for (const line of lines.sort()) hash.update(`\n${line}`);
  return hash.digest('hex');
}

/** The images as a manifest lists them. */
export function manifestImages(dataset: Dataset): ManifestImage[] {
  const positionOf = new Map(dataset.classes.map((each, position) => [each.id, position]));
  return dataset.images.map((image) => ({
    id: image.id,
    path: image.path,
    sha256: image.sha256,
    width: image.width,
    height: image.height,
    labels: image.classIds.flatMap((id) => positionOf.get(id) ?? []),
    fold: dataset.foldOf.get(image.id) ?? null,
    group: dataset.unitOf.get(image.id) ?? `u${image.id}`,
  }));
}
