import type { Estimate } from '../../../../shared/contract/common.ts';

/** Languages a report can be written in. */
export type ReportLanguage = 'en' | 'pt-BR';

/** How a language writes numbers, times and dates; undefined values are a dash, never 0. */
export type Format = {
  readonly whole: (value: number) => string;
  readonly decimal: (value: number | null, digits: number) => string;
  /** A fraction in percent: 81.2 %. */
  readonly percent: (fraction: number | null, digits?: number) => string;
  /** The ends of an estimate in percent: 75.9–85.6. */
  readonly range: (estimate: Estimate) => string;
  /** A difference of fractions in percentage points with its sign: +2.0. */
  readonly points: (difference: number | null) => string;
  readonly probability: (p: number) => string;
  readonly seconds: (seconds: number | null) => string;
  readonly bytes: (bytes: number) => string;
  readonly date: (milliseconds: number) => string;
  /** Two significant digits, tiny values as 2.4 × 10⁻⁷. */
  readonly small: (value: number) => string;
  /** A number in its shortest exact form: 0.0003. */
  readonly plain: (value: number) => string;
};

const DASH = '–';
const NOTHING = '—';
const NBSP = '\u00a0';

/** The number formats of a language. */
export function createFormat(language: ReportLanguage): Format {
  const fixed = (digits: number) =>
    new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const decimal = (value: number | null, digits: number): string =>
    value === null ? NOTHING : fixed(digits).format(value).replace('-', '−');
  const percent = (fraction: number | null, digits = 1): string =>
    fraction === null ? NOTHING : `${decimal(100 * fraction, digits)}${NBSP}%`;
  const date = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });
  return {
    whole: (value) => new Intl.NumberFormat(language, { maximumFractionDigits: 0 }).format(value),
    decimal,
    percent,
    range: ({ low, high }) =>
      low === null || high === null ? NOTHING : `${decimal(100 * low, 1)}${DASH}${decimal(100 * high, 1)}`,
    points: (difference) =>
      difference === null ? NOTHING : `${difference >= 0 ? '+' : ''}${decimal(100 * difference, 1)}`,
    probability: (p) =>
      p < 0.001 ? `<${NBSP}${decimal(0.001, 3)}` : `=${NBSP}${decimal(p, p < 0.1 ? 3 : 2)}`,
    seconds: (seconds) => (seconds === null ? NOTHING : duration(seconds, decimal)),
    bytes: (bytes) => {
      if (bytes >= 1e6) return `${decimal(bytes / 1e6, 1)}${NBSP}MB`;
      return bytes >= 1e3 ? `${decimal(bytes / 1e3, 1)}${NBSP}kB` : `${decimal(bytes, 0)}${NBSP}B`;
    },
    date: (milliseconds) => `${date.format(milliseconds)} UTC`,
    small: (value) => smallNumber(value, decimal, language),
    plain: (value) => new Intl.NumberFormat(language, { maximumSignificantDigits: 12 }).format(value),
  };
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

function smallNumber(value: number, decimal: Format['decimal'], language: ReportLanguage): string {
  if (value === 0 || Math.abs(value) >= 1e-4) {
    return new Intl.NumberFormat(language, { maximumSignificantDigits: 2 }).format(value);
  }
  const [mantissa, exponent] = value.toExponential(1).split('e') as [string, string];
  const digits = [...exponent.slice(1)].map((digit) => SUPERSCRIPTS[Number(digit)]!);
  return `${decimal(Number(mantissa), 1)}${NBSP}×${NBSP}10⁻${digits.join('')}`;
}

function duration(seconds: number, decimal: Format['decimal']): string {
  if (seconds < 10) return `${decimal(seconds, 1)}${NBSP}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}${NBSP}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}${NBSP}min ${whole % 60}${NBSP}s`;
  return `${Math.floor(minutes / 60)}${NBSP}h ${minutes % 60}${NBSP}min`;
}
