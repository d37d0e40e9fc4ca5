/** Numbers, times and sizes in the language of the moment; units always beside the number. */
export interface Formats {
  readonly number: (value: number, digits?: number) => string;
  /** Two digits that say something, wherever they stand: a difference, an error. */
  readonly measured: (value: number) => string;
  /** What stands between whole and fraction. */
  readonly decimalSign: string;
  /** "81.0 %": always with so many digits, for numbers that stand together; with a space, as in the texts and reports. */
  readonly percent: (value: number, digits?: number) => string;
  readonly bytes: (value: number) => string;
  readonly time: (at: number) => string;
  readonly date: (at: number) => string;
  readonly dateTime: (at: number) => string;
  /** How long ago, in the largest unit that says something: "3 days ago". */
  readonly ago: (at: number, now: number) => string;
  /** "≈ 20 s", "≈ 2 min", "≈ 1 h 10 min": as exact as an estimate deserves. */
  readonly duration: (seconds: number) => string;
}

const byteUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
const agoSteps = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

function bytesFormat(language: string): (value: number) => string {
  return (value) => {
    const power = value < 1 ? 0 : Math.min(Math.floor(Math.log10(value) / 3), byteUnits.length - 1);
    const scaled = value / 1000 ** power;
    return new Intl.NumberFormat(language, {
      style: 'unit',
      unit: byteUnits[power] ?? 'byte',
      // English has no short form of "byte" and takes the singular; the long one in Portuguese counts none as one.
      unitDisplay: power > 0 || (value === 0 && language.startsWith('pt')) ? 'short' : 'long',
      maximumFractionDigits: scaled < 10 && power > 0 ? 1 : 0,
    }).format(scaled);
  };
}

function durationFormat(language: string): (seconds: number) => string {
  const unit = (value: number, name: 'second' | 'minute' | 'hour') =>
    new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: 'short' }).format(value);
  return (seconds) => {
    if (Math.round(seconds) < 60) return unit(Math.max(1, Math.round(seconds)), 'second');
    const minutes = Math.round(seconds / 60);
    if (minutes < 60) return unit(minutes, 'minute');
    const hours = Math.floor(minutes / 60);
    const rest = minutes % 60;
    return rest === 0 ? unit(hours, 'hour') : `${unit(hours, 'hour')} ${unit(rest, 'minute')}`;
  };
}

function agoFormat(language: string): (at: number, now: number) => string {
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  return (at, now) => {
    const seconds = Math.max(0, (now - at) / 1000);
    const step = agoSteps.find(([, size]) => seconds >= size);
    return step === undefined
      ? relative.format(0, 'minute')
      : relative.format(-Math.floor(seconds / step[1]), step[0]);
  };
}

/** Builds the formats of one language. */
export function formatsOf(language: string): Formats {
  const dateFormat = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(language, options);
    return (at: number) => format.format(at);
  };
  return {
    number: (value, digits = 0) =>
      new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value),
    measured: (value) => new Intl.NumberFormat(language, { maximumSignificantDigits: 2 }).format(value),
    decimalSign:
      new Intl.NumberFormat(language).formatToParts(0.5).find(({ type }) => type === 'decimal')?.value ?? '.',
    percent: (value, digits = 0) =>
      `${new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(100 * value)}\u00a0%`,
    bytes: bytesFormat(language),
    time: dateFormat({ timeStyle: 'medium' }),
    date: dateFormat({ dateStyle: 'medium' }),
    dateTime: dateFormat({ dateStyle: 'medium', timeStyle: 'short' }),
    ago: agoFormat(language),
    duration: durationFormat(language),
  };
}
