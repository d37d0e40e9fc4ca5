import { describe, expect, it } from 'vitest';
import { type NextAttempt, nextAttempt } from '../../../main/engine/jobs/attempts.ts';
import type { TrainerOutcome } from '../../../main/engine/jobs/trainer-session.ts';
import type { ExecutorId, ExecutorReport } from '../../../shared/contract/executor.ts';
import type { ErrorParams } from '../../../shared/domain/errors.ts';

const first = { manifest: 'manifest.json', resume: false };

function runtime(training: ExecutorId, wanted: ExecutorId | 'auto' = 'auto') {
  const used = [{ id: training, title: `the ${training}` } as ExecutorReport];
  const roles = { forward: 'onnx' as const, training };
  return { threads: 2, executor: wanted, decision: { roles, why: 'fastest' as const, used, notUsed: [] } };
}

const failed = (code: string, params: ErrorParams = {}): TrainerOutcome => ({
  kind: 'failed',
  error: { code, message: 'It failed.', params },
});
const crashed = (signal: NodeJS.Signals, lowMemory = false): TrainerOutcome => ({
  kind: 'crashed',
  exit: { code: null, signal },
  lowMemory,
});

describe('after a failed attempt', () => {
  it.each([
    [crashed('SIGKILL'), runtime('onnx')],
    [crashed('SIGKILL'), runtime('openvino')],
    [crashed('SIGABRT'), runtime('onnx')],
    [crashed('SIGABRT'), runtime('openvino', 'openvino')],
    [crashed('SIGSEGV', true), runtime('openvino', 'openvino')],
  ])('a run goes on with fewer images each time that the system ended it', (outcome, how) => {
    let start: NextAttempt['start'] = first;
    for (const smaller of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) {
      const next = nextAttempt(outcome, start, how);
      expect(next).toMatchObject({
        start: { resume: true, smaller },
        line: { code: 'TRAIN_ENDED_BY_SYSTEM' },
      });
      expect(next!.start).not.toHaveProperty('executor');
      start = next!.start;
    }
    expect(nextAttempt(crashed('SIGKILL'), start, runtime('onnx'))).toBeNull();
  });

  it('one that had tried several sizes tries fewer images in a new process, one that had not has no way on', () => {
    const tried = failed('OUT_OF_MEMORY', { fewest: 1, first: 8 });
    const next = nextAttempt(tried, first, runtime('openvino'));
    expect(next).toMatchObject({ start: { resume: true, smaller: 1 }, line: { code: 'TRAIN_NEW_PROCESS' } });
    expect(nextAttempt(tried, next!.start, runtime('openvino'))).toMatchObject({ start: { smaller: 2 } });
    const began = failed('OUT_OF_MEMORY', { fewest: 1, first: 1 });
    expect(nextAttempt(began, first, runtime('openvino'))).toBeNull();
    // Not in training: what the system says of a file or an image.
    expect(nextAttempt(failed('OUT_OF_MEMORY'), first, runtime('openvino'))).toBeNull();
  });

  it('one whose executor aborts again goes on with another', () => {
    const again = nextAttempt(crashed('SIGABRT'), first, runtime('openvino'))!;
    const other = nextAttempt(crashed('SIGABRT'), again.start, runtime('openvino'))!;
    expect(other).toMatchObject({ start: { executor: 'onnx' }, line: { code: 'TRAIN_WITHOUT_EXECUTOR' } });
    expect(nextAttempt(crashed('SIGABRT'), other.start, runtime('openvino'))).toMatchObject({
      start: { executor: 'onnx', smaller: 2 },
    });
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
