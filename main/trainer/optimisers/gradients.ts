import { attributes, int } from '../graph/attributes.ts';
import type { GraphBuilder } from '../graph/builder.ts';

/** Gradients by weight. */
export type Gradients = ReadonlyMap<string, string>;

const scalarType = { dtype: 'float32', dims: [] } as const;

/** Gradients gathered over several batches, and the values that carry them from one to the next. */
export interface GatheredGradients {
  /** Mean over the batches so far: after the last one the gradient of all of them as one batch. */
  readonly gradients: Gradients;
  /** Scalar input: 0 in the first batch of a step, 1 in the others. */
  readonly carry: string;
  /** Scalar input: 1 in the last batch of a step, 0 in the others. */
  readonly apply: string;
  /** Sums carried along: input, the value that replaces it, and the weight whose gradient it sums (null: the shares). */
  readonly sums: readonly {
    readonly name: string;
    readonly next: string;
    readonly parameter: string | null;
  }[];
  /** `updated` in the last batch of a step, `old` in the others. */
  readonly whenApplied: (updated: string, old: string) => string;
}

/**
 * Sums Σ shareᵢ·gᵢ and Σ shareᵢ over batches, whose ratio is the gradient of the weighted mean over all their samples,
 * whatever padding or weights each batch has: every gᵢ is the gradient of a mean with the divisor shareᵢ.
 */
export function gatherGradients(
  builder: GraphBuilder,
  gradients: Gradients,
  share: string,
): GatheredGradients {
  const carry = builder.input('enxerto.gather.carry', scalarType);
  const apply = builder.input('enxerto.gather.apply', scalarType);
  const sum = (name: string, value: string, parameter: string | null) => {
    const old = builder.input(name, { dtype: 'float32', dims: builder.dims(value) });
    const kept = builder.op('Mul', [old, carry]);
    return { name, next: builder.alias(builder.op('Add', [kept, value]), `${name}.next`), parameter };
  };
  const shares = sum('enxerto.gather.share', share, null);
  const perShare = builder.op('Div', [builder.scalar(1), shares.next]);
  const sums = [...gradients].map(([parameter, gradient]) =>
    sum(`${parameter}.gradientSum`, builder.op('Mul', [gradient, share]), parameter),
  );
  const applied = builder.op('Greater', [apply, builder.scalar(0.5)]);
  return {
    gradients: new Map(sums.map(({ parameter, next }) => [parameter!, builder.op('Mul', [next, perShare])])),
    carry,
    apply,
    sums: [shares, ...sums],
    whenApplied: (updated, old) => builder.op('Where', [applied, updated, old]),
  };
}

/**
 * Adds the gradient of strength/2·‖w − start‖² (with `start` absent: of strength/2·‖w‖²). Over the pretrained weights and
 * the head's this is L2-SP (Li, Grandvalet & Davoine 2018); the penalty itself is not part of the loss that is reported.
 */
export function pulledBack(
  builder: GraphBuilder,
  at: { readonly parameter: string; readonly gradient: string; readonly start: string | null },
  strength: number,
): string {
  const distance = at.start === null ? at.parameter : builder.op('Sub', [at.parameter, at.start]);
  return builder.op('Add', [at.gradient, builder.op('Mul', [distance, builder.scalar(strength)])]);
}

/** The length of all gradients as one vector. */
export function globalNorm(builder: GraphBuilder, gradients: Gradients): string {
  const squares = [...gradients.values()].map((gradient) =>
    builder.op('ReduceSumSquare', [gradient], { attributes: attributes({ keepdims: int(0) }) }),
  );
  return builder.op('Sqrt', [squares.length === 1 ? squares[0]! : builder.op('Sum', squares)]);
}

/** All gradients times min(1, limit ÷ norm), as torch's clip_grad_norm_ with its 1e-6. */
export function clipped(builder: GraphBuilder, gradients: Gradients, norm: string, limit: number): Gradients {
  const ratio = builder.op('Div', [builder.scalar(limit), builder.op('Add', [norm, builder.scalar(1e-6)])]);
  const scale = builder.op('Min', [ratio, builder.scalar(1)]);
  return new Map([...gradients].map(([name, gradient]) => [name, builder.op('Mul', [gradient, scale])]));
}

/**
 * One step of a running average: average + rate·(weight − average). The rate is an input, so that one graph serves
 * exponential averages (torch.optim.swa_utils.get_ema_avg_fn), their warm-up and bias correction, and equal ones (SWA).
 */
export function averaged(builder: GraphBuilder, average: string, weight: string, rate: string): string {
  const change = builder.op('Mul', [builder.op('Sub', [weight, average]), rate]);
  return builder.op('Add', [average, change]);
}
