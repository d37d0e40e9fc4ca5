import { basename } from 'node:path';
import type { Grant } from '../../shared/contract/project.ts';
import { StudioError } from '../../shared/domain/errors.ts';
import type { GrantId } from '../../shared/domain/ids.ts';
import type { Ids } from '../lib/clock.ts';

/** What a grant allows: to read a folder or files, or to write one file. */
export type GrantKind = Grant['kind'];

interface Granted {
  readonly grant: Grant;
  readonly paths: readonly string[];
}

/**
 * Which paths the page may speak of. The page never sees or makes up a path: it holds random ids of what the
 * person chose, dropped, or what the studio wrote, valid for this process only.
 */
export interface GrantStore {
  readonly give: (kind: GrantKind, paths: string | readonly string[]) => Grant;
  /** The one path of a grant of that kind (or one of those kinds); StudioError BAD_REQUEST otherwise. */
  readonly path: (id: GrantId, ...kinds: readonly GrantKind[]) => string;
  /** All paths of a grant: several for `files`. */
  readonly paths: (id: GrantId, ...kinds: readonly GrantKind[]) => readonly string[];
  /** Remembers that the studio wrote this file, so that the person may open or reveal it. */
  readonly written: (path: string) => Grant;
  /** The path of a file that the studio wrote; BAD_REQUEST for anything else. */
  readonly writtenPath: (id: GrantId) => string;
}

/** An empty store; ids come from the injected source so that a test can foresee them. */
export function createGrants(ids: Ids): GrantStore {
  const granted = new Map<string, Granted>();
  const byPath = new Map<string, Grant>();
  const own = new Set<string>();

  const give = (kind: GrantKind, paths: string | readonly string[]): Grant => {
    const list = typeof paths === 'string' ? [paths] : [...paths];
    const key = JSON.stringify([kind, list]);
    const known = byPath.get(key);
    if (known !== undefined) return known;
    const name =
      list.length === 1 ? basename(list[0] ?? '') : `${basename(list[0] ?? '')} + ${list.length - 1}`;
    const grant: Grant = { id: ids.next() as GrantId, name, kind };
    granted.set(grant.id, { grant, paths: list });
    byPath.set(key, grant);
    return grant;
  };
  const find = (id: GrantId, kinds: readonly GrantKind[]): Granted => {
    const found = granted.get(id);
    if (found === undefined) {
      throw new StudioError('BAD_REQUEST', 'This file was not chosen in this session. Choose it again.', {
        id,
      });
    }
    if (kinds.length > 0 && !kinds.includes(found.grant.kind)) {
      throw new StudioError('BAD_REQUEST', `Expected a choice of kind ${kinds.join(' or ')}.`, { id });
    }
    return found;
  };
  return {
    give,
    paths: (id, ...kinds) => find(id, kinds).paths,
    path: (id, ...kinds) => {
      const { paths } = find(id, kinds);
      const [only] = paths;
      if (only === undefined || paths.length > 1) {
        throw new StudioError('BAD_REQUEST', 'Expected a single file or folder.', { id });
      }
      return only;
    },
    written: (path) => {
      const grant = give('file', path);
      own.add(grant.id);
      return grant;
    },
    writtenPath: (id) => {
      const found = find(id, []);
      if (!own.has(id)) {
        throw new StudioError('BAD_REQUEST', 'Only files that the studio has written can be opened.', { id });
      }
      return found.paths[0] ?? '';
    },
  };
}
