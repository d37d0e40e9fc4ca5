import { hash } from 'node:crypto';
import { readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../../lib/atomic-write.ts';
import { findingsRecord } from '../executors/tuning/findings.ts';
import type { Tensor } from '../graph/types.ts';
import { type CardFacts, cardFacts } from '../networks/card.ts';
import { type Batching, batching } from './batching.ts';
import { type Decision, decision } from './decisions.ts';
import { notResumable } from './not-resumable.ts';
import type { PhaseState } from './phase-run.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';
import { noPlateau } from './schedule.ts';

/** A model in the middle of its phases. */
export interface RunningModel {
  /** Position of the model in the run (folds in order, then the final one). */
  readonly model: number;
  readonly phase: number;
  /** Seconds spent on this model so far. */
  readonly seconds: number;
  /** Weights of the phases before. */
  readonly weights: ReadonlyMap<string, Tensor>;
  /** What was decided for it so far. */
  readonly decisions: readonly Decision[];
  readonly state: PhaseState;
}

const position = z.object({
  epoch: z.int(),
  batch: z.int(),
  loss: z.number(),
  right: z.number(),
  seen: z.number(),
  seconds: z.number(),
  best: z.object({ epoch: z.int(), loss: z.number() }).nullable(),
  plateau: z
    .object({ dropped: z.number(), best: z.number().nullable(), stale: z.int() })
    .default({ ...noPlateau }),
  thaw: z.object({ blocks: z.int(), since: z.int(), grown: z.boolean(), refused: z.boolean() }),
});

const schema = z.object({
  version: z.literal(1),
  /** The run's identity: a checkpoint continues this run and no other. */
  manifest: z.string(),
  /** Models that are complete. */
  finished: z.int(),
  /** Absent in checkpoints of earlier versions, which knew the recipe's own only. */
  batching: batching.nullable().default(null),
  /** The pretrained network as the run began with it; absent in checkpoints of earlier versions. */
  backbone: z.object({ id: z.string(), sha256: z.string(), card: cardFacts }).nullable().default(null),
  /** What computed so far, as the run's record tells it: the bits depend on it. */
  computing: z.record(z.string(), z.unknown()).default({}),
  /** What was found to compute fastest, and holds until the run's end; absent in checkpoints of earlier versions. */
  findings: findingsRecord.default({}),
  current: z
    .object({
      model: z.int(),
      phase: z.int(),
      seconds: z.number(),
      position,
      decisions: z.array(decision),
      tensors: z.string().regex(/^[\w.-]+$/),
      /** Of that file; absent in checkpoints of earlier versions. */
      sha256: z.string().nullable().default(null),
    })
    .nullable(),
});

const NAME = 'checkpoint.json';
/** At most this share of the time goes into writing checkpoints, */
const COST_FACTOR = 20;
/** but one is written at least this often, */
const LONGEST_MS = 20_000;
/** and never more often than this. */
const SHORTEST_MS = 1000;

/** Writes where a run stands, so that a killed process loses seconds. The JSON file is replaced last: it decides. */
export interface Checkpointer {
  /** Whether it is time for another one. */
  readonly due: () => boolean;
  readonly save: (finished: number, current: RunningModel | null) => Promise<void>;
}

/** What a checkpoint says beside the state itself. */
export interface CheckpointNotes {
  readonly batching: Batching | null;
  readonly computing: Readonly<Record<string, unknown>>;
  readonly findings: Readonly<Record<string, string>>;
  /** File and card of the pretrained network; null where there is none. */
  readonly backbone: { readonly id: string; readonly sha256: string; readonly card: CardFacts } | null;
}

/** What a run is known by when it goes on: sha256 of all that its manifest says but where files lie. */
export interface RunIdentity {
  readonly sha256: string;
  /** As earlier versions took it, with the places of the images. */
  readonly earlier: string;
}

/** Where a checkpoint stands. */
export interface Checkpoint extends CheckpointNotes {
  readonly finished: number;
  readonly current: RunningModel | null;
}

/** A checkpointer for the run in `folder`. */
export function createCheckpointer(
  folder: string,
  { sha256: manifest }: RunIdentity,
  now: () => number,
  about: () => CheckpointNotes,
): Checkpointer {
  let last = now();
  let interval = SHORTEST_MS;
  return {
    due: () => now() - last >= interval,
    save: async (finished, current) => {
      const began = now();
      const tensors = current && (await writeTensors(folder, current));
      const { batching, computing, findings, backbone } = about();
      const record: z.infer<typeof schema> = {
        version: 1,
        manifest,
        finished,
        batching,
        computing: { ...computing },
        findings: { ...findings },
        backbone,
        current: current && {
          model: current.model,
          phase: current.phase,
          seconds: current.seconds,
          position: current.state.position,
          decisions: [...current.decisions],
          tensors: tensors!.name,
          sha256: tensors!.sha256,
        },
      };
      await writeWhole(join(folder, NAME), JSON.stringify(record));
      await removeOthers(folder, tensors?.name ?? null);
      last = now();
      interval = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, (last - began) * COST_FACTOR));
    },
  };
}

/** The last checkpoint in `folder`; null where there is none. Throws RUN_NOT_RESUMABLE for another run's or a damaged one. */
export async function readCheckpoint(
  folder: string,
  { sha256, earlier }: RunIdentity,
): Promise<Checkpoint | null> {
  const path = join(folder, NAME);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  const refuse = (reason: string) => notResumable(reason, { file: path });
  const parsed = schema.safeParse(parseJson(text));
  if (!parsed.success) throw refuse('its checkpoint is damaged');
  if (parsed.data.manifest !== sha256 && parsed.data.manifest !== earlier)
    throw refuse('its manifest has changed since the checkpoint was written');
  const { finished, current, ...notes } = parsed.data;
  if (!current) return { finished, current: null, ...notes };
  const file = join(folder, current.tensors);
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw refuse('a part of its checkpoint is missing');
    throw error;
  });
  if (current.sha256 !== null && current.sha256 !== hash('sha256', bytes))
    throw refuse('its checkpoint is damaged');
  const tensors = readSafetensors(bytes, file);
  const part = (prefix: string) =>
    new Map(
      [...tensors]
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, value]) => [name.slice(prefix.length), value]),
    );
  return {
    finished,
    ...notes,
    current: {
      model: current.model,
      phase: current.phase,
      seconds: current.seconds,
      weights: part('weights/'),
      decisions: current.decisions,
      state: { position: current.position, variables: part('variables/'), best: part('best/') },
    },
  };
}

/**
 * Writes the tensors of a checkpoint beside those of the one before, which counts until the JSON file names these: the name
 * comes from the content, so that it is another file wherever anything is different.
 */
async function writeTensors(
  folder: string,
  current: RunningModel,
): Promise<{ readonly name: string; readonly sha256: string }> {
  const bytes = writeSafetensors(packed(current));
  const sha256 = hash('sha256', bytes);
  const name = `checkpoint-${current.model}-${current.phase}-${sha256.slice(0, 16)}.safetensors`;
  await writeWhole(join(folder, name), bytes);
  return { name, sha256 };
}

function packed({ weights, state }: RunningModel): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const [name, value] of weights) tensors.set(`weights/${name}`, value);
  for (const [name, value] of state.variables) tensors.set(`variables/${name}`, value);
  for (const [name, value] of state.best) tensors.set(`best/${name}`, value);
  return tensors;
}

/**
 * Tensors of earlier checkpoints are of no use once the JSON file names newer ones, nor is what a killed process had written
 * of any file: that has a number behind its name.
 */
async function removeOthers(folder: string, keep: string | null): Promise<void> {
  for (const name of await readdir(folder)) {
    if (/^checkpoint-.*\.safetensors$|\.(safetensors|json)\.\d+$/.test(name) && name !== keep)
      await unlink(join(folder, name));
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
