import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { BackboneInfo } from '../../../shared/contract/recipe.ts';
import { type AdoptionReport, adoptionReport, type BlockReport } from '../../../shared/contract/trainer.ts';
import type { AdoptBackbone } from '../../../shared/contract/training.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import type { BackboneId, GrantId } from '../../../shared/domain/ids.ts';
import { systemCode } from '../../lib/file-failure.ts';
import type { EngineContext } from '../context.ts';
import type { GrantKind } from '../grants.ts';
import { followJob, type JobStep } from '../jobs/follow-job.ts';
import { libraryFolders, machineFolder } from './libraries.ts';

type Surroundings = Pick<
  EngineContext,
  'resources' | 'userData' | 'launcher' | 'ids' | 'settings' | 'grants'
>;

/** Folder of one of the person's own networks: their own, so that every project finds it. */
export function ownBackboneFolder(context: Pick<EngineContext, 'userData'>, id: string): string {
  return join(context.userData, 'backbones', id);
}

/** Folder that holds a network and its card: the person's own where there is one of that name, else the program's. */
export function folderOfBackbone(
  context: Pick<EngineContext, 'resources' | 'userData'>,
  id: BackboneId | null,
): string {
  const bundled = join(context.resources, 'backbones');
  if (id === null || existsSync(join(bundled, `${id}.json`))) return bundled;
  const own = ownBackboneFolder(context, id);
  return existsSync(join(own, `${id}.json`)) ? own : bundled;
}

const card = z.object({
  architecture: z.string(),
  licence: z.object({ weights: z.string().nullable() }),
  trained_on: z.string().nullable(),
  known_bias: z.string().nullable(),
  onnx: z.object({ bytes: z.int() }),
});

/** What is read of the report beside a network; the rest is for its taking alone, and earlier versions wrote it otherwise. */
const keptReport = adoptionReport.pick({
  parameters: true,
  size: true,
  scaling: true,
  order: true,
  report: true,
});

/** A network of the person's with the report on its blocks. */
export interface OwnBackbone {
  readonly info: BackboneInfo;
  readonly report: BlockReport;
}

/** Every network of the person's that is whole; a damaged one is left out, and can be removed or taken again. */
export async function listOwnBackbones(
  context: Pick<EngineContext, 'userData'>,
): Promise<readonly OwnBackbone[]> {
  const ids = await readdir(join(context.userData, 'backbones')).catch(() => []);
  const found = await Promise.all(ids.sort().map((id) => readOwn(context, id)));
  return found.filter((each) => each !== null);
}

async function readOwn(context: Pick<EngineContext, 'userData'>, id: string): Promise<OwnBackbone | null> {
  const folder = ownBackboneFolder(context, id);
  try {
    const read = async (name: string) => JSON.parse(await readFile(join(folder, name), 'utf8'));
    const said = card.parse(await read(`${id}.json`));
    const { report, ...found } = keptReport.parse(await read('report.txt'));
    const info: BackboneInfo = {
      id: id as BackboneId,
      name: said.architecture,
      parameters: found.parameters,
      bytes: said.onnx.bytes,
      inputSize: Math.min(...found.size),
      licence: said.licence.weights,
      trainedOn: said.trained_on,
      knownBias: said.known_bias,
      preprocessing: `${found.scaling}, ${found.order}`,
      measured: [],
      isOwn: true,
      blocks: [...report.blocks],
      isDefault: false,
    };
    return { info, report };
  } catch {
    return null;
  }
}

/**
 * Takes an .onnx file as one of the person's networks. StudioError: BAD_REQUEST (the name is taken), CANCELLED,
 * NETWORK_UNSUPPORTED (operator, node and reason), PREPROCESSING (which scaling fits).
 */
export async function* adoptBackbone(
  context: Surroundings,
  input: AdoptBackbone,
  signal?: AbortSignal,
): AsyncGenerator<JobStep, AdoptionReport, undefined> {
  const { id } = input;
  requireFree(context, id);
  const job = `adopt-${context.ids.next()}`;
  const folder = join(machineFolder(context), job);
  const draft = join(folder, 'network');
  const path = (grant: GrantId | null, ...kinds: readonly GrantKind[]) =>
    grant === null ? null : context.grants.path(grant, ...kinds);
  const found: AdoptionReport[] = [];
  yield* followJob(context.launcher, {
    id: job,
    folder,
    manifest: {
      version: 1,
      job: 'adopt',
      ...input,
      network: context.grants.path(input.network, 'file', 'files'),
      weights: path(input.weights, 'file', 'files'),
      reference: path(input.reference, 'file', 'files'),
      referenceImages: path(input.referenceImages, 'folder'),
      target: draft,
      files: {
        folder,
        cache: machineFolder(context),
        backbones: join(context.resources, 'backbones'),
        libraries: libraryFolders(context),
      },
      runtime: { threads: 1, executor: 'auto' },
    },
    onEvent: (event) => {
      if (event.type !== 'adopted') return undefined;
      found.push(event.report);
      // What is left of the job goes with its folder: nothing of a network that was refused or given up stays behind.
      return settle(context, id, draft);
    },
    signal,
  });
  const [report] = found;
  if (report === undefined) throw new StudioError('TRAINER_CRASHED', 'The import ended without a report.');
  return report;
}

/** StudioError BAD_REQUEST where there is a network of that name. */
function requireFree(context: Pick<EngineContext, 'resources' | 'userData'>, id: string): void {
  const taken = [join(context.resources, 'backbones'), ownBackboneFolder(context, id)];
  if (!taken.some((folder) => existsSync(join(folder, `${id}.json`)))) return;
  const message = `There is a network "${id}" already. Give this one another name.`;
  throw new StudioError('BAD_REQUEST', message, { name: id });
}

/** Puts a network that was taken in its place; one that somebody else took under the same name meanwhile stays. */
async function settle(
  context: Pick<EngineContext, 'resources' | 'userData'>,
  id: string,
  draft: string,
): Promise<void> {
  const target = ownBackboneFolder(context, id);
  await mkdir(dirname(target), { recursive: true });
  for (;;) {
    requireFree(context, id);
    try {
      return await rename(draft, target);
    } catch (error) {
      if (!existsSync(target)) throw error;
    }
    // A folder without a card is what a crash left of another attempt. It is looked at again where nobody else finds it:
    // meanwhile a whole network may have taken its place.
    const aside = `${draft}-before`;
    await rm(aside, { recursive: true, force: true });
    await rename(target, aside).catch((error) => {
      // Somebody else took it away.
      if (systemCode(error) !== 'ENOENT') throw error;
    });
    if (existsSync(join(aside, `${id}.json`))) await rename(aside, target);
  }
}

/** Removes one of the person's networks. StudioError NOT_FOUND for one that is not theirs. */
export async function removeBackbone(
  context: Pick<EngineContext, 'userData'>,
  id: BackboneId,
): Promise<void> {
  const folder = ownBackboneFolder(context, id);
  if (!/^[\w-]+$/.test(id) || !existsSync(folder))
    throw new StudioError(
      'NOT_FOUND',
      `There is no network of your own named "${id}". See which there are: enxerto backbone list`,
      { name: id },
    );
  await rm(folder, { recursive: true, force: true });
}
