import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type ExecutorDecision,
  type ExecutorId,
  type ExecutorReport,
  runComputing,
} from '../../../shared/contract/executor.ts';
import { writeSmallRun } from '../support/small-run.ts';
import { train } from '../support/trainer-memory.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'enxerto-computing-'));
});
afterAll(() => rm(root, { recursive: true }));

const report = (id: ExecutorId, title: string, rate: number): ExecutorReport => ({
  ...{ id, title, usable: true, version: '1', device: null, code: null, reason: null, remedy: 'none' },
  ...{ difference: 0, forwardRate: rate, trainingRate: rate, scaled: false },
});

it('the record of a run that goes on with another executor keeps what all were measured to be, and says why', async () => {
  const { path, manifest } = await writeSmallRun(root, { images: 8, folds: [] });
  const [onnx, openvino] = [report('onnx', 'ONNX Runtime', 31), report('openvino', 'OpenVINO', 60)];
  const decision: ExecutorDecision = {
    roles: { forward: 'openvino', training: 'openvino' },
    why: 'fastest',
    used: [openvino],
    notUsed: [onnx],
  };
  await writeFile(path, JSON.stringify({ ...manifest, runtime: { ...manifest.runtime, decision } }));
  const { events } = await train(path, null, { manifest: path, resume: true, executor: 'onnx' });
  const end = events.at(-1)!;
  expect(end, JSON.stringify(end)).toMatchObject({ type: 'done' });
  const { computing } = (end as Extract<typeof end, { type: 'done' }>).record;
  expect(runComputing.parse(computing)).toMatchObject({
    training: { id: 'onnx' },
    forward: { id: 'onnx' },
    why: 'replaced',
    measured: [onnx],
    notUsed: [openvino],
  });
});
