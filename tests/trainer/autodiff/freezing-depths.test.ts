import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { tensorBytes } from '../../../main/trainer/graph/tensor.ts';
import type { Graph } from '../../../main/trainer/graph/types.ts';
import { topologies } from '../support/topologies.ts';
import { openTopology, stepGraph, type Topology } from '../support/train-topology.ts';

/**
 * What every value of a graph is computed from, as a digest: equal digests are the same operators on the same values,
 * whatever the nodes are called. The network's inputs and weights stand for themselves.
 */
function digests(graph: Graph, network: Graph): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  const digest = (parts: readonly (string | Uint8Array)[]) => {
    const hash = createHash('sha1');
    for (const part of parts) hash.update(part).update('\0');
    return hash.digest('base64');
  };
  for (const { name } of graph.inputs) known.set(name, name);
  for (const [name, value] of graph.initializers)
    known.set(
      name,
      network.initializers.has(name) ? name : digest([value.dtype, value.dims.join(), tensorBytes(value)]),
    );
  for (const node of graph.nodes) {
    const attributes = JSON.stringify([...node.attributes].sort(([a], [b]) => (a < b ? -1 : 1)));
    const inputs = node.inputs.map((input) => known.get(input) ?? '');
    const whole = digest([node.domain, node.operator, attributes, ...inputs]);
    for (const [index, output] of node.outputs.entries()) known.set(output, `${whole}.${index}`);
  }
  return known;
}

/** Nodes and values that depend on one of these parameters, by name. */
function dependents(graph: Graph, parameters: readonly string[]): ReadonlySet<string> {
  const found = new Set(parameters);
  for (const node of graph.nodes)
    if (node.inputs.some((input) => found.has(input)))
      for (const name of [node.name, ...node.outputs]) found.add(name);
  return found;
}

/** At most this many depths a network, the deepest and the shallowest among them. */
const DEPTHS = 4;

/** Parameters from a block on, for blocks from the second to the last: what a freezing panel offers. */
function depths({ network, referenceOf }: Topology): readonly (readonly string[])[] {
  const blockOf = (name: string) => referenceOf(name).name.split('.').slice(0, 2).join('.');
  const starts = network.parameters.flatMap((name, at, all) =>
    at > 0 && blockOf(name) !== blockOf(all[at - 1]!) ? [at] : [],
  );
  const chosen = Array.from({ length: DEPTHS }, (_, at) =>
    Math.round((at * (starts.length - 1)) / (DEPTHS - 1)),
  );
  return [...new Set(chosen)].map((at) => network.parameters.slice(starts[at]));
}

// Every network once, its exporters in turn: that both import alike is tested with the graphs.
const cases = [...new Map(topologies)].map(([name], at) => {
  const exporters = topologies.filter((topology) => topology[0] === name);
  return exporters[at % exporters.length]!;
});

describe('a network frozen up to a block', () => {
  it.each(cases)(
    '%s, %s exporter: trains the rest exactly as the whole network does, and touches nothing below',
    (name, exporter) => {
      const topology = openTopology(name, exporter);
      const { graph } = topology.network;
      const whole = stepGraph(topology, 'sgd');
      const expected = digests(whole.graph, graph);
      for (const parameters of depths(topology)) {
        const part = stepGraph(topology, 'sgd', parameters);
        const found = digests(part.graph, graph);
        const changed = part.state.map((variable) => variable.next);
        expect(new Set(part.state.map((variable) => variable.parameter))).toEqual(new Set(parameters));
        for (const value of [part.loss, part.logits, ...changed])
          expect(found.get(value), value).toBe(expected.get(value));
        const active = dependents(part.graph, parameters);
        const differentiated = part.graph.nodes.flatMap((node) => {
          const end = node.name.indexOf('/gradient/');
          return end < 0 ? [] : [node.name.slice(0, end)];
        });
        expect(differentiated.length).toBeGreaterThan(0);
        expect(differentiated.filter((origin) => !active.has(origin))).toEqual([]);
      }
    },
    120_000,
  );
});
