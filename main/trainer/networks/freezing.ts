import { cutAt } from '../graph/cut.ts';
import { NetworkError } from '../graph/errors.ts';
import type { Graph } from '../graph/types.ts';
import type { BackboneCard } from './card.ts';
import { FEATURES, stageMeanName } from './features.ts';

/** Which blocks of a backbone are trained: everything from `firstTrainable` (a stage's name) on, or only the head (null). */
export interface FreezingPlan {
  readonly firstTrainable: string | null;
}

/** A backbone divided into what is run once and cached, and what is trained. */
export interface FrozenSplit {
  /** Stages below the cut, and above it, in order. */
  readonly frozen: readonly string[];
  readonly trainable: readonly string[];
  /** Values that are cached, and fed to the part above; the network's input when nothing is frozen. */
  readonly cut: readonly string[];
  /** Computes the cut values; null when nothing is frozen. */
  readonly prefix: Graph | null;
  /** Computes the features from the cut values; null when only the head is trained (the features are the cut). */
  readonly suffix: Graph | null;
}

/** The plans a backbone offers, from the head alone down to the whole network; what a freezing panel lists. */
export function freezingPlans(card: BackboneCard): readonly FreezingPlan[] {
  const stages = [...card.stages].reverse();
  return [{ firstTrainable: null }, ...stages.map((stage) => ({ firstTrainable: stage.name }))];
}

/**
 * Divides a feature graph (from `featureGraph`) as a plan says. Where features come from several stages, the means
 * of frozen stages are cut values too. UNKNOWN_VALUE for a stage the card lacks.
 */
export function splitForTraining(features: Graph, card: BackboneCard, plan: FreezingPlan): FrozenSplit {
  const names = card.stages.map((stage) => stage.name);
  if (plan.firstTrainable === null) {
    return { frozen: names, trainable: [], cut: [FEATURES], prefix: features, suffix: null };
  }
  const first = names.indexOf(plan.firstTrainable);
  if (first < 0)
    throw new NetworkError('UNKNOWN_VALUE', `${card.name} has no stage "${plan.firstTrainable}".`);
  if (first === 0) return { frozen: [], trainable: names, cut: [card.input], prefix: null, suffix: features };
  const below = card.stages.slice(0, first);
  const means = below.map((stage) => stageMeanName(stage.name)).filter((mean) => features.types.has(mean));
  const cut = [...below.at(-1)!.outputs, ...means];
  return { frozen: names.slice(0, first), trainable: names.slice(first), cut, ...cutAt(features, cut) };
}
