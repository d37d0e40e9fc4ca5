/** Markup that is safe to put into a page as it is; only `html` and `raw` make it. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template takes: text and numbers are escaped, markup is not, lists are joined, null is nothing. */
export type Content = string | number | Markup | null | readonly Content[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Text that means itself in an element and in a quoted attribute: names of classes and files may hold anything.
 * What no HTML text may hold (control characters, half surrogate pairs) becomes U+FFFD.
 */
export function escapeHtml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\P{Cc}\t\n]/gu, '\ufffd')
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

function toText(content: Content): string {
  if (content === null) return '';
  if (content instanceof Markup) return content.text;
  if (typeof content === 'string' || typeof content === 'number') return escapeHtml(String(content));
  return content.map(toText).join('');
}

/** A template whose every value is escaped, so that forgetting to escape is impossible. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(parts.map((part, index) => part + toText(values[index] ?? null)).join(''));
}

/** Declares text of this program itself (a style sheet) to be markup; never for anything from outside. */
export function raw(text: string): Markup {
  return new Markup(text);
}

/** A name from outside, kept from changing the direction of the text around it. */
export function name(text: string): Markup {
  return html`<bdi>${text}</bdi>`;
}
