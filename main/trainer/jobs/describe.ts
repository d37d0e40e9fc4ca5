import { basename } from 'node:path';
import type { NetworkLayer, NetworkReport } from '../../../shared/contract/network.ts';
import { checkNetwork } from '../graph/check.ts';
import { NetworkError } from '../graph/errors.ts';
import { lostWeights } from '../graph/lost-weights.ts';
import { openOnnx } from '../graph/onnx-file.ts';
import { specialise } from '../graph/specialise.ts';
import type { Dim, Graph, ValueInfo } from '../graph/types.ts';
import { withConstantScaling } from '../networks/image-scaling.ts';
import { importWeights } from '../networks/import-weights.ts';
import { estimateCut, type Layer, layerTree } from '../networks/layer-tree.ts';
import { stagesOf } from '../networks/survey.ts';
import { readWeights } from '../networks/weights-file.ts';

/** Pixels a side where the file leaves the image size open: what most networks were trained with. */
const USUAL_SIZE = 224;

/** Reads an .onnx file and says what it consists of; NetworkError where it, or a weights file with it, cannot be taken. */
export async function describeNetwork(file: string, weights?: string): Promise<NetworkReport> {
  const { graph: raw } = await openOnnx(file);
  checkNetwork(raw);
  const image = imageInput(raw);
  const dims = fixedSize(image);
  const whole = specialise(raw, { inputs: new Map([[image.name, dims]]) });
  const arrays = weights === undefined ? null : await readWeights(weights);
  if (arrays) importWeights(whole, arrays);
  const graph = withConstantScaling(whole);
  const tree = layerTree(graph);
  return {
    name: basename(file),
    input: { name: image.name, dims: [...dims] },
    nodes: graph.nodes.length,
    parameters: tree.parameterCount,
    multiplyAdds: tree.multiplyAdds,
    weights: arrays?.size ?? null,
    layers: [...flattened(tree, 0)],
    stages: stagesOf(graph).map(({ name, outputs }) => {
      const { cachedBytes, activationBytes, parameterCount } = estimateCut(graph, outputs);
      return { name, outputs: [...outputs], cachedBytes, activationBytes, parameters: parameterCount };
    }),
  };
}

function imageInput({ inputs, nodes }: Graph): ValueInfo {
  const lost = lostWeights(nodes, (value) => inputs.some(({ name }) => name === value));
  if (lost) throw lost;
  const image = inputs.find((input) => input.dims?.length === 4 && input.dtype === 'float32');
  if (image === undefined || inputs.length !== 1) {
    const found = inputs.map((input) => `"${input.name}" [${input.dims?.join(', ') ?? '?'}]`).join(' and ');
    throw new NetworkError(
      'INVALID_GRAPH',
      `A network that looks at images has one float32 input [batch, 3, height, width]; this one has ${found || 'none'}.`,
      { reason: 'inputForm', params: { input: image?.name ?? '', form: found || '[]' } },
    );
  }
  return image;
}

function fixedSize({ dims }: ValueInfo): readonly Dim[] {
  return dims!.map((dim, axis) => (axis === 0 ? 'N' : typeof dim === 'number' ? dim : USUAL_SIZE));
}

function* flattened(layer: Layer, depth: number): Generator<NetworkLayer> {
  const { path, name, kind, multiplyAdds, dims, receptiveField, activationBytes, cut } = layer;
  yield {
    path,
    name,
    depth,
    kind,
    parameters: layer.parameterCount,
    multiplyAdds,
    dims: [...dims],
    receptiveField: Number.isFinite(receptiveField) ? Math.round(receptiveField) : null,
    activationBytes,
    cut: cut && [...cut],
  };
  for (const child of layer.children) yield* flattened(child, depth + 1);
}
