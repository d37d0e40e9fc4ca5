import type { Graph } from '../../graph/types.ts';
import type { CompileOptions } from '../types.ts';

/** A graph of operators ONNX Runtime has, and what was decided on the way. */
export interface LoweredGraph {
  readonly graph: Graph;
  readonly choices: Readonly<Record<string, string>>;
}

export function lowerGraph(graph: Graph, _options: CompileOptions): LoweredGraph {
  return { graph, choices: {} };
}
