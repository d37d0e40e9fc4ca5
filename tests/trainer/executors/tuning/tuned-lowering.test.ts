import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { usualForm } from '../../../../main/trainer/executors/lowerings/batch-major/registry.ts';
import { createOnnxExecutor } from '../../../../main/trainer/executors/onnx/executor.ts';
import { type Findings, openFindings } from '../../../../main/trainer/executors/tuning/findings.ts';
import { lowerTuned } from '../../../../main/trainer/executors/tuning/tuned-lowering.ts';
import type { CompileOptions, Program } from '../../../../main/trainer/executors/types.ts';
import { attributes, int, ints } from '../../../../main/trainer/graph/attributes.ts';
import { GraphBuilder } from '../../../../main/trainer/graph/builder.ts';
import type { Graph } from '../../../../main/trainer/graph/types.ts';
import { openTopology, stepGraph } from '../../support/train-topology.ts';

/** One depthwise convolution with kernels that change: two forms channel-major. */
function depthwise(): { readonly graph: Graph; readonly options: CompileOptions } {
  const builder = new GraphBuilder();
  const image = builder.input('image', { dtype: 'float32', dims: [2, 8, 14, 14] });
  const kernels = builder.input('kernels', { dtype: 'float32', dims: [8, 1, 3, 3] });
  const settings = attributes({ group: int(8), pads: ints([1, 1, 1, 1]) });
  const result = builder.op('Conv', [image, kernels], { attributes: settings });
  return {
    graph: builder.finish('convolution', [result]),
    options: { state: [{ name: kernels }], threads: 1, layout: 'channel-major' },
  };
}

/** Milliseconds on the clock that the forms are timed by: it shows their times exactly, as no machine's does. */
let time = 0;

/** Runs nothing, but takes so many milliseconds for each way to write the graph; those without a time fail. */
function clockwork(times: Readonly<Record<string, number>>) {
  const tried: string[] = [];
  const opens = async ({ name }: Graph): Promise<Program> => {
    tried.push(name);
    const took = times[name];
    if (took === undefined) throw new Error(`${name} cannot be run.`);
    return {
      choices: {},
      run: async () => {
        time += took;
        return new Map();
      },
      state: async () => new Map(),
      setState: async () => undefined,
      dispose: async () => undefined,
    };
  };
  return { opens, tried };
}

const [usual, other] = ['banded product', 'grouped by image and channel'] as const;

async function formOf(
  times: Readonly<Record<string, number>>,
  findings: Findings,
): Promise<{ readonly form: string | undefined; readonly tried: readonly string[] }> {
  const { graph, options } = depthwise();
  const { opens, tried } = clockwork(times);
  const lowered = await lowerTuned(graph, options, { layouts: [], choose: usualForm }, { findings, opens });
  return { form: lowered.choices.Conv, tried };
}

describe('the form of an operator', () => {
  beforeEach(() => void vi.spyOn(performance, 'now').mockImplementation(() => time));
  afterEach(() => vi.restoreAllMocks());

  it.each([
    ['the usual one where it is the fastest', { [usual]: 5, [other]: 20 }, usual],
    ['another where that is clearly faster', { [usual]: 20, [other]: 5 }, other],
    ['the usual one where both are alike', { [usual]: 20, [other]: 19.5 }, usual],
    ['the usual one where the other cannot be run', { [usual]: 20 }, usual],
    ['the other where the usual one cannot be run', { [other]: 20 }, other],
    ['the usual one where none can be run', {}, usual],
  ])('is %s', async (_which, times, expected) => {
    expect((await formOf(times, await openFindings(null))).form).toBe(expected);
  });

  it('is not compared again, nor where what is known names it', async () => {
    const findings = await openFindings(null);
    await formOf({ [usual]: 20, [other]: 5 }, findings);
    const [[comparison, best] = ['', '']] = Object.entries(findings.used());
    expect(best).toBe(other);
    expect(await formOf({ [usual]: 5, [other]: 20 }, findings)).toEqual({ form: other, tried: [] });
    const told = await openFindings(null, { before: { [comparison]: usual } });
    expect(await formOf({ [usual]: 20, [other]: 5 }, told)).toEqual({ form: usual, tried: [] });
  });

  it('of which nothing is known that exists is compared', async () => {
    const findings = await openFindings(null);
    await formOf({ [usual]: 20, [other]: 5 }, findings);
    const [comparison = ''] = Object.keys(findings.used());
    const odd = await openFindings(null, { before: { [comparison]: 'no such form' } });
    // Nothing is timed for it, but it is computed all the same.
    expect((await formOf({}, odd)).form).toBe(usual);
  });

  it('what is out of the question is run once', async () => {
    let runs = 0;
    const { graph, options } = depthwise();
    const { opens } = clockwork({ [usual]: 2, [other]: 40 });
    const counting = async (one: Graph): Promise<Program> => {
      const program = await opens(one);
      const run: Program['run'] = (...all) => {
        if (one.name === other) runs++;
        return program.run(...all);
      };
      return { ...program, run };
    };
    const findings = await openFindings(null);
    await lowerTuned(graph, options, { layouts: [], choose: usualForm }, { findings, opens: counting });
    expect(runs).toBe(1);
  });
});

describe('a step of a network', () => {
  const layouts = ['batch-major', 'channel-major', 'position-major'] as const;
  const { graph, state } = stepGraph(openTopology('mobilenetv2', 'legacy'), 'sgd');

  it('is laid in the layout that is the fastest, which is remembered by the network’s structure', async () => {
    const findings = await openFindings(null);
    const names: string[] = [];
    let told = 0;
    const tuning = {
      findings: { ...findings, tell: () => void told++ },
      opens: async (lowered: Graph): Promise<Program> => {
        names.push(lowered.name);
        throw new Error('Nothing can be run.');
      },
    };
    const habits = { layouts, choose: usualForm };
    const first = await lowerTuned(graph, { state, threads: 1 }, habits, tuning);
    expect(first.choices.layout).toBe('channel-major');
    expect(names.filter((name) => name === graph.name)).toHaveLength(3);
    expect(told).toBeGreaterThan(5);
    const [comparison = ''] = Object.keys(findings.used());
    expect(comparison).toMatch(/^a graph of \d+ nodes \([0-9a-f]{16}\): batch-major \| channel-major/);
    const known = await openFindings(null, { before: { [comparison]: 'position-major' } });
    const second = await lowerTuned(graph, { state, threads: 1 }, habits, { ...tuning, findings: known });
    expect(second.choices.layout).toBe('position-major');
  });

  it('is timed for real once, and gives the same choices afterwards', async () => {
    let told = 0;
    const findings = await openFindings(null, { tell: () => void told++ });
    const executor = createOnnxExecutor({ name: 'timed', provider: 'cpu', findings });
    const first = await executor.compile(graph, { state, threads: 1 });
    const [comparisons, known] = [told, Object.keys(findings.used()).length];
    expect(known).toBeGreaterThan(5);
    const second = await executor.compile(graph, { state, threads: 1 });
    expect(second.choices).toEqual(first.choices);
    expect([told, Object.keys(findings.used()).length]).toEqual([comparisons, known]);
    await first.dispose();
    await second.dispose();
  }, 60_000);
});
