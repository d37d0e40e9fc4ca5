import { GraphBuilder } from '../../graph/builder.ts';
import type { Graph, Node } from '../../graph/types.ts';
import { type Lowering, LoweringContext, type Window } from '../lowerings/batch-major/registry.ts';
import type { StateVariable } from '../types.ts';

/**
 * Operators that take most of a step and whose forms differ by how much they move, not by what stands beside them.
 * Elementwise ones are computed in one pass with their neighbours: alone they would be judged wrongly.
 */
const tuned: ReadonlySet<string> = new Set([
  'Conv',
  'ConvInputGradient',
  'ConvWeightGradient',
  'MaxPoolGradient',
]);

/** An operator at one shape, and the forms that it can be written in. */
export interface FormCase {
  /** What is compared, as findings remember it. */
  readonly comparison: string;
  /** The form that would be taken unmeasured. */
  readonly usual: Lowering;
  readonly candidates: readonly Lowering[];
  readonly node: Node;
  readonly window: Window;
  /** Shapes of its inputs as they lie in the layout; null for one that it does without. */
  readonly inputs: readonly (readonly number[] | null)[];
}

/** The case that a node is; null where there is nothing to compare. */
export function formCase(
  operator: string,
  candidates: readonly Lowering[],
  usual: Lowering,
  at: LoweringContext,
): FormCase | null {
  if (candidates.length < 2 || !tuned.has(operator) || usual.isCertain) return null;
  const { window } = at;
  const inputs = at.inputs.map((input) => (input === '' ? null : at.dims(input)));
  const shapes = inputs.map((dims) => dims?.join('×') ?? 'none').join(', ');
  const { kernel, strides, dilations, before, after, group } = window;
  const settings = { kernel, strides, dilations, pads: [...before, ...after], group, of: window.input };
  const told = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  const names = candidates.map(({ name }) => name).join(' | ');
  const comparison = `${operator} of ${shapes} (${told.join('; ')}): ${names}`;
  return { comparison, usual, candidates, node: at.node, window, inputs };
}

/** A name that no value of a form has. */
const BEFORE = 'result before';

/**
 * One form alone, as a graph whose inputs stay with the program and whose result takes the place of one of them: nothing
 * but the form itself is timed.
 */
export function formGraph(
  { node, window, inputs }: FormCase,
  form: Lowering,
): { readonly graph: Graph; readonly state: readonly StateVariable[] } {
  const builder = new GraphBuilder();
  const names = inputs.map((dims, index) =>
    dims === null ? '' : builder.input(`input ${index}`, { dtype: 'float32', dims }),
  );
  const result = form.lower(new LoweringContext(builder, node, names, window));
  builder.input(BEFORE, builder.typeOf(result));
  const next = builder.alias(result, 'result');
  const state = [...names.filter((name) => name !== '').map((name) => ({ name })), { name: BEFORE, next }];
  return { graph: builder.finish(form.name, [next]), state };
}
