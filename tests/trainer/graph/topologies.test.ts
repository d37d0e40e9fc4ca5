import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { writeOnnx } from '../../../main/trainer/graph/onnx-writer.ts';
import { specialise } from '../../../main/trainer/graph/specialise.ts';
import { floatTensor } from '../../../main/trainer/graph/tensor.ts';
import type { FloatTensor } from '../../../main/trainer/graph/types.ts';
import { maxDifference } from '../support/run.ts';
import { seededFloats, seededProjections } from '../support/seeded.ts';
import {
  distance,
  heldParameters,
  loadTopology,
  references,
  seededImages,
  topologies,
  topologyFile,
} from '../support/topologies.ts';

/** Logits of a file as ONNX Runtime computes them, for each batch of images. */
async function runFile(bytes: Uint8Array, batches: readonly FloatTensor[]): Promise<readonly FloatTensor[]> {
  const session = await InferenceSession.create(bytes, {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
    graphOptimizationLevel: 'basic',
  });
  const results: FloatTensor[] = [];
  for (const images of batches) {
    const input = new RuntimeTensor('float32', images.data, images.dims);
    const logits = (await session.run({ images: input })).logits!;
    results.push(floatTensor(logits.dims, logits.data as Float32Array));
  }
  await session.release();
  return results;
}

describe('seeded numbers', () => {
  it('are those of seeded.py', () => {
    expect([...seededFloats('stem.weight', [4], 0.25, 0.1).data]).toEqual([
      0.30508869886398315, 0.15803232789039612, 0.17010006308555603, 0.31292402744293213,
    ]);
    expect([...seededFloats('é', [2], 1, 0.5).data]).toEqual([0.5268023014068604, 0.8979432582855225]);
    const projections = seededProjections('stem.weight', seededFloats('x', [5]).data);
    expect(projections.slice(0, 4)).toEqual([
      0.17017972469329834, -1.0345686674118042, 0.03737795352935791, -1.9741426706314087,
    ]);
  });

  it('measure how far an array is from one of which only the sketch is known', () => {
    const [there, here] = [seededFloats('a', [20, 30]), seededFloats('b', [20, 30])];
    const sketch = { norm: 1, projections: seededProjections('w', there.data) };
    const off = floatTensor(
      [20, 30],
      there.data.map((value, at) => value + 1e-3 * here.data[at]!),
    );
    const exact = 1e-3 * Math.hypot(...here.data);
    const held = { parameter: 'w', dims: [20, 30] };
    expect(distance(there, held, sketch).difference).toBeLessThan(1e-6);
    expect(distance(off, held, sketch).difference / exact).toBeGreaterThan(0.6);
    expect(distance(off, held, sketch).difference / exact).toBeLessThan(1.5);
  });
});

describe.each(topologies)('%s from the %s exporter', (name, exporter) => {
  it('computes the same when read and written again, with the batch left open', async () => {
    const { images, logits, parameters } = references(name);
    const held = new Set([...heldParameters(name, exporter).values()].map(({ parameter }) => parameter));
    expect([...parameters.keys()].filter((parameter) => !held.has(parameter))).toEqual([]);
    const batches = [seededImages(name, 1), images, seededImages(name, 3)];
    const original = await runFile(topologyFile(name, exporter), batches);
    const size = 1 + Math.max(...logits.data.map(Math.abs));
    expect(maxDifference(original[1], logits) / size).toBeLessThan(1e-4);
    const graph = specialise(loadTopology(name, exporter), {
      inputs: new Map([['images', ['N', ...images.dims.slice(1)]]]),
    });
    const unknown = [...graph.types].filter(([, type]) => type.dims === null).map(([value]) => value);
    expect(unknown).toEqual([]);
    const again = await runFile(writeOnnx(graph), batches);
    for (const [at, result] of again.entries())
      expect(maxDifference(result, original[at]) / size).toBeLessThan(1e-5);
  });
});
