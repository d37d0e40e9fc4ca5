import { createContext, Script } from 'node:vm';
import { z } from 'zod';
import type { GroupRule } from '../../../shared/contract/images.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import { createBreath } from '../../lib/breathing.ts';
import { systemCode } from '../../lib/file-failure.ts';

/** A pattern that backtracks without end is stopped after this long; a good one takes a hundredth of it. */
const patternMs = 40;
const pathsAtOnce = 200;
const longestKey = 200;
const tooSlow = 'it takes too long; write it more simply';

/** Constant text: pattern and paths come in as data, and the context holds nothing else. */
const counting = new Script("groups = new RegExp(pattern + '|', 'u').exec('').length - 1");
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
    // One empty alternative more, so that it matches anything: the result tells how many groups there are. Even
    // on an empty text a nested repetition can take forever.
    const context = createContext({ pattern, groups: 0 });
    counting.runInContext(context, { timeout: patternMs });
    if (Number(context.groups) >= 1) return;
  } catch (error) {
    const isSlow = systemCode(error) === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
    throw patternError(pattern, isSlow ? tooSlow : messageOf(error), error);
  }
  throw patternError(pattern, 'it has no group in round brackets, such as (\\d+)');
}

/** Errors of another context are not instances of this one's. */
function messageOf(error: unknown): string {
  const found = z.object({ message: z.string() }).safeParse(error);
  return found.success ? found.data.message : 'it is not valid';
}

function matched(pattern: string, paths: readonly string[]): (string | null)[] {
  const context = createContext({ pattern, paths: paths.map((path) => path.normalize('NFC')), keys: [] });
  try {
    matching.runInContext(context, { timeout: patternMs });
  } catch (error) {
    throw patternError(pattern, tooSlow, error);
  }
  const keys: unknown = context.keys;
  return Array.from(keys as ArrayLike<unknown>, (key) =>
    typeof key === 'string' && key !== '' ? key.slice(0, longestKey) : null,
  );
}

function patternError(pattern: string, reason: string, cause?: unknown): StudioError {
  return new StudioError(
    'BAD_REQUEST',
    `The pattern for groups cannot be used: ${reason}. Write it with the part that tells the group in parentheses, such as plant-(\\d+).`,
    { pattern, reason },
    cause === undefined ? undefined : { cause },
  );
}
