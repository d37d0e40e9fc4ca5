import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('the trainer starts where no optional package could be installed', async () => {
  const program = resolve(import.meta.dirname, '../../fixtures/trainer/without-native-packages.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: 50_000 });
  expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toMatchObject({
    onnx: 'available',
    'tfjs-wasm': 'available',
    'tfjs-cpu': 'available',
    'tfjs-tensorflow': 'notInstalled',
    'tfjs-webgpu': 'notLoadable',
  });
});
