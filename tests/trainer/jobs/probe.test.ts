import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { onnxRuntimeVersion } from '../../../main/trainer/executors/onnx/runtime.ts';
import { contenders, faster } from '../../../main/trainer/jobs/probe.ts';
import { type ExecutorId, type ExecutorReport, executorId } from '../../../shared/contract/executor.ts';
import { reasonText } from '../../../shared/domain/executor-reasons.ts';
import { ofType, serve } from '../support/serve.ts';
import { TINY, writeTinyBackbone } from '../support/tiny-backbone.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'enxerto-probe-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('ONNX Runtime is found, right and timed; what cannot be here says why and what to do', async () => {
  const path = join(folder, 'manifest.json');
  writeFileSync(
    path,
    JSON.stringify({
      version: 1,
      job: 'probe',
      executors: executorId.options.filter((id) => id.startsWith('onnx')),
      backbone: TINY,
      files: { folder, cache: folder, backbones: await writeTinyBackbone(join(folder, 'backbones')) },
      runtime: { threads: 1, executor: 'auto' },
    }),
  );
  const trainer = serve(path);
  expect(await trainer.end).toMatchObject({ type: 'done' });
  const reports = ofType(trainer.events, 'probed').map((event) => event.report);
  expect(ofType(trainer.events, 'probing').map((event) => event.executor)).toEqual(
    reports.map((report) => report.id),
  );
  const [reference, ...others] = reports;
  expect(reference).toMatchObject({ id: 'onnx', usable: true, code: null, scaled: false });
  expect(reference!.version).toMatch(/^ONNX Runtime \d+\.\d+/);
  expect(reference!.difference).toBeLessThan(1e-3);
  expect(reference!.forwardRate).toBeGreaterThan(0);
  expect(reference!.trainingRate).toBeGreaterThan(0);
  expect(others.map((each) => each.id)).toEqual(['onnx-cuda', 'onnx-directml', 'onnx-coreml', 'onnx-webgpu']);
  for (const report of others.filter((each) => !each.usable)) {
    expect(report.code).not.toBeNull();
    const said = reasonText(report.reason!, 'en');
    expect(said).not.toBe('');
    expect(said, 'words for a reader, not places in the source').not.toMatch(/\.cc:\d|::|\{/);
  }
  const elsewhere = others.filter((each) => each.code === 'otherSystem').map((each) => each.id);
  if (process.platform === 'linux') expect(elsewhere).toEqual(['onnx-directml', 'onnx-coreml']);
});

test.skipIf(process.platform !== 'linux' || process.arch !== 'x64')(
  'an executor that wants a process to itself is passed over among others, and tried alone',
  async () => {
    const libraries = join(folder, 'libraries');
    const version = onnxRuntimeVersion();
    mkdirSync(libraries);
    for (const name of [`.so.${version}`, '_providers_cuda.so', '_providers_shared.so'])
      writeFileSync(join(libraries, `libonnxruntime${name}`), '');
    const backbones = await writeTinyBackbone(join(folder, 'backbones'));
    const eventsOf = async (executors: readonly ExecutorId[]) => {
      const path = join(folder, 'manifest.json');
      const files = { folder, cache: folder, backbones, libraries: [libraries] };
      const runtime = { threads: 1, executor: 'auto' };
      writeFileSync(
        path,
        JSON.stringify({ version: 1, job: 'probe', executors, backbone: TINY, files, runtime }),
      );
      const trainer = serve(path);
      expect(await trainer.end).toMatchObject({ type: 'done' });
      return trainer.events;
    };
    const among = await eventsOf(['onnx-cuda', 'onnx-coreml']);
    expect(ofType(among, 'apart').map(({ executor }) => executor)).toEqual(['onnx-cuda']);
    expect(ofType(among, 'probed').map(({ report }) => report.id)).toEqual(['onnx-coreml']);
    const alone = await eventsOf(['onnx-cuda']);
    expect(ofType(alone, 'apart')).toEqual([]);
    expect(ofType(alone, 'probed').map(({ report }) => report.id)).toEqual(['onnx-cuda']);
  },
);

const measured = (
  id: ExecutorId,
  forwardRate: number | null,
  trainingRate: number | null,
): ExecutorReport => ({
  id,
  title: id,
  usable: trainingRate !== null,
  version: '1',
  device: null,
  code: null,
  reason: null,
  remedy: 'none',
  difference: 0,
  forwardRate,
  trainingRate,
  scaled: false,
});

test('executors near the fastest in training or in forward passes are measured again, others are not', () => {
  const reports = [
    measured('onnx', 400, 30),
    measured('openvino', 390, 52),
    measured('tfjs-tensorflow', 60, 33),
    measured('tfjs-wasm', 30, 1),
    measured('tfjs-webgpu', null, null),
  ];
  expect(contenders(reports).map(({ id }) => id)).toEqual(['onnx', 'openvino', 'tfjs-tensorflow']);
  expect(contenders(reports.filter(({ id }) => id === 'onnx' || id === 'tfjs-wasm'))).toEqual([]);
  expect(contenders([])).toEqual([]);
});

test('of two measurements the higher rates are kept; an executor that fails the second time is not used', () => {
  const [busy, idle] = [measured('openvino', 390, 26), measured('openvino', 380, 52)];
  expect(faster(busy, idle)).toMatchObject({ usable: true, forwardRate: 390, trainingRate: 52 });
  expect(faster(idle, measured('openvino', null, null)).usable).toBe(false);
});
