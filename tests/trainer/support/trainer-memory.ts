import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { nextAttempt } from '../../../main/engine/jobs/attempts.ts';
import type { TrainerOutcome, TrainerStart } from '../../../main/engine/jobs/trainer-session.ts';
import type { TrainerExit } from '../../../main/lib/launcher.ts';
import { type TrainerEvent, trainerEvent } from '../../../shared/contract/trainer.ts';

/** What a trainer said, and what memory it took. */
export interface Trained {
  readonly events: readonly TrainerEvent[];
  /** Bytes of private memory at the start and at most. */
  readonly first: number;
  readonly most: number;
  /** The largest resident set, in bytes. */
  readonly peak: number;
}

/** How a process ended, and what it wrote to standard error. */
interface Ended {
  readonly exit: TrainerExit;
  readonly said: string;
}

/** A trainer in a process of its own that may have so many bytes of private memory; null: as many as there are. */
export async function train(
  manifest: string,
  limit: number | null,
  start: TrainerStart = { manifest, resume: false },
): Promise<Trained> {
  const { exit, said, ...trained } = await attempt(start, limit);
  if (!hasLastWord(trained)) throw crash(exit, said);
  return trained;
}

/**
 * The same as the engine has it done: in another process after one that lacked memory. The events are those of all, in
 * order.
 */
export async function trainInProcesses(manifest: string, limit: number): Promise<Trained> {
  const runtime = { threads: 1, executor: 'auto' } as const;
  let start: TrainerStart = { manifest, resume: false };
  const events: TrainerEvent[] = [];
  for (;;) {
    const { exit, said, ...trained } = await attempt(start, limit);
    events.push(...trained.events);
    const next = nextAttempt(outcomeOf(trained, exit), start, runtime);
    if (!next && !hasLastWord(trained)) throw crash(exit, said);
    if (!next) return { ...trained, events };
    start = next.start;
  }
}

function crash({ signal, code }: TrainerExit, said: string): Error {
  return new Error(`The trainer ended (${signal ?? code}) without a last word: ${said.slice(-2000)}`);
}

const hasLastWord = ({ events }: Trained) => ['done', 'failed'].includes(events.at(-1)?.type ?? '');

function outcomeOf({ events }: Trained, exit: TrainerExit): TrainerOutcome {
  const last = events.at(-1);
  if (last?.type === 'failed') return { kind: 'failed', error: last };
  return last?.type === 'done' ? { ...last, kind: 'done' } : { kind: 'crashed', exit };
}

async function attempt(start: TrainerStart, limit: number | null): Promise<Trained & Ended> {
  const entry = new URL('../../../main/trainer/index.ts', import.meta.url).pathname;
  const program = limit === null ? 'exec "$0" "$1"' : `ulimit -d ${Math.floor(limit / 1024)}; exec "$0" "$1"`;
  const child = spawn('sh', ['-c', program, process.execPath, entry], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  let said = '';
  child.stderr!.on('data', (bytes) => {
    said += bytes;
  });
  const held: number[] = [];
  let peak = 0;
  const watch = setInterval(() => {
    held.push(statusBytes(child.pid!, 'VmData'));
    peak = Math.max(peak, statusBytes(child.pid!, 'VmHWM'));
  }, 10);
  const events: TrainerEvent[] = [];
  child.on('message', (message) => {
    const event = trainerEvent.parse(message);
    events.push(event);
    if (event.type === 'ready') held.splice(0, held.length, statusBytes(child.pid!, 'VmData'));
  });
  child.send({ type: 'start', ...start });
  const exit = await new Promise<TrainerExit>((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal })),
  );
  clearInterval(watch);
  return { events, first: held[0]!, most: Math.max(...held), peak, exit, said };
}

/** What the kernel says of a process's memory: `VmData` is what `ulimit -d` limits; 0 once it has gone. */
function statusBytes(pid: number, what: 'VmData' | 'VmHWM'): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return 1024 * Number(new RegExp(`${what}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
  } catch {
    return 0;
  }
}
