import { readFileSync } from 'node:fs';
import { executorsFor } from '../../../main/trainer/executors/roles.ts';
import { openFindings } from '../../../main/trainer/executors/tuning/findings.ts';
import type { Program } from '../../../main/trainer/executors/types.ts';
import { cutAt } from '../../../main/trainer/graph/cut.ts';
import { foldBatchNormalization } from '../../../main/trainer/graph/fold-batch-normalization.ts';
import { readOnnx } from '../../../main/trainer/graph/onnx-reader.ts';
import { specialise } from '../../../main/trainer/graph/specialise.ts';
import { elementCount, floatTensor } from '../../../main/trainer/graph/tensor.ts';
import type { Graph, Tensor, ValueInfo } from '../../../main/trainer/graph/types.ts';
import { trainableParameters } from '../../../main/trainer/networks/parameters.ts';
import { buildTrainingGraph } from '../../../main/trainer/networks/training-graph.ts';
import type { Network } from '../../../main/trainer/networks/types.ts';
import { executorId } from '../../../shared/contract/executor.ts';
import { createRandom } from '../../../shared/domain/random.ts';
import { libraryFolders } from '../../trainer/support/parity/at-hand.ts';
import { loadTopology } from '../../trainer/support/topologies.ts';
import { median } from '../row.ts';
import type { StepRequest, StepResult } from './measure.ts';

/**
 * One measurement in a process of its own, so that memory is its own and nothing is warm: prints a `StepResult` as JSON.
 * The arguments are a `StepRequest` as JSON, and a file that keeps what was found to be the fastest.
 */
const CLASSES = 10;
const WARM_UP = 3;

function networkOf({ network, file, size, batch, folded, fromBlock }: StepRequest): Network {
  const read = file === undefined ? loadTopology(network, 'legacy') : readOnnx(readFileSync(file));
  const input = read.inputs[0]!.name;
  const fixed = specialise(read, { inputs: new Map([[input, [batch, 3, size, size]]]) });
  const whole = folded ? foldBatchNormalization(fixed) : fixed;
  const graph = fromBlock === null ? whole : cutAt(whole, [inputOfBlock(whole, fromBlock)]).suffix;
  return {
    graph,
    inputs: graph.inputs.map((each) => each.name),
    logits: graph.outputs[0]!.name,
    masks: [],
    parameters: trainableParameters(graph),
  };
}

/** What enters timm's `blocks.K`: the cut below which everything is computed once. */
function inputOfBlock(graph: Graph, block: number): string {
  const first = graph.nodes.find((node) => node.name.includes(`/blocks.${block}/`));
  if (first === undefined) throw new Error(`The network has no blocks.${block}.`);
  return first.inputs[0]!;
}

function noise(input: ValueInfo): Tensor {
  const dims = input.dims as readonly number[];
  const random = createRandom(3);
  return floatTensor(
    dims,
    Float32Array.from({ length: elementCount(dims) }, () => random.uniform() * 2 - 1),
  );
}

/** One step of plain SGD on random data, as the peer's program takes it. */
async function openStep(request: StepRequest): Promise<{ program: Program; run: () => Promise<unknown> }> {
  const { threads, batch } = request;
  // As a training does it: what has several forms is timed first.
  const findings = await openFindings(process.argv[3] ?? null);
  const runtime = { executor: executorId.parse(request.executor), threads };
  const { training: executor } = await executorsFor(runtime, { libraries: libraryFolders }, findings);
  const network = networkOf(request);
  const data = new Map(network.graph.inputs.map((input) => [input.name, noise(input)]));
  if (request.mode === 'forward') {
    const folded = foldBatchNormalization(network.graph);
    const program = await executor.compile(folded, { state: [], threads });
    return { program, run: () => program.run(data, [network.logits]) };
  }
  const training = buildTrainingGraph({
    network,
    batch,
    loss: { kind: 'cross-entropy' },
    optimiser: { kind: 'sgd', momentum: 0, nesterov: false },
    groups: [{ name: 'all', parameters: network.parameters, weightDecay: 0 }],
  });
  const program = await executor.compile(training.graph, { state: training.state, threads });
  await program.setState(new Map(training.state.map((variable) => [variable.name, variable.initial])));
  const target = new Float32Array(batch * CLASSES);
  for (let row = 0; row < batch; row++) target[row * CLASSES + (row % CLASSES)] = 1;
  const scalar = (value: number) => floatTensor([], [value]);
  const feeds = new Map<string, Tensor>([
    ...data,
    [training.target, floatTensor([batch, CLASSES], target)],
    [training.sampleWeight, floatTensor([batch], new Float32Array(batch).fill(1))],
    // Small enough that random weights stay finite over thousands of steps.
    ...[...training.learningRates.values()].map((name): [string, Tensor] => [name, scalar(1e-4)]),
    [training.step, scalar(1)],
  ]);
  return { program, run: () => program.run(feeds, [training.loss]) };
}

async function times(run: () => Promise<unknown>, steps: number): Promise<number[]> {
  const measured: number[] = [];
  for (let step = 0; step < steps; step++) {
    const began = performance.now();
    await run();
    measured.push(performance.now() - began);
  }
  return measured;
}

async function main(): Promise<StepResult> {
  const request = JSON.parse(process.argv[2] ?? '{}') as StepRequest;
  const { program, run } = await openStep(request);
  await times(run, WARM_UP);
  const milliseconds = median(await times(run, request.steps));
  const early = process.memoryUsage.rss();
  if (request.leakSteps > 0) await times(run, request.leakSteps);
  const late = process.memoryUsage.rss();
  const { choices } = program;
  await program.dispose();
  return {
    imagesPerSecond: (request.batch * 1000) / milliseconds,
    milliseconds,
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
    growth: late / early,
    choices,
  };
}

process.stdout.write(`${JSON.stringify(await main())}\n`);
