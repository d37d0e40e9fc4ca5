import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openVino } from '../../../main/shell/setup/openvino-facts.ts';
import { loadExecutor } from '../../../main/trainer/executors/catalogue.ts';
import { findOpenVino } from '../../../main/trainer/executors/openvino/files.ts';
import { LOOKED_THROUGH } from '../../../main/trainer/executors/openvino/library.ts';
import { attributes, int } from '../../../main/trainer/graph/attributes.ts';
import { GraphBuilder } from '../../../main/trainer/graph/builder.ts';
import { floatTensor } from '../../../main/trainer/graph/tensor.ts';
import { expectAdaptedMobileNet } from '../support/parity/adapted.ts';
import { executorAtHand, libraryFolders } from '../support/parity/at-hand.ts';
import { describeForms } from '../support/parity/forms.ts';
import { describeNetworks } from '../support/parity/networks.ts';
import { describeOperators } from '../support/parity/operators.ts';
import { accumulator, describeMemory, describePrograms } from '../support/parity/programs.ts';
import { expectStepOfPyTorch } from '../support/parity/whole-networks.ts';

/**
 * One network of each kind: depthwise convolutions, residual sums, attention, skip connections that a cut goes through; both
 * exporters, optimisers and layouts.
 */
const networks = [
  { name: 'mobilenetv2', exporter: 'legacy', layout: 'automatic', optimiser: 'sgd' },
  { name: 'mobilenetv2', exporter: 'dynamo', layout: 'batch-major', optimiser: 'adamw' },
  { name: 'resnet18', exporter: 'dynamo', layout: 'automatic', optimiser: 'sgd' },
  { name: 'vit-tiny', exporter: 'legacy', layout: 'automatic', optimiser: 'adamw' },
  { name: 'unet', exporter: 'legacy', layout: 'automatic', optimiser: 'sgd', frozen: 'encoder' },
] as const;

/** Functions whose callers free what they return; `__cxa_demangle` and the like included, whatever stands before them. */
const allocating = [
  'strdup',
  'strndup',
  'wcsdup',
  'realpath',
  'canonicalize_file_name',
  'asprintf',
  'getline',
  'getdelim',
  'getcwd',
  'get_current_dir_name',
  'tempnam',
  'scandir',
  'open_memstream',
  'cxa_demangle',
];

const { executor, skipped } = await executorAtHand('openvino');

describe.skipIf(!executor)(`the openvino executor${skipped}`, () => {
  if (!executor) {
    it('agrees with the reference', () => undefined);
    return;
  }
  describePrograms(executor);
  describeMemory(executor);
  const conditions = { libraries: libraryFolders, threads: 1 };
  describeForms((findings) => loadExecutor('openvino', { ...conditions, findings }));
  it.each([
    ['depthwise kernels that change', 'position-major', { changes: true, group: 8 }],
    ['dense kernels that change', 'batch-major', { changes: true, group: 1 }],
    ['constant kernels', 'batch-major', { changes: false, group: 8 }],
  ] as const)('lays maps of %s %s', async (_kernels, layout, { changes, group }) => {
    const builder = new GraphBuilder();
    const image = builder.input('image', { dtype: 'float32', dims: [2, 8, 14, 14] });
    const dims = [8, 8 / group, 3, 3];
    const kernels = changes
      ? builder.input('kernels', { dtype: 'float32', dims })
      : builder.constant(floatTensor(dims, new Float32Array((8 * 8 * 9) / group)));
    const result = builder.op('Conv', [image, kernels], { attributes: attributes({ group: int(group) }) });
    const graph = builder.finish('convolution', [result]);
    const state = changes ? [{ name: kernels }] : [];
    const program = await executor.compile(graph, { state, threads: 1 });
    expect(program.choices).toMatchObject({ layout });
    await program.dispose();
  });
  describeOperators(executor, ['batch-major', 'channel-major', 'position-major']);
  describeNetworks(executor);

  it.each(networks)(
    '$name, $exporter exporter, $layout: loss, gradients and a step of $optimiser are PyTorch’s',
    (network) => expectStepOfPyTorch(executor, network),
    120_000,
  );

  it.each([
    ['legacy', 'automatic'],
    ['dynamo', 'batch-major'],
  ] as const)(
    'steps of MobileNetV2 by the batch’s statistics are PyTorch’s (%s exporter, %s)',
    (exporter, layout) => expectAdaptedMobileNet(executor, { exporter, layout }),
  );

  it.skipIf(`${process.platform}-${process.arch}` !== 'linux-x64')(
    'has a plugin that frees nothing which C functions allocated, so that it may have an allocator of its own',
    async () => {
      expect(LOOKED_THROUGH).toBe(openVino.version);
      const files = await findOpenVino(libraryFolders);
      const plugin = files!.plugins.find((name) => name.includes('cpu_plugin'))!;
      const imports = await readFile(join(files!.folder, plugin));
      const names = (list: readonly string[]) => list.filter((name) => imports.includes(`${name}\0`));
      expect(names(['malloc', 'posix_memalign', 'free'])).toHaveLength(3);
      expect(names(allocating)).toEqual([]);
    },
  );

  it('gives back the memory of what was compiled and run', async () => {
    const size = 2 ** 20;
    const use = async () => {
      const program = await executor.compile(accumulator(size), {
        state: [{ name: 'sum', next: 'sum.next' }],
        threads: 1,
      });
      await program.setState(new Map([['sum', floatTensor([size], new Float32Array(size))]]));
      await program.run(new Map([['x', floatTensor([1, size], new Float32Array(size))]]), ['sum.next']);
      await program.dispose();
      return process.memoryUsage().rss;
    };
    // The allocator keeps what the first ones needed.
    for (let round = 0; round < 10; round++) await use();
    const before = await use();
    for (let round = 0; round < 30; round++) await use();
    // A round uses 12 MB of native memory (a feed, two buffers of state); 30 that are kept would be 360 MB.
    expect((await use()) - before).toBeLessThan(60e6);
  }, 60_000);
});
