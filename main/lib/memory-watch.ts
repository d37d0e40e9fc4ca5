import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';

/** Watches how much memory a process has left while it runs. */
export interface MemoryWatch {
  /** Whether hardly any was left lately. */
  readonly wasLow: () => boolean;
  readonly stop: () => void;
}

const INTERVAL_MS = 250;
/** A process may be gone for a moment before anybody hears of it. */
const LATELY_MS = 1000;
/** Of the machine, of the container or of the process's own limit. */
const LOW = 0.05;

/** Watches a process from now on; `pid` null: only the machine it runs on. */
export function watchMemory(pid: number | null): MemoryWatch {
  let lowAt = Number.NEGATIVE_INFINITY;
  const look = () => {
    if (Math.min(leftOfMachine(), leftOfLimits(pid)) < LOW) lowAt = performance.now();
  };
  const timer = setInterval(look, INTERVAL_MS).unref();
  return {
    wasLow: () => performance.now() - lowAt <= LATELY_MS,
    stop: () => clearInterval(timer),
  };
}

/** The part of the machine's memory, or of the container's, that is free. macOS counts none of what it could free at once. */
function leftOfMachine(): number {
  if (process.platform === 'darwin') return 1;
  // Where nothing constrains it, an impossibly large number or 0.
  const total = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  return process.availableMemory() / total;
}

/** What a process may take by limits of its own (`ulimit`), by the names of the kernel, and what it has. */
const limits = [
  [/^Max data size\s+(\d+)/m, /^VmData:\s+(\d+) kB/m],
  [/^Max address space\s+(\d+)/m, /^VmSize:\s+(\d+) kB/m],
] as const;

/** The part that is left of the limit it is nearest to; 1 where there is none, or none that can be read (not Linux, gone). */
function leftOfLimits(pid: number | null): number {
  if (pid === null || process.platform !== 'linux') return 1;
  try {
    const allowed = readFileSync(`/proc/${pid}/limits`, 'utf8');
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const left = limits.map(([most, held]) => {
      const [limit, kilobytes] = [most.exec(allowed)?.[1], held.exec(status)?.[1]];
      return limit && kilobytes ? 1 - (1024 * Number(kilobytes)) / Number(limit) : 1;
    });
    return Math.min(...left);
  } catch {
    return 1;
  }
}
