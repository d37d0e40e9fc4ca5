import type { Estimate } from '../../shared/contract/common.ts';

/** Seconds as a person reads them: `4 s`, `2 min 10 s`, `1 h 05 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** Bytes in the unit that leaves one to three digits before the point: `512 kB`, `1.4 GB`. */
export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

/** A fraction in percent with one decimal; a dash where it is not defined. */
export function percent(fraction: number | null): string {
  return fraction === null ? '—' : `${(fraction * 100).toFixed(1)} %`;
}

/** A fraction with its interval: `81.2 % (75.9–85.6)`. */
export function withInterval(estimate: Estimate): string {
  if (estimate.value === null) return '—';
  if (estimate.low === null && estimate.high === null) return percent(estimate.value);
  const bounds = [estimate.low, estimate.high].map((bound) =>
    bound === null ? '?' : (bound * 100).toFixed(1),
  );
  return `${percent(estimate.value)} (${bounds.join('–')})`;
}

/** The sentence that stands first in every result: `81 of 100 right, give or take 5`. */
export function ofHundred(estimate: Estimate): string {
  const { value, low, high } = estimate;
  if (value === null) return 'could not be judged';
  const right = `${Math.round(value * 100)} of 100 right`;
  if (low === null || high === null) return right;
  return `${right}, give or take ${Math.max(1, Math.round(Math.max(value - low, high - value) * 100))}`;
}

/** `1 image`, `2 images`. */
export function count(number: number, singular: string, plural = `${singular}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? singular : plural}`;
}

/** Rows under headings in columns as wide as their content; numbers to the right. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const numeric = heads.map((_, column) => rows.every((row) => /^[—\d+−-]/.test(row[column] ?? '')));
  const width = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        numeric[column] ? cell.padStart(width[column] ?? 0) : cell.padEnd(width[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [line(heads), width.map((each) => '─'.repeat(each)).join('  '), ...rows.map(line)].join('\n');
}

/** What a person said of a network, or that nobody did. */
export const stated = (text: string | null): string => text ?? 'not stated';
