import { join } from 'node:path';
import Database from 'better-sqlite3';
import { makeSampleProject } from '../../main/cli/demo/sample.ts';
import type { Studio } from '../../main/cli/studio.ts';
import type { ClassId, ImageId } from '../../shared/domain/ids.ts';
import { seedProject } from '../fixtures/trainer/scripted-studio.ts';
import { inBenchStudio } from './bench-studio.ts';
import { type BenchPart, type BenchRow, quantile, rounded } from './row.ts';

const LABELS = 10_000;
const WHILE_TRAINING = 1_000;
/** A person labels fast: twenty keys a second. */
const PAUSE_MS = 50;

/** Milliseconds from the command to its acknowledged commit. */
async function timeLabel(studio: Studio, image: ImageId, classId: ClassId): Promise<number> {
  const command = { commandId: studio.commandId(), imageIds: [image], action: 'set' as const, classId };
  const began = performance.now();
  await studio.client.labels.apply(command);
  return performance.now() - began;
}

/** One row and one commit in a database of its own on the same disk, with the same promises to the disk. */
function bareCommits(folder: string) {
  const db = new Database(join(folder, 'bare.db'));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE labels (id INTEGER PRIMARY KEY, image INTEGER, class INTEGER, at INTEGER)');
  const insert = db.prepare('INSERT INTO labels (image, class, at) VALUES (?, ?, ?)');
  return {
    time: (image: number): number => {
      const began = performance.now();
      insert.run(image, 1, Date.now());
      return performance.now() - began;
    },
    close: () => db.close(),
  };
}

/** 10,000 labels, one commit each, in turns with a bare SQLite commit. */
async function* measureCommits(): AsyncGenerator<BenchRow> {
  const { ours, bare } = await inBenchStudio(async (studio, folder) => {
    const images = Array.from({ length: LABELS }, () => ({ labels: [] }));
    const ids = await seedProject(studio.engine, folder, { classes: ['healthy', 'rust'], images });
    const classes = await studio.client.classes.list();
    const peer = bareCommits(folder);
    const times = { ours: [] as number[], bare: [] as number[] };
    for (const [index, id] of ids.entries()) {
      const chosen = classes[index % classes.length];
      if (!chosen) throw new Error('The project has no classes.');
      times.ours.push(await timeLabel(studio, id, chosen.id));
      times.bare.push(peer.time(index));
    }
    peer.close();
    return times;
  });
  const [own, peer] = [quantile(ours, 0.99), quantile(bare, 0.99)];
  yield {
    group: 'project',
    name: 'label-commit',
    value: rounded(own),
    unit: 'ms, p99 of 10,000',
    target: '≤ 5 and ≤ 3 × bare',
    ratio: rounded(own / peer),
    peer: rounded(peer),
    pass: own <= 5 && own <= 3 * peer,
    details: {
      p50: rounded(quantile(ours, 0.5)),
      p95: rounded(quantile(ours, 0.95)),
      max: rounded(Math.max(...ours)),
    },
  };
}

/** The same while a real run fine-tunes on this machine, at the pace of a fast person. */
export async function* measureWhileTraining(): AsyncGenerator<BenchRow> {
  const times = await inBenchStudio(async (studio, folder) => {
    await makeSampleProject(studio, folder);
    const { client, commandId } = studio;
    const { recipe } = await client.training.recommend({ strategy: 'hybrid' });
    const endless = {
      ...recipe,
      phases: recipe.phases.map((phase) => ({ ...phase, epochs: 1000 })),
      earlyStopping: { ...recipe.earlyStopping, patience: null },
    };
    const evaluation = { kind: 'stated' as const };
    const run = await client.training.start({ commandId: commandId(), recipe: endless, evaluation });
    for await (const snapshot of await client.training.watch({ run: run.id })) {
      if (snapshot.progress?.stage === 'training') break;
    }
    const ids = await client.images.ids({ filter: {}, sort: 'name', descending: false });
    const classes = await client.classes.list();
    const taken: number[] = [];
    for (let index = 0; index < WHILE_TRAINING; index++) {
      const [id, chosen] = [ids[index % ids.length], classes[index % classes.length]];
      if (id === undefined || !chosen) throw new Error('The sample is empty.');
      taken.push(await timeLabel(studio, id, chosen.id));
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    await client.training.control({ run: run.id, action: 'cancel' });
    return taken;
  });
  const value = quantile(times, 0.95);
  yield {
    group: 'project',
    name: 'label-while-training',
    value: rounded(value),
    unit: `ms, p95 of ${WHILE_TRAINING}`,
    target: '≤ 50',
    pass: value <= 50,
    details: { p50: rounded(quantile(times, 0.5)), p99: rounded(quantile(times, 0.99)) },
  };
}

/** Labeling rows of group `project`. */
export const labelParts: readonly BenchPart[] = [
  { names: ['label-commit'], measure: measureCommits },
  { names: ['label-while-training'], measure: measureWhileTraining },
];
