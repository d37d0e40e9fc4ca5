import { describe, expect, it } from 'vitest';
import { lowerGraph } from '../../../../main/trainer/executors/lowerings/lower.ts';
import { type Findings, openFindings } from '../../../../main/trainer/executors/tuning/findings.ts';
import { formCase } from '../../../../main/trainer/executors/tuning/form-cases.ts';
import type { CompileOptions, Executor } from '../../../../main/trainer/executors/types.ts';
import type { Graph } from '../../../../main/trainer/graph/types.ts';
import { relativeError } from '../run.ts';
import { FLOOR, gradientGraph, movingCases, referenceOf, results, TOLERANCE } from './operators.ts';

/** Findings by which every operator takes the form of this name wherever it can. */
async function insisting(form: string): Promise<Findings> {
  return { ...(await openFindings(null)), of: () => form };
}

/** Names of the forms that operators of a graph can be timed in. */
function formsOf(graph: Graph, layout: NonNullable<CompileOptions['layout']>): readonly string[] {
  const names = new Set<string>();
  lowerGraph(graph, { layout }, (operator, candidates, at) => {
    for (const { name } of formCase(operator, candidates, candidates[0]!, at)?.candidates ?? [])
      names.add(name);
    return candidates[0]!;
  });
  return [...names];
}

/** Whatever form of an operator is found to be the fastest, its numbers are the reference's. */
export function describeForms(open: (findings: Findings) => Promise<Executor> | Executor): void {
  const cases = (['batch-major', 'channel-major', 'position-major'] as const).flatMap((layout) =>
    movingCases.flatMap((one) => {
      const graph = gradientGraph(one);
      return formsOf(graph, layout).map((form) => ({ name: one.name, layout, form, one, graph }));
    }),
  );
  describe('forms that may be found to be the fastest', () => {
    it.each(cases)('$name, $layout, as $form', async ({ form, layout, one, graph }) => {
      const executor = await open(await insisting(form));
      const expected = await referenceOf(graph, one.feeds);
      const found = await results(executor, graph, one.feeds, layout);
      for (const [name, value] of expected)
        expect(relativeError(found.get(name), value, FLOOR), name).toBeLessThan(TOLERANCE);
    });
  });
}
