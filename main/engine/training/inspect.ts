import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { BackboneInfo } from '../../../shared/contract/recipe.ts';
import { type BlockReport, blockReport } from '../../../shared/contract/trainer.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import type { BackboneId } from '../../../shared/domain/ids.ts';
import { writeWhole } from '../../lib/atomic-write.ts';
import type { EngineContext } from '../context.ts';
import { finishJob } from '../jobs/follow-job.ts';
import { libraryFolders, machineFolder, machineJob } from './libraries.ts';
import { listOwnBackbones } from './own-backbones.ts';

/** The backbone that is recommended: the smallest, and within a point of the largest on small sets of photos. */
export const DEFAULT_BACKBONE = 'efficientnet_lite0' as BackboneId;

type InspectContext = Pick<
  EngineContext,
  'resources' | 'userData' | 'version' | 'launcher' | 'ids' | 'settings'
>;

/** Blocks, sizes and this machine's speed for every bundled backbone, by its id. */
export type Inspection = ReadonlyMap<string, BlockReport>;

/** Folder of the bundled networks and their cards. */
export function backboneFolder(context: Pick<EngineContext, 'resources'>): string {
  return join(context.resources, 'backbones');
}

/**
 * How many threads a trainer may use: all of the machine, or as many as the person allows. It runs at low priority
 * and does not spin, so labeling stays fluid.
 */
export function trainerThreads({ settings }: Pick<EngineContext, 'settings'>): number {
  const most = Math.min(256, availableParallelism());
  return Math.min(most, settings.get().threads ?? most);
}

const running = new Map<string, Promise<Inspection>>();

/**
 * What a trainer process finds out about the bundled backbones. Measured once for this machine and version (some
 * seconds), then read from the person's folder; concurrent callers share one measurement.
 */
export function inspect(context: InspectContext): Promise<Inspection> {
  const file = join(machineFolder(context), `backbones-${machineKey(context)}.json`);
  const known = running.get(file);
  if (known) return known;
  const found = readInspection(file)
    .then((stored) => stored ?? measure(context, file))
    .catch((error: unknown) => {
      running.delete(file);
      throw error;
    });
  running.set(file, found);
  return found;
}

/** Raised when reports say more than they did: what was stored before is found out again. */
const REPORTS = 3;

/** Another program, processor or number of threads has another speed. */
function machineKey(context: InspectContext): string {
  const { version, resources } = context;
  const machine = [REPORTS, version, cpus()[0]?.model ?? '', trainerThreads(context), resources].join('\n');
  return createHash('sha256').update(machine).digest('hex').slice(0, 16);
}

async function readInspection(file: string): Promise<Inspection | null> {
  try {
    const reports = z.array(blockReport).parse(JSON.parse(await readFile(file, 'utf8')));
    return new Map(reports.map((report) => [report.backbone, report]));
  } catch {
    // Not there yet, or of another shape: it is measured again.
    return null;
  }
}

async function measure(context: InspectContext, file: string): Promise<Inspection> {
  let reports: readonly BlockReport[] = [];
  const { files, ...job } = machineJob(context, 'inspect', libraryFolders(context));
  await finishJob(context.launcher, {
    ...job,
    manifest: {
      version: 1,
      job: 'inspect',
      files,
      runtime: { threads: trainerThreads(context), executor: 'auto' },
      measure: true,
    },
    onEvent: (event) => {
      if (event.type === 'inspected') reports = event.reports;
      return undefined;
    },
  });
  await mkdir(dirname(file), { recursive: true });
  await writeWhole(file, JSON.stringify(reports));
  return new Map(reports.map((report) => [report.backbone, report]));
}

/** The bundled networks and the person's own. */
export async function inspectAll(context: InspectContext): Promise<Inspection> {
  const [bundled, own] = await Promise.all([inspect(context), listOwnBackbones(context)]);
  return new Map([...bundled, ...own.map(({ report }) => [report.backbone, report] as const)]);
}

/** What the page shows of a card; the trainer reads the rest. */
const card = z.object({
  name: z.string(),
  title: z.string(),
  licence: z.object({ weights: z.string() }),
  onnx: z.object({ bytes: z.int() }),
  params: z.int(),
  input: z.object({ size: z.tuple([z.int(), z.int()]), normalise: z.string() }),
  known_bias: z.string(),
  trained_on: z.string(),
  measured: z.array(
    z.object({
      data: z.string(),
      protocol: z.string(),
      accuracy: z.number(),
      balanced: z.number().nullable(),
    }),
  ),
});

/** Every backbone with its card and its blocks: the recommended one first, the person's own last. */
export async function listBackbones(context: InspectContext): Promise<BackboneInfo[]> {
  const folder = backboneFolder(context);
  const inspection = await inspect(context);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  const infos = await Promise.all(
    names.map(async (file): Promise<BackboneInfo> => {
      const { name, ...rest } = await readCard(join(folder, file), file);
      return {
        id: name as BackboneId,
        name: rest.title,
        parameters: rest.params,
        bytes: rest.onnx.bytes,
        inputSize: Math.min(...rest.input.size),
        licence: rest.licence.weights,
        trainedOn: rest.trained_on,
        knownBias: rest.known_bias,
        preprocessing: rest.input.normalise,
        measured: rest.measured,
        isOwn: false,
        blocks: inspection.get(name)?.blocks ?? [],
        isDefault: name === DEFAULT_BACKBONE,
      };
    }),
  );
  infos.sort(
    (one, other) => Number(other.isDefault) - Number(one.isDefault) || one.parameters - other.parameters,
  );
  const own = await listOwnBackbones(context);
  return [...infos, ...own.map(({ info }) => info)];
}

async function readCard(path: string, file: string): Promise<z.infer<typeof card>> {
  try {
    return card.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw new StudioError(
      'BACKBONE_DAMAGED',
      `The card ${file} of a bundled network cannot be read. Install the program again.`,
      { file },
      { cause },
    );
  }
}
