import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { machineFingerprint } from '../../../main/engine/computing/fingerprint.ts';
import { probeExecutors } from '../../../main/engine/computing/probe.ts';
import { measureIfChanged, runtimeFor } from '../../../main/engine/computing/service.ts';
import { createEngine, type Engine } from '../../../main/engine/engine.ts';
import { computingOf } from '../../../main/engine/training/estimate.ts';
import { findingsFile } from '../../../main/engine/training/libraries.ts';
import { createLog } from '../../../main/lib/log.ts';
import { type ExecutorChoice, type ExecutorId, executorId } from '../../../shared/contract/executor.ts';
import { scriptedLauncher } from '../../fixtures/trainer/scripted-launcher.ts';

let folder: string;
let engine: Engine | null = null;
const forced = process.env.ENXERTO_EXECUTOR;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'enxerto-computing-'));
  delete process.env.ENXERTO_EXECUTOR;
});
afterEach(async () => {
  await engine?.close();
  engine = null;
  process.env.ENXERTO_EXECUTOR = forced;
  rmSync(folder, { recursive: true });
});

const launches: string[] = [];
function launcher() {
  launches.length = 0;
  const real = scriptedLauncher(() => 'honest');
  const launch = (id: string) => {
    launches.push(id);
    return real.launch(id);
  };
  return { launch };
}

const surroundings = () => ({
  launcher: launcher(),
  userData: folder,
  resources: join(folder, 'resources'),
  ids: { next: () => `id${launches.length}` },
  log: createLog({ folder: join(folder, 'logs'), name: 'test' }),
});

test('an executor that crashes and one that hangs are reported as that, and the rest is tried all the same', async () => {
  const steps: (ExecutorId | null)[] = [];
  const reports = await probeExecutors(surroundings(), {
    threads: 1,
    libraries: [],
    signal: new AbortController().signal,
    onStep: (step) => steps.push(step.executor),
    patience: 4000,
  });
  const byId = new Map(reports.map((report) => [report.id, report]));
  const ids = reports.map(({ id }) => id);
  expect(ids, 'shown in one order, whatever was tried when').toEqual(
    executorId.options.filter((id) => ids.includes(id)),
  );
  expect(byId.get('onnx')).toMatchObject({ usable: true, trainingRate: 20 });
  expect(byId.get('onnx-webgpu')).toMatchObject({ usable: false, code: 'crashed' });
  expect(byId.get('onnx-webgpu')?.reason).toMatchObject({
    why: 'processEnded',
    params: { how: expect.stringContaining('SIGSEGV') },
  });
  expect(byId.get('openvino')).toMatchObject({ usable: true, trainingRate: 45 });
  expect(byId.get('tfjs-wasm')).toMatchObject({ usable: false, code: 'timedOut' });
  expect(byId.get('tfjs-cpu')).toMatchObject({ usable: false, code: 'wrongNumbers' });
  expect(byId.get('onnx-cuda')).toMatchObject({ usable: false, code: 'noDevice' });
  expect(steps).toEqual(['onnx', 'onnx-webgpu', 'openvino', 'tfjs-wasm', 'tfjs-cpu', 'onnx-cuda']);
  expect(launches, 'one process, one more after each failure, and one that was asked for').toHaveLength(4);
  expect(readdirSync(join(folder, 'machine')), 'nothing is left behind').toEqual([]);
});

test('stopping ends the measurement', async () => {
  const stop = new AbortController();
  const work = probeExecutors(surroundings(), {
    threads: 1,
    libraries: [],
    signal: stop.signal,
    onStep: ({ executor }) => executor === 'tfjs-wasm' && stop.abort(),
    patience: 60_000,
  });
  await expect(work).rejects.toMatchObject({ code: 'CANCELLED' });
});

test('the machine is measured again when its libraries, its threads or the program change, and only then', async () => {
  const libraries = join(folder, 'libraries');
  mkdirSync(join(libraries, 'openvino'), { recursive: true });
  const now = (change: { version?: string; threads?: number } = {}) =>
    machineFingerprint({
      version: '1',
      threads: 2,
      libraries: [libraries, join(folder, 'absent')],
      ...change,
    });
  const first = await now();
  expect(await now()).toBe(first);
  expect(await now({ version: '2' })).not.toBe(first);
  expect(await now({ threads: 1 })).not.toBe(first);
  const library = join(libraries, 'openvino', 'libopenvino.so');
  writeFileSync(library, 'library');
  const withLibrary = await now();
  expect(withLibrary).not.toBe(first);
  utimesSync(library, 1, 1);
  expect(await now(), 'another build of the same size').not.toBe(withLibrary);
});

async function start(): Promise<Engine> {
  engine = await createEngine({
    version: '0.0.0',
    userData: folder,
    documents: folder,
    resources: join(folder, 'resources'),
    systemLanguage: 'en',
    launcher: launcher(),
  });
  return engine;
}

test('a measurement is kept, used without another, and repeated when asked', {
  timeout: 120_000,
}, async () => {
  const { client, context } = await start();
  mkdirSync(dirname(findingsFile(context)), { recursive: true });
  writeFileSync(findingsFile(context), '{}');
  expect(await client.computing.state()).toMatchObject({
    executors: null,
    choice: 'auto',
    decision: { why: 'only', roles: { training: 'onnx' } },
  });
  const seen: string[] = [];
  for await (const step of await client.computing.measure()) {
    seen.push(step.type);
    if (step.type === 'done')
      expect(step.result.decision?.roles).toEqual({ forward: 'onnx', training: 'openvino' });
  }
  expect(seen).toContain('progress');
  expect(seen.at(-1)).toBe('done');
  expect(existsSync(findingsFile(context)), 'the fastest forms are found anew as well').toBe(false);
  await engine?.close();
  const again = await start();
  const state = await again.client.computing.state();
  expect(state).toMatchObject({ measuring: null, decision: { why: 'fastest' } });
  expect(state.executors?.length).toBeGreaterThan(3);
  expect(launches).toEqual([]);
  const gain = async (wanted?: ExecutorChoice) => (await computingOf(again.context, wanted)).speedup.training;
  expect(await gain(), 'training is estimated with what will compute it').toBe(45 / 20);
  expect([await gain('onnx'), await gain('openvino'), await gain('auto')]).toEqual([1, 45 / 20, 45 / 20]);
  await again.client.system.updateSettings({ executor: 'tfjs-cpu' });
  const forcedState = await again.client.computing.state();
  expect(forcedState, 'wrong, so never used, and nothing else instead').toMatchObject({
    choice: 'tfjs-cpu',
    decision: null,
  });
  process.env.ENXERTO_EXECUTOR = 'openvino';
  expect((await again.client.computing.state()).decision?.roles.forward).toBe('openvino');
});

test('a folder of libraries is remembered by its path and shown by its name', async () => {
  const { client, context } = await start();
  process.env.ENXERTO_EXECUTOR = 'onnx';
  const own = join(folder, 'my runtimes');
  mkdirSync(own);
  const grant = context.grants.give('folder', own).id;
  expect((await client.computing.chooseLibraries({ folder: grant })).libraries).toBe('my runtimes');
  expect(context.settings.get().libraries).toBe(own);
  expect(await client.system.settings(), 'the page knows no paths').not.toHaveProperty('libraries');
  expect((await client.computing.chooseLibraries({ folder: null })).libraries).toBeNull();
  expect(existsSync(own)).toBe(true);
  await expect(
    client.system.updateSettings({ libraries: '/' } as never),
    'nor can it make one up',
  ).rejects.toMatchObject({ code: 'BAD_REQUEST' });
});

test('a name of an executor that does not exist is refused wherever it counts, with those that do', async () => {
  process.env.ENXERTO_EXECUTOR = 'onx';
  const { client, context } = await start();
  const refusal = {
    code: 'EXECUTOR_UNAVAILABLE',
    message: expect.stringContaining('auto, onnx, onnx-cuda'),
  };
  await expect(runtimeFor(context)).rejects.toMatchObject({ ...refusal, params: { executor: 'onx' } });
  await expect(client.computing.state()).rejects.toMatchObject(refusal);
  await expect(computingOf(context, undefined)).rejects.toMatchObject(refusal);
  // The studio starts all the same, and does not go looking for what nobody has chosen.
  measureIfChanged(context);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(launches).toEqual([]);
  process.env.ENXERTO_EXECUTOR = '';
  expect((await client.computing.state()).choice).toBe('auto');
});
