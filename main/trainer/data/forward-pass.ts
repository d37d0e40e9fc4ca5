import { StudioError } from '../../../shared/domain/errors.ts';
import { type ForwardBatches, forwardBatches, smallerBatches } from '../executors/batches.ts';
import type { Executor, Program } from '../executors/types.ts';
import { withinMemory } from '../executors/within-memory.ts';
import { foldBatchNormalization } from '../graph/fold-batch-normalization.ts';
import { tensor } from '../graph/tensor.ts';
import type { Graph, Tensor } from '../graph/types.ts';
import { withBatch } from '../networks/attach.ts';
import { PIXELS } from '../networks/input-stage.ts';
import type { RunShape } from './run-shape.ts';

/** What a network says of an image: values by their names. */
export type Said = ReadonlyMap<string, Float32Array>;

/** A network with constant weights that images go through, as many at a time as suits the executor. */
export interface ForwardPass {
  /** Images that are best handed over together. */
  readonly rows: number;
  /** Groups that are best under way together: one waits, so that nothing stands still while answers are taken. */
  readonly width: number;
  /** What the network says of each image (uint8 planes [3, height, width]), `rows` of them at most. */
  readonly answer: (images: readonly Uint8Array[]) => Promise<readonly Said[]>;
  readonly dispose: () => Promise<void>;
}

/** What goes through which part of a network, and who computes it. */
export interface ForwardPlan {
  /** Reads pixels; its batch is open. */
  readonly network: Graph;
  readonly outputs: readonly string[];
  readonly shape: RunShape;
  readonly executor: Executor;
  readonly threads: number;
  /** Images of a run at most; absent: as many as are fastest. */
  readonly most?: number;
  /** So many processes before were ended for want of memory, one after the other: fewer images of a run each time. */
  readonly smaller?: number;
  /** Told where memory was too small for `before` images at a time: from now on fewer go through. */
  readonly onSmaller: (before: number, after: number) => void;
}

/** A program for one size of batches. */
interface Stage {
  readonly batches: ForwardBatches;
  readonly program: Program;
  readonly running: Set<Promise<unknown>>;
  /** When a program that does one run at a time is free. */
  free: Promise<unknown>;
  /** What takes its place once memory was too small. */
  next: Promise<Stage> | null;
}

/** Compiles a network for forward passes; OUT_OF_MEMORY where not even one image at a time fits. */
export async function openForwardPass(plan: ForwardPlan): Promise<ForwardPass> {
  const { executor, threads, most = Number.POSITIVE_INFINITY } = plan;
  const usual = forwardBatches(executor, threads);
  const first = afterEnds(plan, { ...usual, rows: Math.min(usual.rows, most) });
  let stage = await compile(plan, first, first);
  const { rows, lanes } = stage.batches;

  const answer = (images: readonly Uint8Array[]): Promise<readonly Said[]> => {
    let at = stage;
    return withinMemory(
      () => throughStage(plan, at, images),
      async (lack) => {
        // Several may fail together: the first makes the smaller program, and all go on with it.
        at.next ??= replace(plan, at, first, lack);
        stage = at = await at.next;
      },
    );
  };
  return { rows, width: lanes + 1, answer, dispose: () => stage.program.dispose() };
}

/** What to begin with after processes that were ended. */
function afterEnds({ smaller = 0, onSmaller }: ForwardPlan, usual: ForwardBatches): ForwardBatches {
  let batches: ForwardBatches | null = usual;
  for (let end = 0; end < smaller && batches; end++) batches = smallerBatches(batches);
  if (!batches) throw lackOf({ rows: 1, lanes: 1 });
  if (batches !== usual) onSmaller(imagesOf(usual), imagesOf(batches));
  return batches;
}

const imagesOf = ({ rows, lanes }: ForwardBatches) => rows * lanes;

/** Not even one image at a time fits; `first`: what this process began with. */
function lackOf(first: ForwardBatches, cause?: unknown): StudioError {
  return new StudioError(
    'OUT_OF_MEMORY',
    'There is not enough memory to compute with even one image at a time. Close other programs and try again.',
    { fewest: 1, first: imagesOf(first) },
    { cause },
  );
}

/** Compiles for `from` images, or for as many as fit; `first`: what this process began with. */
async function compile(plan: ForwardPlan, from: ForwardBatches, first: ForwardBatches): Promise<Stage> {
  const { network, executor, threads } = plan;
  let batches = from;
  return withinMemory(
    async () => {
      const { rows, lanes } = batches;
      const graph = foldBatchNormalization(withBatch(network, rows));
      const program = await executor.compile(graph, { state: [], threads, lanes });
      return { batches, program, running: new Set(), free: Promise.resolve(), next: null };
    },
    async (lack) => {
      batches = smallerOf(plan, batches, lackOf(first, lack));
    },
  );
}

async function replace(
  plan: ForwardPlan,
  { batches, program, running }: Stage,
  first: ForwardBatches,
  lack: unknown,
): Promise<Stage> {
  const fewer = smallerOf(plan, batches, lackOf(first, lack));
  await Promise.allSettled(running);
  await program.dispose();
  return compile(plan, fewer, first);
}

function smallerOf({ onSmaller }: ForwardPlan, batches: ForwardBatches, lack: StudioError): ForwardBatches {
  const fewer = smallerBatches(batches);
  if (fewer === null) throw lack;
  onSmaller(imagesOf(batches), imagesOf(fewer));
  return fewer;
}

async function throughStage(
  plan: ForwardPlan,
  stage: Stage,
  images: readonly Uint8Array[],
): Promise<readonly Said[]> {
  const { rows } = stage.batches;
  const said: Said[] = [];
  for (let at = 0; at < images.length; at += rows) {
    const part = images.slice(at, at + rows);
    const results = await runOnce(plan, stage, part);
    for (const row of part.keys()) said.push(rowOf(results, row, rows));
  }
  return said;
}

async function runOnce(
  { shape, outputs }: ForwardPlan,
  stage: Stage,
  part: readonly Uint8Array[],
): Promise<ReadonlyMap<string, Tensor>> {
  const { rows, lanes } = stage.batches;
  const feed = tensor('uint8', [rows, 3, shape.height, shape.width], joined(part, rows));
  const start = () => stage.program.run(new Map([[PIXELS, feed]]), outputs);
  const run = lanes > 1 ? start() : stage.free.then(start);
  stage.free = run.catch(() => undefined);
  stage.running.add(run);
  try {
    return await run;
  } finally {
    stage.running.delete(run);
  }
}

/** Pixels of a full batch, one image after the other; missing ones are black: no value depends on how many there are. */
function joined(images: readonly Uint8Array[], rows: number): Uint8Array {
  const [first] = images as readonly [Uint8Array];
  if (rows === 1) return first;
  const all = new Uint8Array(rows * first.length);
  for (const [row, image] of images.entries()) all.set(image, row * first.length);
  return all;
}

function rowOf(results: ReadonlyMap<string, Tensor>, row: number, rows: number): Said {
  return new Map(
    [...results].map(([name, { data }]) => {
      const length = data.length / rows;
      return [name, (data as Float32Array).subarray(row * length, (row + 1) * length)];
    }),
  );
}
