import { parseArgs } from 'node:util';
import { table } from '../../main/cli/text.ts';
import { demoParts } from './demo.ts';
import { featureParts } from './project-features.ts';
import { measureImport } from './project-import.ts';
import { labelParts } from './project-labels.ts';
import { windowParts } from './project-window.ts';
import type { BenchPart, BenchRow } from './row.ts';
import { trainParts } from './train/index.ts';

/** Every group with its measurements, in the order in which they run. */
const groups: Readonly<Record<string, readonly BenchPart[]>> = {
  demo: demoParts,
  project: [
    ...labelParts,
    { names: ['import-usable', 'import-rate', 'import-delay'], measure: measureImport },
    ...featureParts,
    ...windowParts,
  ],
  train: trainParts,
};

const usage = `npm run bench -- GROUP [--only NAME]
Measures; it does not judge: the exit code is 0 even where a target is missed.
${Object.entries(groups)
  .map(([name, parts]) => `  ${name}: ${parts.flatMap((part) => part.names).join(', ')}`)
  .join('\n')}
`;

function shown(row: BenchRow): string[] {
  const number = (value: number | null | undefined) =>
    value === null || value === undefined ? '' : String(value);
  const pass = { true: 'yes', false: 'NO', null: '' }[String(row.pass) as 'true' | 'false' | 'null'];
  return [row.name, number(row.value), row.unit, row.target, number(row.ratio), number(row.peer), pass];
}

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { only: { type: 'string' } },
  });
  const [name] = positionals;
  const parts = name !== undefined && Object.hasOwn(groups, name) ? groups[name] : undefined;
  const known = parts?.some((part) => values.only === undefined || part.names.includes(values.only));
  if (!parts || !known) {
    process.stderr.write(usage);
    return 2;
  }
  const rows: BenchRow[] = [];
  for (const part of parts) {
    if (values.only !== undefined && !part.names.includes(values.only)) continue;
    for await (const row of await part.measure()) {
      if (values.only !== undefined && row.name !== values.only) continue;
      process.stdout.write(`${JSON.stringify(row)}\n`);
      rows.push(row);
    }
  }
  if (process.stdout.isTTY) {
    const heads = ['row', 'value', 'unit', 'target', '× peer', 'peer', 'met'];
    process.stdout.write(`\n${table(heads, rows.map(shown))}\n`);
  }
  return 0;
}

process.exitCode = await main();
