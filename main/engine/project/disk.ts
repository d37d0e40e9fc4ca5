import { rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locking } from '../db/connection.ts';
import { openForReading, openForWriting } from '../db/connection.ts';

/** File systems reached over a network or a driver in user space, by their number in `statfs` on Linux. */
const remoteFileSystems = new Set([
  0x6969, // NFS
  0xff534d42, // CIFS
  0xfe534d42, // SMB 2
  0x517b, // SMB
  0x65735546, // FUSE: sshfs, gvfs, most cloud drives
  0x01021997, // 9P: folders shared into a virtual machine
  0x5346414f, // AFS
  0x00c36400, // Ceph
]);
/** FAT and exFAT: what memory sticks carry. */
const stickFileSystems = new Set([0x4d44, 0x2011bab0]);

/**
 * Whether the database may be shared by several connections here. WAL needs memory shared through a file, which
 * network shares do not give and sticks may lose when they are pulled out: there one connection locks the file
 * as a whole. Told by the kind of file system where the system names it, by the path of a Windows share, and
 * otherwise by trying two connections in this very folder.
 */
export async function lockingFor(
  folder: string,
  platform: NodeJS.Platform = process.platform,
): Promise<Locking> {
  if (platform === 'win32' && /^(\\\\|\/\/)(?![?.][\\/])/.test(folder)) return 'exclusive';
  if (platform === 'linux') {
    const { type } = await statfs(folder);
    const unsigned = type >>> 0;
    if (remoteFileSystems.has(unsigned) || stickFileSystems.has(unsigned)) return 'exclusive';
    return 'normal';
  }
  return trySharing(folder);
}

/** Two connections to a database of one row: what one writes the other must see. */
export async function trySharing(folder: string): Promise<Locking> {
  const file = join(folder, `.sharing-${process.pid}.db`);
  try {
    const writer = openForWriting(file);
    try {
      writer.exec('CREATE TABLE probe (value INTEGER)');
      const reader = openForReading(file);
      try {
        writer.db.run('INSERT INTO probe (value) VALUES (1)');
        const seen = reader.db.get<{ value: number }>('SELECT value FROM probe');
        return seen?.value === 1 ? 'normal' : 'exclusive';
      } finally {
        reader.close();
      }
    } finally {
      writer.close();
    }
  } catch {
    return 'exclusive';
  } finally {
    for (const suffix of ['', '-wal', '-shm', '-journal']) await rm(file + suffix, { force: true });
  }
}
