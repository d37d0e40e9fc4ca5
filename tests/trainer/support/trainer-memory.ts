import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { nextAttempt } from '../../../main/engine/jobs/attempts.ts';
import {
  startTrainer,
  type TrainerOutcome,
  type TrainerStart,
} from '../../../main/engine/jobs/trainer-session.ts';
import { followTrainer } from '../../../main/lib/launcher.ts';
import type { TrainerEvent } from '../../../shared/contract/trainer.ts';

/** What a trainer said, and what memory it took. */
export interface Trained {
  readonly events: readonly TrainerEvent[];
  /** Bytes of private memory at the start and at most. */
  readonly first: number;
  readonly most: number;
  /** The largest resident set, in bytes. */
  readonly peak: number;
}

/** How a trainer's process came to its end, and what it wrote to standard error. */
interface Ended {
  readonly outcome: TrainerOutcome;
  readonly said: string;
}

/** A trainer in a process of its own that may have so many bytes of private memory; null: as many as there are. */
export async function train(
  manifest: string,
  limit: number | null,
  start: TrainerStart = { manifest, resume: false },
): Promise<Trained> {
  return withoutCrash(await attempt(start, limit));
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
    const attempted = await attempt(start, limit);
    events.push(...attempted.events);
    const next = nextAttempt(attempted.outcome, start, runtime);
    if (!next) return { ...withoutCrash(attempted), events };
    start = next.start;
  }
}

function withoutCrash({ outcome, said, ...trained }: Trained & Ended): Trained {
  if (outcome.kind !== 'crashed') return trained;
  const { signal, code } = outcome.exit;
  throw new Error(`The trainer ended (${signal ?? code}) without a last word: ${said.slice(-2000)}`);
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
  const { handle, heard, ended } = followTrainer({
    id: 'memory',
    pid: child.pid ?? null,
    send: (command) => void child.send(command),
    kill: () => void child.kill('SIGKILL'),
  });
  child.on('message', heard);
  child.on('close', (code, signal) => ended({ code, signal }));
  const events: TrainerEvent[] = [];
  const session = await startTrainer({ launch: async () => handle }, handle.id, start, (event) => {
    events.push(event);
    if (event.type === 'ready') held.splice(0, held.length, statusBytes(child.pid!, 'VmData'));
    return undefined;
  });
  const outcome = await session.finished;
  clearInterval(watch);
  return { events, first: held[0]!, most: Math.max(...held), peak, outcome, said };
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
