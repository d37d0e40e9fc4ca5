import { describe, expect, it } from 'vitest';
import { GRADIENT_DOMAIN } from '../../../main/trainer/autodiff/gradient-operators.ts';
import { lowerGraph } from '../../../main/trainer/executors/lowerings/lower.ts';
import { GraphBuilder } from '../../../main/trainer/graph/builder.ts';
import { floatTensor } from '../../../main/trainer/graph/tensor.ts';
import { runGraph } from '../support/run.ts';

/** A rounding step of the largest bound below; nothing in float32 lies closer to it. */
const HAIR = 2 ** -21;
const clips = [
  { low: 0, high: 6 },
  { low: -0.5, high: 0.75 },
  // No float lies in the middle of these.
  { low: 0.1, high: 0.7 },
];

/** The gradient of an activation's result `y`, in the form of this name; null where that form does not fit. */
async function gradient(
  operator: 'ReluGradient' | 'ClipGradient',
  form: string,
  y: readonly number[],
  bounds: readonly number[],
): Promise<readonly number[] | null> {
  const builder = new GraphBuilder();
  for (const name of ['dy', 'y']) builder.input(name, { dtype: 'float32', dims: [y.length] });
  const inputs = ['dy', 'y', ...bounds.map((bound) => builder.scalar(bound))];
  const result = builder.op(operator, inputs, { domain: GRADIENT_DOMAIN });
  let found = false;
  const lowered = lowerGraph(builder.finish(form, [result]), {}, (_operator, candidates) => {
    const wanted = candidates.find(({ name }) => name === form);
    found = wanted !== undefined;
    return wanted ?? candidates[0]!;
  });
  const outputs = await runGraph(lowered.graph, {
    dy: floatTensor(
      [y.length],
      Float32Array.from(y, (_, at) => at + 2),
    ),
    y: floatTensor([y.length], Float32Array.from(y)),
  });
  // Without the sign of zeros.
  return found ? Array.from(outputs.get(result)!.data as Float32Array, (value) => value + 0) : null;
}

describe('gradients of activations, in every form', () => {
  it.each(['mask of y > 0', 'steep ramp above 0'])('Relu as %s', async (form) => {
    const y = [0, 2 ** -126, 1e-7, 1, 1e30];
    expect(await gradient('ReluGradient', form, y, [])).toEqual([0, 3, 4, 5, 6]);
  });

  it.each(
    ['unchanged by a narrower clip', 'steep ramps inside the bounds', 'mask of low < y < high'].flatMap(
      (form) => clips.map((clip) => ({ form, ...clip })),
    ),
  )('Clip between $low and $high as $form', async ({ form, low, high }) => {
    const y = [low, low + HAIR, (low + high) / 2, high - HAIR, high].map(Math.fround);
    const found = await gradient('ClipGradient', form, y, [low, high]);
    const isInexact = low === 0.1 && form.startsWith('steep');
    expect(found).toEqual(isInexact ? null : [0, 3, 4, 5, 0]);
  });
});
