import { NetworkError } from './errors.ts';
import type { Node } from './types.ts';

/** What these read beside their first input is a weight in every network that is made for images. */
const weighted: ReadonlySet<string> = new Set([
  'Conv',
  'ConvTranspose',
  'Gemm',
  'BatchNormalization',
  'InstanceNormalization',
  'LayerNormalization',
]);

/**
 * The refusal of a network that was exported without its weights, null for any other: some weights are among the values
 * that `isGiven` says must come from elsewhere. PyTorch leaves them so by `export_params=False`, other programs when a
 * copy of the network is saved without what belongs to it.
 */
export function lostWeights(
  nodes: readonly Node[],
  isGiven: (value: string) => boolean,
): NetworkError | null {
  const read = nodes
    .filter(({ operator }) => weighted.has(operator))
    .flatMap(({ inputs }) => inputs.slice(1));
  const lost = [...new Set(read)].filter((value) => value !== '' && isGiven(value));
  const [value] = lost;
  if (value === undefined) return null;
  return new NetworkError(
    'INVALID_GRAPH',
    `The file has the network's structure without its weights: ${lost.length} are missing, "${value}" first. Export it again with them: from PyTorch without export_params=False, from Keras by model.export("network.onnx", format="onnx"), with tf2onnx from a SavedModel (--saved-model).`,
    { reason: 'lostWeights', params: { count: lost.length, value } },
  );
}
