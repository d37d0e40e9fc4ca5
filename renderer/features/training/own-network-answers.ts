import type { Grant } from '../../../shared/contract/project.ts';
import type { AdoptBackbone } from '../../../shared/contract/training.ts';

/** The one that proves itself comes first. */
export const scalings = ['reference', 'imagenet', 'symmetric', 'lite', 'unit', 'bytes', 'centred'] as const;
export const orders = ['found', 'rgb', 'bgr'] as const;
export const checks = ['values', 'top1'] as const;

/** What the person has said of a network so far. */
export interface Answers {
  readonly network: Grant | null;
  /** Weights of their own, in place of those of the network's file. */
  readonly weights: Grant | null;
  readonly name: string;
  readonly scaling: (typeof scalings)[number] | null;
  readonly order: (typeof orders)[number];
  readonly reference: Grant | null;
  readonly images: Grant | null;
  readonly check: (typeof checks)[number];
  /** Side that it was trained at, where its file takes any. */
  readonly size: number | null;
  readonly licence: string;
  readonly trainedOn: string;
  readonly knownBias: string;
}

export const unanswered: Answers = {
  network: null,
  weights: null,
  name: '',
  scaling: null,
  order: 'rgb',
  reference: null,
  images: null,
  check: 'values',
  size: null,
  licence: '',
  trainedOn: '',
  knownBias: '',
};

/** A name as files can bear it: letters without accents, digits, - and _. */
export function idOf(name: string): string {
  const plain = name.normalize('NFD').replaceAll(/\p{Mark}/gu, '');
  return plain
    .trim()
    .replaceAll(/[^\w-]+/g, '_')
    .slice(0, 60);
}

const said = (text: string) => text.trim() || null;

/** What is asked of the engine; null while something that must be said is missing. */
export function requestOf(answers: Answers): AdoptBackbone | null {
  const { network, weights, reference, images, scaling, name, order, check, size } = answers;
  const isProved = scaling === 'reference';
  if (network === null || scaling === null || name.trim() === '' || (isProved && reference === null))
    return null;
  return {
    network: network.id,
    weights: weights?.id ?? null,
    reference: isProved ? (reference?.id ?? null) : null,
    referenceImages: isProved ? (images?.id ?? null) : null,
    check,
    id: idOf(name),
    name: name.trim(),
    scaling: isProved ? null : scaling,
    order: order === 'found' ? null : order,
    mean: null,
    std: null,
    size,
    features: null,
    licence: said(answers.licence),
    trainedOn: said(answers.trainedOn),
    knownBias: said(answers.knownBias),
  };
}
