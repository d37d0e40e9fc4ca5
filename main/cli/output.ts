import type { ErrorParams } from '../../shared/domain/errors.ts';
import { duration } from './text.ts';

/** Where text goes; `process.stdout` and `process.stderr` have this shape. */
export interface Sink {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly write: (text: string) => unknown;
}

/** One step of something that takes time. `stage` names it: a plain log gets one line for each. */
export interface Step {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  /** `%` where `total` is a hundred parts of something that has no number of its own. */
  readonly unit?: '%';
  readonly secondsLeft: number | null;
  /** Whatever else is worth seeing: `fold 2 of 5 · 312 images/s`. */
  readonly detail?: string;
  /** What programs get instead of the words above. */
  readonly values?: Readonly<Record<string, unknown>>;
}

/**
 * Where commands speak: JSON lines for programs, a moving bar for a person at a terminal, plain lines for a log.
 * Results go to the first sink; the bar, which overwrites itself, and errors go to the second.
 */
export interface Output {
  readonly json: boolean;
  /** One line of text for people; nothing in JSON mode. */
  readonly say: (text?: string) => void;
  /** One JSON object for programs; nothing otherwise. */
  readonly event: (type: string, content: Readonly<Record<string, unknown>>) => void;
  /** A JSON object as it is, without a `type`: for last lines whose keys are promised. */
  readonly raw: (content: Readonly<Record<string, unknown>>) => void;
  readonly progress: (step: Step) => void;
  readonly fail: (error: {
    readonly code: string;
    readonly message: string;
    readonly params: ErrorParams;
  }) => void;
}

/** A plain log gets a line at each new stage, and then at most one in this time. */
const PLAIN_INTERVAL_MS = 10_000;
const JSON_INTERVAL_MS = 500;
const BAR_WIDTH = 24;

/** Picks the way to speak: `json` was asked for, or `bar` tells whether a person watches the second sink. */
export function createOutput(
  json: boolean,
  out: Sink = process.stdout,
  err: Sink = process.stderr,
  now: () => number = () => performance.now(),
): Output {
  if (json) return jsonOutput(out, now);
  return err.isTTY ? terminalOutput(out, err) : plainOutput(out, err, now);
}

/**
 * Names of files and classes come from anywhere, and a terminal obeys control characters: all but line ends and
 * tabs, and those that turn the direction of the text, are shown as U+FFFD. JSON escapes them by itself.
 */
function shown(text: string): string {
  return text.replace(/(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}

/** Lets through a first step, each new stage, each end of a stage, and otherwise one an interval. */
function thinned(intervalMs: number, now: () => number): (step: Step) => boolean {
  let stage = '';
  let last = 0;
  let ended = false;
  return (step) => {
    const isNew = step.stage !== stage;
    const isEnd = step.total > 0 && step.done >= step.total;
    if (!isNew && !(isEnd && !ended) && now() - last < intervalMs) return false;
    stage = step.stage;
    ended = isEnd;
    last = now();
    return true;
  };
}

function jsonOutput(out: Sink, now: () => number): Output {
  const raw = (content: object) => out.write(`${JSON.stringify(content)}\n`);
  const due = thinned(JSON_INTERVAL_MS, now);
  return {
    json: true,
    say: () => undefined,
    event: (type, content) => raw({ type, ...content }),
    raw,
    progress: (step) => {
      if (due(step)) raw({ type: 'progress', ...(step.values ?? step) });
    },
    fail: (error) => raw({ type: 'error', ...error }),
  };
}

function plainOutput(out: Sink, err: Sink, now: () => number): Output {
  const due = thinned(PLAIN_INTERVAL_MS, now);
  return {
    json: false,
    say: (text = '') => out.write(`${shown(text)}\n`),
    event: () => undefined,
    raw: () => undefined,
    progress: (step) => {
      if (due(step)) out.write(`${shown(words(step))}\n`);
    },
    fail: (error) => err.write(`${error.code}: ${shown(error.message)}\n`),
  };
}

function terminalOutput(out: Sink, err: Sink): Output {
  let isShown = false;
  const clear = () => {
    if (isShown) err.write('\r\x1b[2K');
    isShown = false;
  };
  return {
    json: false,
    say: (text = '') => {
      clear();
      out.write(`${shown(text)}\n`);
    },
    event: () => undefined,
    raw: () => undefined,
    progress: (step) => {
      clear();
      if (step.total > 0 && step.done >= step.total) return;
      err.write(shorten(`${bar(step)} ${shown(words(step))}`, err.columns ?? 80));
      isShown = true;
    },
    fail: (error) => {
      clear();
      err.write(`${error.code}: ${shown(error.message)}\n`);
    },
  };
}

function words(step: Step): string {
  const of = step.unit === '%' ? `${step.done} %` : `${step.done}/${step.total}`;
  const amount = step.total > 0 ? of : '';
  const left = step.secondsLeft === null ? '' : `${duration(step.secondsLeft)} left`;
  return [step.stage, amount, step.detail ?? '', left].filter((part) => part !== '').join(' · ');
}

function bar(step: Step): string {
  const part = step.total > 0 ? Math.min(1, step.done / step.total) : 0;
  const full = Math.round(part * BAR_WIDTH);
  return '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
}

/** A line that wrapped could not be overwritten. */
function shorten(text: string, columns: number): string {
  return text.length < columns ? text : `${text.slice(0, Math.max(0, columns - 2))}…`;
}
