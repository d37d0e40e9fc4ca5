import { StudioError } from '../../shared/domain/errors.ts';
import type { Studio } from './studio.ts';
import { count } from './text.ts';

/** Files named one by one up to this many of each kind. */
const LISTED = 5;
const kinds = {
  missing: ['missing', 'Put the files back, or import their folder again if it was moved.'],
  unreadable: ['cannot be read', 'Replace them with good copies, or leave them out.'],
  changed: ['changed since labeled', 'Look at them in the studio and accept them there.'],
} as const;

/**
 * Looks at all files of the open project and says which are gone, damaged or changed, by name: a training without
 * them must not come as a surprise. StudioError FILE_MISSING where not one is left.
 */
export async function tellLostFiles({ client, output }: Studio): Promise<void> {
  const found = await client.images.recheck();
  for (const [file, [what, next]] of Object.entries(kinds) as [
    keyof typeof kinds,
    (typeof kinds)['missing'],
  ][]) {
    if (found[file] === 0) continue;
    const order = { sort: 'name', descending: false, offset: 0, limit: LISTED } as const;
    const { rows } = await client.images.page({ filter: { file }, ...order });
    const more = found[file] > rows.length ? `, and ${found[file] - rows.length} more` : '';
    const names = rows.map((row) => row.path).join(', ');
    output.say(`! ${count(found[file], 'file')} ${what}: ${names}${more}. ${next}`);
    output.event('files', { state: file, images: found[file], first: rows.map((row) => row.path) });
  }
  if (found.ok === 0 && found.missing > 0) {
    const message = `None of the ${found.missing} images is where it was. ${kinds.missing[1]}`;
    throw new StudioError('FILE_MISSING', message, { images: found.missing });
  }
}
