import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { TrainerStart } from '../../../main/engine/jobs/trainer-session.ts';
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

/** A trainer in a process of its own that may have so many bytes of private memory; null: as many as there are. */
export async function train(
  manifest: string,
  limit: number | null,
  start: TrainerStart = { manifest, resume: false },
): Promise<Trained> {
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
  const code = await new Promise((resolve) => child.on('close', (...how) => resolve(how.join(' '))));
  clearInterval(watch);
  if (!['done', 'failed'].includes(events.at(-1)?.type ?? ''))
    throw new Error(`The trainer ended (${code}) without a last word: ${said.slice(-2000)}`);
  return { events, first: held[0]!, most: Math.max(...held), peak };
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
