import type { CommandId } from '../../shared/domain/ids.ts';

/** A fresh id for one command, so that repeating the call after an engine restart does nothing twice. */
export function newCommandId(): CommandId {
  return crypto.randomUUID() as CommandId;
}
