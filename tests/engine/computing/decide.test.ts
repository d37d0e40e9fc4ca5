import { describe, expect, it } from 'vitest';
import { decide } from '../../../main/engine/computing/decide.ts';
import type { ExecutorReport } from '../../../shared/contract/executor.ts';
import type { StudioError } from '../../../shared/domain/errors.ts';
import { executorReason } from '../../../shared/domain/executor-reasons.ts';

const report = (id: ExecutorReport['id'], change: Partial<ExecutorReport> = {}): ExecutorReport => ({
  id,
  title: id.toUpperCase(),
  usable: true,
  version: '1',
  device: null,
  code: null,
  reason: null,
  remedy: 'none',
  difference: 1e-6,
  forwardRate: 100,
  trainingRate: 10,
  scaled: false,
  ...change,
});

describe('the choice of executors', () => {
  it('takes the fastest that is right for each kind of program, and says why not the others', () => {
    const wrong = report('tfjs-cpu', {
      usable: false,
      code: 'wrongNumbers',
      trainingRate: 900,
      forwardRate: 900,
    });
    const made = decide('auto', [
      report('onnx', { forwardRate: 200, trainingRate: 20 }),
      report('openvino', { forwardRate: 150, trainingRate: 45 }),
      report('tfjs-tensorflow', { forwardRate: 90, trainingRate: 8 }),
      wrong,
    ]);
    expect(made.roles).toEqual({ forward: 'onnx', training: 'openvino' });
    expect(made.why).toBe('fastest');
    expect(made.used.map((each) => each.id)).toEqual(['onnx', 'openvino']);
    expect(made.notUsed.map((each) => each.id)).toEqual(['tfjs-tensorflow', 'tfjs-cpu']);
    expect(made.notUsed.at(-1)).toEqual(wrong);
  });

  it('stays with the reference where the difference is within what timings vary by', () => {
    const made = decide('auto', [
      report('onnx'),
      report('openvino', { forwardRate: 109, trainingRate: 10.9 }),
    ]);
    expect(made.roles).toEqual({ forward: 'onnx', training: 'onnx' });
  });

  it('keeps to one of those that cannot share a process: the one that trains fastest', () => {
    const card = report('onnx-cuda', { forwardRate: 900, trainingRate: 300 });
    const other = (id: ExecutorReport['id']) => report(id, { forwardRate: 1000, trainingRate: 200 });
    for (const id of ['tfjs-tensorflow-gpu', 'onnx-webgpu'] as const)
      expect(decide('auto', [report('onnx'), card, other(id)]).roles).toEqual({
        forward: 'onnx-cuda',
        training: 'onnx-cuda',
      });
    expect(decide('auto', [report('onnx'), card, other('openvino')]).roles.forward).toBe('openvino');
  });

  it('has the reference where nothing was measured, or where measuring it failed', () => {
    expect(decide('auto', null)).toMatchObject({ roles: { forward: 'onnx', training: 'onnx' }, why: 'only' });
    expect(decide('onnx', null).why).toBe('forced');
    const broken = report('onnx', { usable: false, code: 'timedOut', forwardRate: null, trainingRate: null });
    const slow = report('tfjs-wasm', { forwardRate: 2, trainingRate: 0.4 });
    expect(decide('auto', [broken, slow]).roles).toEqual({ forward: 'onnx', training: 'onnx' });
  });

  it('gives a forced one both parts, however slow it is', () => {
    const slow = report('tfjs-wasm', { forwardRate: 1, trainingRate: 0.1 });
    const made = decide('tfjs-wasm', [report('onnx'), slow]);
    expect(made).toMatchObject({ roles: { forward: 'tfjs-wasm', training: 'tfjs-wasm' }, why: 'forced' });
  });

  it('refuses a forced one that cannot be used, with the reason and what to do', () => {
    const gone = report('openvino', {
      usable: false,
      code: 'notInstalled',
      reason: executorReason('librariesMissing', { library: 'OpenVINO', folders: '/opt/libraries' }),
      remedy: 'setupOpenvino',
    });
    const refused = (reports: ExecutorReport[] | null) => {
      try {
        decide('openvino', reports);
      } catch (error) {
        return error as StudioError;
      }
      throw new Error('It was not refused.');
    };
    expect(refused([report('onnx'), gone]).code).toBe('EXECUTOR_UNAVAILABLE');
    expect(refused([report('onnx'), gone]).message).toContain(
      'The libraries of OpenVINO are in none of the folders that were searched: /opt/libraries.',
    );
    expect(refused([report('onnx'), gone]).message).toContain('npm run setup:openvino');
    const step = (id: 'onnx-cuda' | 'tfjs-tensorflow-gpu', remedy: ExecutorReport['remedy']) => {
      const missing = report(id, {
        usable: false,
        code: 'notInstalled',
        reason: executorReason('failed'),
        remedy,
      });
      try {
        decide(id, [report('onnx'), missing]);
      } catch (error) {
        return (error as StudioError).message;
      }
      throw new Error('It was not refused.');
    };
    expect(step('onnx-cuda', 'setupCuda')).toContain('npm run setup:cuda,');
    expect(step('tfjs-tensorflow-gpu', 'setupTensorflowCuda')).toContain('setup:tensorflow -- --cuda,');
    expect(refused(null).message).toContain('has not been measured');
  });
});
