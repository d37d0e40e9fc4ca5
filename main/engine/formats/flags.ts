/** What a 0/1 cell says, as programs and people write it in English and Portuguese; `null` for an empty one. */
export function flagOf(cell: string): boolean | null | 'bad' {
  const text = cell.trim().toLowerCase();
  if (text === '') return null;
  if (/^(1([.,]0+)?|true|yes|y|x|sim|verdadeiro)$/.test(text)) return true;
  if (/^(0([.,]0+)?|false|no|n|não|nao|falso)$/.test(text)) return false;
  return 'bad';
}
