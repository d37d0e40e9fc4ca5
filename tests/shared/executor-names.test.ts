import { describe, expect, it } from 'vitest';
import { releaseOf } from '../../shared/contract/executor.ts';

describe('the version of what computes, as it is shown', () => {
  it('leaves out the commit and the branch that a build adds', () => {
    expect(releaseOf('2026.4.1-22982-e213a147257-releases/2026/4')).toBe('2026.4.1');
  });

  it('keeps everything else', () => {
    for (const version of [
      'ONNX Runtime 1.30.0',
      'TensorFlow.js 4.22.0, TensorFlow 2.21.0',
      '2026.4.1-rc1',
      '',
    ])
      expect(releaseOf(version)).toBe(version);
  });
});
