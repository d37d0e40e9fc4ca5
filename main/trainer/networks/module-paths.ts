import type { Graph, Node } from '../graph/types.ts';

/** Names of nested modules from the outside in: ['blocks', '2', '0', 'conv_pw']. */
export type ModulePath = readonly string[];

/** With more top-level names than this, those that share a numbered beginning (`block_1_expand`) are put together. */
const FLAT = 12;

/** A Keras layer's name: the block it belongs to, and what it is there. */
const numberedBlock = /^(.*?(?:block|stage|layer|conv|mixed|cell)_?\d+[a-z]?)_(.+)$/;

/**
 * Which module of the original program each node came from. Read from hierarchical node names (PyTorch's older exporter
 * `/blocks/blocks.2/conv_pw/Conv`, the newer one's metadata after `readOnnx`, our own `/blocks/2/conv_pw/Conv`,
 * TensorFlow's `model/block_1_expand/Conv2D`), from the names of weights (`blocks.2.conv_pw.weight`), and where a node
 * says nothing, from the node before it.
 */
export function modulePaths(graph: Graph): ReadonlyMap<Node, ModulePath> {
  const paths = new Map<Node, ModulePath>();
  const byValue = new Map<string, ModulePath>();
  for (const node of graph.nodes) {
    const before = node.inputs.map((input) => byValue.get(input)).find((path) => path !== undefined);
    const path = pathOfWeight(node, graph) ?? pathOfName(node.name) ?? before ?? [];
    paths.set(node, path);
    for (const output of node.outputs) byValue.set(output, path);
  }
  return grouped(withoutCommonStart(paths));
}

function pathOfWeight(node: Node, graph: Graph): ModulePath | undefined {
  if (node.inputs.length < 2) return undefined;
  const weights = node.inputs.slice(1).filter((input) => graph.initializers.has(input));
  const torch = weights.find((input) => /\.weight$/.test(input));
  if (torch !== undefined) return torch.split('.').slice(0, -1);
  // TensorFlow's convolutions are named after the normalisation that was folded into them, their kernels after the layer.
  const kernel = weights
    .map((input) => tensorFlowKernel.exec(input)?.[1])
    .find((layer) => layer !== undefined);
  return kernel?.split('/');
}

/** `model/block_1_expand/convolution/merged_input:0` and `model/predictions/Cast/ReadVariableOp:0`. */
const tensorFlowKernel =
  /^(.+?)(?:\/(?:convolution|Conv2D|Cast|MatMul|depthwise))?\/(?:merged_input|ReadVariableOp)[\w/]*:0$/;

function pathOfName(name: string): ModulePath | undefined {
  const parts = name.split('/').filter((part) => part !== '');
  if (parts.length < 2) return name.startsWith('/') ? [] : undefined;
  if (!name.startsWith('/')) return parts.slice(0, -1);
  return parts.slice(0, -1).flatMap((part, index) => {
    const outer = parts[index - 1];
    // The older exporter repeats the names of the modules around: /blocks/blocks.2/blocks.2.0
    const own = outer !== undefined && part.startsWith(`${outer}.`) ? part.slice(outer.length + 1) : part;
    return own.split('.');
  });
}

/** Leaves out what all nodes share, such as the name of the model around; numbers alone would name nothing. */
function withoutCommonStart(paths: ReadonlyMap<Node, ModulePath>): ReadonlyMap<Node, ModulePath> {
  const long = [...paths.values()].filter((path) => path.length > 0);
  const first = long[0]?.[0];
  const shared =
    first !== undefined &&
    long.some((path) => path.length > 1) &&
    long.every((path) => path[0] === first && !/^\d+$/.test(path[1] ?? ''));
  if (!shared) return paths;
  return withoutCommonStart(new Map([...paths].map(([node, path]) => [node, path.slice(1)])));
}

function grouped(paths: ReadonlyMap<Node, ModulePath>): ReadonlyMap<Node, ModulePath> {
  if (new Set([...paths.values()].map((path) => path[0])).size <= FLAT) return paths;
  return new Map(
    [...paths].map(([node, [first, ...rest]]) => {
      const match = first === undefined ? null : numberedBlock.exec(first);
      if (match) return [node, [match[1]!, match[2]!, ...rest]];
      return [node, first === undefined ? [] : [first, ...rest]];
    }),
  );
}
