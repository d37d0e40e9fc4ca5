import { createContext, Script } from 'node:vm';
import type { GroupRule } from '../../../shared/contract/images.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import { createBreath } from '../../lib/breathing.ts';

/** A pattern that backtracks without end is stopped after this long; a good one takes a hundredth of it. */
const patternMs = 40;
const pathsAtOnce = 200;
const longestKey = 200;

/** Constant text: pattern and paths come in as data, and the context holds nothing else. */
const matching = new Script(`{
  const expression = new RegExp(pattern, 'u');
  keys = paths.map((path) => {
    const found = expression.exec(path);
    return found === null ? null : found[1] ?? null;
  });
}`);

/**
 * The group of each image by a rule: its folder, what the pattern's capture group finds in its relative path, or
 * none. StudioError BAD_REQUEST for a pattern that is none, has no capture group, or takes too long.
 */
export async function groupKeys(
  rule: GroupRule,
  relPaths: readonly string[],
): Promise<readonly (string | null)[]> {
  if (rule.kind === 'none') return relPaths.map(() => null);
  if (rule.kind === 'folder')
    return relPaths.map((path) => path.normalize('NFC').replace(/\/?[^/]*$/, '') || '.');
  checkPattern(rule.pattern);
  const keys: (string | null)[] = [];
  const breathe = createBreath();
  for (let start = 0; start < relPaths.length; start += pathsAtOnce) {
    keys.push(...matched(rule.pattern, relPaths.slice(start, start + pathsAtOnce)));
    await breathe();
  }
  return keys;
}

function checkPattern(pattern: string): void {
  try {
    // One empty alternative more, so that it matches anything: the result tells how many groups there are.
    const groups = (new RegExp(`${pattern}|`, 'u').exec('')?.length ?? 1) - 1;
    if (groups >= 1) return;
  } catch (error) {
    throw patternError(pattern, error instanceof Error ? error.message : 'it is not valid', error);
  }
  throw patternError(pattern, 'it has no group in round brackets, such as (\\d+)');
}

function matched(pattern: string, paths: readonly string[]): (string | null)[] {
  const context = createContext({ pattern, paths: paths.map((path) => path.normalize('NFC')), keys: [] });
  try {
    matching.runInContext(context, { timeout: patternMs });
  } catch (error) {
    throw patternError(pattern, 'it takes too long; write it more simply', error);
  }
  const keys: unknown = context.keys;
  return Array.from(keys as ArrayLike<unknown>, (key) =>
    typeof key === 'string' && key !== '' ? key.slice(0, longestKey) : null,
  );
}

function patternError(pattern: string, reason: string, cause?: unknown): StudioError {
  return new StudioError(
    'BAD_REQUEST',
    `The pattern for groups cannot be used: ${reason}.`,
    { pattern, reason },
    cause === undefined ? undefined : { cause },
  );
}
