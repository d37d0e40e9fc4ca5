import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../../../lib/atomic-write.ts';

/** What was found to be the fastest on this machine: by a text that says what was compared, the name of the best. */
export interface Findings {
  /** The best of an earlier comparison; undefined where there was none. */
  readonly of: (comparison: string) => string | undefined;
  readonly add: (comparison: string, best: string) => void;
  /** Says that something is being compared, which may take some seconds. */
  readonly tell: () => void;
  /** Keeps what was added for later jobs. */
  readonly save: () => Promise<void>;
  /** What this job asked for or added: the bits of its results depend on it. */
  readonly used: () => Readonly<Record<string, string>>;
}

export const findingsRecord = z.record(z.string(), z.string());
/** The oldest are forgotten beyond this: a few networks' worth of shapes on every executor is a tenth of it. */
const MOST = 5000;

/** What is known when findings are opened, and who hears of new comparisons. */
export interface FindingsOptions {
  /** Those of a job that goes on, which hold for it whatever the file says now. */
  readonly before?: Readonly<Record<string, string>> | undefined;
  readonly tell?: Findings['tell'];
}

/**
 * Findings kept in a file, or nowhere (null). A file that is missing or damaged counts as empty; one that cannot be
 * written means that the next job compares again.
 */
export async function openFindings(
  file: string | null,
  { before = {}, tell = () => undefined }: FindingsOptions = {},
): Promise<Findings> {
  const known = new Map([...(await readRecords(file)), ...Object.entries(before)]);
  const used = new Map(Object.entries(before));
  const added = new Map<string, string>();
  return {
    of: (comparison) => {
      const best = known.get(comparison);
      if (best !== undefined) used.set(comparison, best);
      return best;
    },
    add: (comparison, best) => {
      for (const each of [known, used, added]) each.set(comparison, best);
    },
    tell,
    save: async () => {
      if (added.size === 0 || file === null) return;
      // Another process may have added its own since; what came first stays, so that its results can be repeated.
      const all = new Map(await readRecords(file));
      for (const [comparison, best] of added) if (!all.has(comparison)) all.set(comparison, best);
      added.clear();
      const newest = Object.fromEntries([...all].slice(-MOST));
      const written = mkdir(dirname(file), { recursive: true }).then(() =>
        writeWhole(file, JSON.stringify(newest, null, 1)),
      );
      await written.catch(() => undefined);
    },
    used: () => Object.fromEntries(used),
  };
}

async function readRecords(file: string | null): Promise<readonly [string, string][]> {
  if (file === null) return [];
  try {
    return Object.entries(findingsRecord.parse(JSON.parse(await readFile(file, 'utf8'))));
  } catch {
    return [];
  }
}

/** The same findings for comparisons of one kind, told apart by `kind`. */
export function findingsFor(findings: Findings, kind: string): Findings {
  const full = (comparison: string) => `${kind}; ${comparison}`;
  return {
    ...findings,
    of: (comparison) => findings.of(full(comparison)),
    add: (comparison, best) => findings.add(full(comparison), best),
  };
}
