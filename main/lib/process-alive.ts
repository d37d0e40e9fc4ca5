import { readFileSync } from 'node:fs';
import { systemCode } from './file-failure.ts';

/**
 * Whether a process of this computer is running. One that has ended and that nobody has taken notice of yet (a zombie,
 * usual in containers, whose first process does not care for orphans) is not, though the system still answers for it.
 */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, but belongs to somebody else.
    return systemCode(error) === 'EPERM';
  }
  return process.platform !== 'linux' || !isZombie(pid);
}

function isZombie(pid: number): boolean {
  try {
    // `pid (name) state …`; a name may hold brackets and blanks, what follows it may not.
    const status = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return /^[ZX]/.test(status.slice(status.lastIndexOf(')') + 2));
  } catch {
    // Gone in the meantime, or hidden from this user: the system's answer counts.
    return false;
  }
}
