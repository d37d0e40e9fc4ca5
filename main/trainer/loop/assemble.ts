import type { Recipe } from '../../../shared/contract/recipe.ts';
import type { RunShape } from '../data/run-shape.ts';
import { floatTensor } from '../graph/tensor.ts';
import type { Tensor } from '../graph/types.ts';
import type { Backbone } from '../networks/backbone.ts';
import { classifierHead } from '../networks/head.ts';
import { smallConvNet } from '../networks/small-conv-net.ts';
import type { Network } from '../networks/types.ts';
import { type Body, buildBody } from './body.ts';
import { onPixels } from './phase-network.ts';

/** How pixels are scaled for a network that has no card of its own; the usual centring to about −1…1. */
export const ownScaling = { mean: [127, 127, 127], std: [128, 128, 128] } as const;

/** The networks of a run: a pretrained body with a head, or one network for everything. */
export interface Assembly {
  readonly body: Body | null;
  /** The head, or the whole network where there is no body; `seed` decides its first weights. */
  readonly head: (seed: number) => Network;
  readonly mean: readonly [number, number, number];
}

/** Puts the networks of a recipe together; the same for training and for using what was trained. */
export function assemble(
  recipe: Recipe,
  backbone: Backbone | null,
  shape: RunShape,
  classes: number,
): Assembly {
  const { dropout, hidden } = recipe.head;
  if (!backbone) {
    const size: readonly [number, number] = [shape.height, shape.width];
    return {
      body: null,
      head: (seed) =>
        onPixels(smallConvNet({ classes, size, dropout, seed, norm: recipe.scratchNorm }), size, ownScaling),
      mean: ownScaling.mean,
    };
  }
  const body = buildBody(backbone, shape, {
    multiLevel: recipe.features === 'multiLevel',
    folded: recipe.foldedBatchNorm,
    adapted: recipe.batchNorm === 'adapted',
  });
  const { features } = body;
  // Placeholders: the statistics of the images that learn take their place.
  const standardise = {
    mean: new Float32Array(features),
    deviation: new Float32Array(features).fill(1),
  };
  return {
    body,
    head: (seed) =>
      classifierHead({
        features,
        classes,
        dropout,
        seed,
        standardise,
        ...(hidden === null ? {} : { hidden }),
      }),
    mean: backbone.card.mean,
  };
}

/** First weights of a model: a linear head starts from zero (no class is preferred), everything else is drawn. */
export function firstWeights(assembly: Assembly, recipe: Recipe, seed: number): Map<string, Tensor> {
  const head = assembly.head(seed);
  const weights = new Map(head.parameters.map((name) => [name, head.graph.initializers.get(name)!]));
  if (assembly.body && recipe.head.hidden === null) {
    for (const [name, { dims, data }] of weights)
      weights.set(name, floatTensor(dims, new Float32Array(data.length)));
  }
  return weights;
}
