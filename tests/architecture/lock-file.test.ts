import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { missingPackages, readLockFile } from '../config/lock-file.ts';

describe('the lock file', () => {
  it('holds the packages of every system, so that `npm ci` works on each (else: node tests/config/lock-file.ts)', async () => {
    const lock = await readLockFile(resolve(import.meta.dirname, '../../package-lock.json'));
    expect(missingPackages(lock).map(({ path }) => path)).toEqual([]);
  });

  it('notices one that is missing', () => {
    const packages = {
      'node_modules/a': {
        version: '1.0.0',
        dev: true,
        optionalDependencies: { '@a/win32-x64-msvc': '1.0.0', '@a/b': '^1' },
      },
    };
    expect(missingPackages({ packages })).toEqual([
      {
        path: 'node_modules/@a/win32-x64-msvc',
        version: '1.0.0',
        optional: true,
        dev: true,
        os: ['win32'],
        cpu: ['x64'],
      },
    ]);
  });
});
