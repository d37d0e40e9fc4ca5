import { StudioError } from '../../../shared/domain/errors.ts';
import type { CommandId } from '../../../shared/domain/ids.ts';
import type { OpenProject } from '../context.ts';
import type { ReadableDb, WritableDb } from '../db/types.ts';
import { findCommand, storeCommand } from '../stores/commands.ts';
import { setProjectValue } from '../stores/project.ts';

/** Which command it is; the same id with another method is a client's mistake. */
export interface CommandSpec {
  readonly commandId: CommandId;
  readonly method: string;
  readonly at: number;
}

/**
 * Carries out a command once: its work and its answer are committed together, and a repeated id returns the
 * stored answer without doing anything. The answer must survive JSON unchanged.
 */
export function runCommand<T>(
  project: OpenProject,
  spec: CommandSpec,
  work: (db: WritableDb) => T,
): Promise<T> {
  return project.write((db) => {
    const stored = storedOutcome<T>(db, spec);
    if (stored !== null) return stored.outcome;
    return keep(db, spec, work(db));
  });
}

/** The same for long work: a generator that yields often, so that the event loop is never held. */
export function runLongCommand<T>(
  project: OpenProject,
  spec: CommandSpec,
  work: (db: WritableDb) => Generator<void, T, void>,
): Promise<T> {
  return project.writeInSteps(function* (db) {
    const stored = storedOutcome<T>(db, spec);
    if (stored !== null) return stored.outcome;
    return keep(db, spec, yield* work(db));
  });
}

function keep<T>(db: WritableDb, spec: CommandSpec, outcome: T): T {
  storeCommand(db, spec.commandId, spec.method, JSON.stringify(outcome ?? null), spec.at);
  setProjectValue(db, 'savedAt', String(spec.at));
  return outcome;
}

/** The answer of a command that was carried out before, for work that cannot be one transaction. */
export function storedOutcome<T>(db: ReadableDb, spec: CommandSpec): { readonly outcome: T } | null {
  const stored = findCommand(db, spec.commandId);
  if (stored === undefined) return null;
  if (stored.method !== spec.method) {
    const message = `The command id was used before for “${stored.method}”. Ids must be new for each command.`;
    throw new StudioError('BAD_REQUEST', message, { commandId: spec.commandId });
  }
  return { outcome: JSON.parse(stored.outcome) as T };
}
