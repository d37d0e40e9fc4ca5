import { describe, expect, it } from 'vitest';
import { nextAttempt } from '../../../main/engine/jobs/attempts.ts';
import type { TrainerOutcome } from '../../../main/engine/jobs/trainer-session.ts';
import type { ExecutorId, ExecutorReport } from '../../../shared/contract/executor.ts';

const first = { manifest: 'manifest.json', resume: false };

function runtime(training: ExecutorId, wanted: ExecutorId | 'auto' = 'auto') {
  const used = [{ id: training, title: `the ${training}` } as ExecutorReport];
  const roles = { forward: 'onnx' as const, training };
  return { threads: 2, executor: wanted, decision: { roles, why: 'fastest' as const, used, notUsed: [] } };
}

const failed = (code: string): TrainerOutcome => ({
  kind: 'failed',
  error: { code, message: 'It failed.', params: {} },
});
const crashed = (signal: NodeJS.Signals): TrainerOutcome => ({
  kind: 'crashed',
  exit: { code: null, signal },
});

describe('after a failed attempt', () => {
  it('a run goes on with less memory where the system ended it, once', () => {
    const next = nextAttempt(crashed('SIGKILL'), first, runtime('onnx'));
    expect(next).toMatchObject({
      start: { resume: true, smaller: true },
      line: { code: 'TRAIN_ENDED_BY_SYSTEM' },
    });
    expect(nextAttempt(crashed('SIGKILL'), next!.start, runtime('onnx'))).toBeNull();
  });

  it('one on WebAssembly takes another process where its memory was too small, others said all they could do', () => {
    const next = nextAttempt(failed('OUT_OF_MEMORY'), first, runtime('tfjs-wasm', 'tfjs-wasm'));
    expect(next).toMatchObject({
      start: { resume: true, smaller: true },
      line: { code: 'TRAIN_NEW_PROCESS' },
    });
    expect(nextAttempt(failed('OUT_OF_MEMORY'), next!.start, runtime('tfjs-wasm', 'tfjs-wasm'))).toBeNull();
    expect(nextAttempt(failed('OUT_OF_MEMORY'), first, runtime('onnx'))).toBeNull();
  });

  it.each([failed('DEVICE_LOST'), failed('EXECUTOR_UNAVAILABLE'), crashed('SIGSEGV')])(
    'what was chosen by its measurement gives way to the reference, what was named does not',
    (outcome) => {
      const next = nextAttempt(outcome, first, runtime('onnx-cuda'));
      expect(next).toMatchObject({
        start: { resume: true, executor: 'onnx' },
        line: { code: 'TRAIN_WITHOUT_EXECUTOR', params: { executor: 'the onnx-cuda' } },
      });
      expect(nextAttempt(outcome, next!.start, runtime('onnx-cuda'))).toBeNull();
      expect(nextAttempt(outcome, first, runtime('onnx-cuda', 'onnx-cuda'))).toBeNull();
      expect(nextAttempt(outcome, first, runtime('onnx'))).toBeNull();
    },
  );

  it('ends for any other reason', () => {
    expect(nextAttempt(failed('NO_SPACE'), first, runtime('openvino'))).toBeNull();
    expect(nextAttempt({ kind: 'cancelled' }, first, runtime('openvino'))).toBeNull();
  });
});
