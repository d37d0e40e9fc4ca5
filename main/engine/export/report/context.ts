import type { Note } from '../../../../shared/contract/advice.ts';
import { createFormat, type Format } from './format.ts';
import { html, type Markup } from './html.ts';
import { type Messages, messages, type NoteValues } from './language/messages.ts';
import type { RunReport } from './report-data.ts';

/** What every section is written from. */
export type Writing = {
  readonly data: RunReport;
  readonly words: Messages;
  readonly format: Format;
  /** Several labels an image: other words and no confusion matrix. */
  readonly multiLabel: boolean;
};

/** Chooses words and number formats for a report. */
export function startWriting(data: RunReport): Writing {
  return {
    data,
    words: messages[data.language],
    format: createFormat(data.language),
    multiLabel: data.results.confusion === null,
  };
}

/** Notes that tell how the test was made; all others put the number in doubt and stand above it. */
const TELLING: readonly Note['code'][] = [
  'duplicatesTogether',
  'statedFoldOverruled',
  'withoutStatedFold',
  'intervalsByGroup',
];

/** Whether a note describes the test rather than casting doubt on its number. */
export const isTelling = (note: Note): boolean => TELLING.includes(note.code);

/** A note in words; lists of classes may come by name or only by number. */
export function noteText({ words, format }: Writing, note: Note): string {
  const shown = Object.entries(note.params).map(([key, value]): [string, string] => {
    if (key === 'part') return [key, words.parts[String(value)] ?? String(value)];
    if (key === 'share' && typeof value === 'number') return [key, format.percent(value, 0)];
    if (key === 'points' && typeof value === 'number') return [key, format.decimal(value, 1)];
    return [key, typeof value === 'number' ? format.whole(value) : value];
  });
  const values: NoteValues = Object.fromEntries(shown);
  return words.notes[note.code]({ ...values, names: values.names ?? values.classes ?? '—' });
}

/** A table with column headings; the first cell of each row is its heading. */
export function table(
  heads: readonly { readonly text: string | Markup; readonly number?: boolean }[],
  rows: readonly { readonly css?: string; readonly cells: readonly (string | Markup)[] }[],
  { caption, narrow }: { readonly caption?: string; readonly narrow?: boolean } = {},
): Markup {
  const css = (column: number) => (heads[column]?.number ? html` class="number"` : null);
  return html`<div class="scroll"><table${narrow ? html` class="narrow"` : null}>${caption === undefined ? null : html`<caption>${caption}</caption>`}<thead><tr>${heads.map(
    ({ text }, column) => html`<th scope="col"${css(column)}>${text}</th>`,
  )}</tr></thead><tbody>${rows.map(
    (row) =>
      html`<tr${row.css === undefined ? null : html` class="${row.css}"`}>${row.cells.map((cell, column) =>
        column === 0 ? html`<th scope="row">${cell}</th>` : html`<td${css(column)}>${cell}</td>`,
      )}</tr>
`,
  )}</tbody></table></div>`;
}

/** Terms with what they are. */
export function definitions(rows: readonly (readonly [string, string | Markup | null])[]): Markup {
  return html`<dl>${rows.map(([term, value]) => (value === null ? null : html`<dt>${term}</dt><dd>${value}</dd>`))}</dl>`;
}

/** A section under a heading. */
export function section(heading: string, ...content: readonly (Markup | null)[]): Markup {
  return html`<section><h2>${heading}</h2>
${content}</section>
`;
}
