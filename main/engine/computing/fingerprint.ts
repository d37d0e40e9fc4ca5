import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { cpus, release } from 'node:os';
import { join } from 'node:path';

/** Folders below a library folder that are looked into: the folder of a runtime, and its own `lib`. */
const DEPTH = 3;
/** More entries than any runtime has; a folder of photos chosen by mistake must not be read to its end. */
const MOST_ENTRIES = 5000;

/**
 * What a measurement of this machine depends on, as one short text: program, system, processor, threads, and the
 * libraries by name, size and date. Another fingerprint means that it must be measured again.
 */
export async function machineFingerprint(parts: {
  readonly version: string;
  readonly threads: number;
  readonly libraries: readonly string[];
}): Promise<string> {
  const hash = createHash('sha256');
  const { version, threads, libraries } = parts;
  const system = [process.platform, process.arch, release(), cpus()[0]?.model ?? '', String(threads)];
  hash.update(JSON.stringify([version, ...system]));
  const budget = { left: MOST_ENTRIES };
  for (const folder of libraries) hash.update(JSON.stringify(await entriesOf(folder, DEPTH, budget)));
  return hash.digest('hex').slice(0, 16);
}

async function entriesOf(folder: string, depth: number, budget: { left: number }): Promise<string[]> {
  // A folder that is not there, or not readable, holds no library.
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const described: string[] = [];
  for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    if (budget.left-- <= 0) break;
    const path = join(folder, entry.name);
    const facts = await stat(path).catch(() => null);
    if (facts === null) continue;
    if (facts.isFile()) described.push(`${path} ${facts.size} ${facts.mtimeMs}`);
    else if (facts.isDirectory() && depth > 1) described.push(...(await entriesOf(path, depth - 1, budget)));
  }
  return described;
}
