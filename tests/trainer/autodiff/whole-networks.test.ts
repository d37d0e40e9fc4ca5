import { describe, it } from 'vitest';
import { onnxExecutor } from '../../../main/trainer/executors/onnx/executor.ts';
import { expectStepOfPyTorch } from '../support/parity/whole-networks.ts';
import { topologies } from '../support/topologies.ts';

/** Large networks whose two files import to the same operators: one of them is enough. */
const once = new Set(['convnext-tiny', 'inception-v3', 'resnet50', 'vgg11']);

// Each exporter's file goes through one layout and one optimiser, so that a network goes through both.
const cases = topologies
  .filter(([name, exporter]) => exporter === 'dynamo' || !once.has(name))
  .map(([name, exporter]) =>
    exporter === 'legacy'
      ? ([name, exporter, 'batch-major', 'adamw'] as const)
      : ([name, exporter, 'channel-major', 'sgd'] as const),
  );

/** Between them these have every kind of convolution, of padding and of pooling that the third layout meets. */
const positionMajor = (
  ['mobilenetv2', 'mobilenetv3', 'efficientnet-lite0', 'convnext-atto', 'resnet18', 'inception-v3'] as const
).map((name) => [name, 'dynamo', 'position-major', 'sgd'] as const);

describe('whole networks', () => {
  it.each([...cases, ...positionMajor])(
    '%s, %s exporter, %s: loss, gradients and a step of %s are PyTorch’s',
    (name, exporter, layout, optimiser) =>
      expectStepOfPyTorch(onnxExecutor, { name, exporter, layout, optimiser }),
    300_000,
  );
});
