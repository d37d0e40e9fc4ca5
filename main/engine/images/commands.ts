import type { GroupRule } from '../../../shared/contract/images.ts';
import type { CommandId, ImageId } from '../../../shared/domain/ids.ts';
import { createBreath } from '../../lib/breathing.ts';
import { runLongCommand } from '../annotations/command.ts';
import { openStep } from '../annotations/step.ts';
import type { OpenProject } from '../context.ts';
import { imageFields } from '../stores/image-fields.ts';
import { imageFile, imageFilesAfter } from '../stores/images.ts';
import { groupKeys } from './groups.ts';

type ImagesCommand = { readonly commandId: CommandId; readonly ids: readonly ImageId[] };

/** Takes images out of the project as one undoable step; their files and labels stay as they are. */
export function removeImages(
  project: OpenProject,
  command: ImagesCommand,
  at: number,
): Promise<{ removed: number }> {
  const spec = { commandId: command.commandId, method: 'images.remove', at };
  return runLongCommand(project, spec, function* (db) {
    const step = openStep(db, { action: 'removeImages', at });
    for (const id of command.ids) {
      if (imageFields(db, id)?.removedAt === null) step.image(id, { removedAt: at });
      yield;
    }
    return { removed: step.finish().length };
  });
}

/** The labels of changed files stand for the content that the files have now; one undoable step. */
export function acceptChanged(project: OpenProject, command: ImagesCommand, at: number): Promise<null> {
  const spec = { commandId: command.commandId, method: 'images.acceptChanged', at };
  return runLongCommand(project, spec, function* (db) {
    const step = openStep(db, { action: 'acceptChanged', at });
    for (const id of command.ids) {
      const file = imageFile(db, id);
      if (file?.state === 'changed') step.image(id, { seen: file.sha256 });
      yield;
    }
    step.finish();
    return null;
  });
}

/**
 * Puts all images into groups by a rule, or out of them (`none`); one undoable step. Answers how many groups there
 * are and how many images are in one. BAD_REQUEST for a pattern that cannot be used.
 */
export async function setGroups(
  project: OpenProject,
  command: { readonly commandId: CommandId; readonly rule: GroupRule },
  at: number,
): Promise<{ groups: number; images: number }> {
  const ids: ImageId[] = [];
  const paths: string[] = [];
  const breathe = createBreath();
  for (let page = imageFilesAfter(project.db, 0, 1000); page.length > 0; ) {
    for (const file of page) {
      if (file.isRemoved) continue;
      ids.push(file.id);
      paths.push(file.relPath);
    }
    page = imageFilesAfter(project.db, page.at(-1)?.id ?? 0, 1000);
    await breathe();
  }
  const keys = await groupKeys(command.rule, paths);
  const spec = { commandId: command.commandId, method: 'images.setGroups', at };
  return runLongCommand(project, spec, function* (db) {
    const step = openStep(db, { action: 'setGroups', at });
    for (const [index, id] of ids.entries()) {
      step.image(id, { groupKey: keys[index] ?? null });
      yield;
    }
    step.finish();
    const grouped = keys.filter((key) => key !== null);
    return { groups: new Set(grouped).size, images: grouped.length };
  });
}
