import type { NetworkReport } from '../../../shared/contract/network.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import type { GrantId } from '../../../shared/domain/ids.ts';
import type { EngineContext } from '../context.ts';
import { finishJob } from '../jobs/follow-job.ts';
import { trainerThreads } from './inspect.ts';
import { libraryFolders, machineJob } from './libraries.ts';

type DescribeContext = Pick<
  EngineContext,
  'resources' | 'settings' | 'userData' | 'launcher' | 'ids' | 'grants'
>;

/**
 * What an .onnx file consists of, read in a trainer process, so that no file can harm the engine.
 * StudioError NETWORK_UNSUPPORTED says which operator of which node cannot be taken and why, or that the weights do not fit.
 */
export async function describeNetwork(
  context: DescribeContext,
  input: { readonly file: GrantId; readonly weights?: GrantId | undefined },
): Promise<NetworkReport> {
  const network = context.grants.path(input.file, 'file');
  const weights = input.weights && context.grants.path(input.weights, 'file');
  const { files, ...job } = machineJob(context, 'describe', libraryFolders(context));
  let report: NetworkReport | undefined;
  await finishJob(context.launcher, {
    ...job,
    manifest: {
      version: 1,
      job: 'inspect',
      files,
      runtime: { threads: trainerThreads(context), executor: 'auto' },
      measure: false,
      network,
      ...(weights === undefined ? {} : { weights }),
    },
    onEvent: (event) => {
      if (event.type === 'described') report = event.network;
      return undefined;
    },
  });
  if (report === undefined) throw new StudioError('INTERNAL', 'The trainer ended without a description.');
  return report;
}
