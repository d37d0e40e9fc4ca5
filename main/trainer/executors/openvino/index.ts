import { StudioError } from '../../../../shared/domain/errors.ts';
import { NetworkError } from '../../graph/errors.ts';
import type { Detection, ExecutorConditions, ExecutorDescription } from '../description.ts';
import { createOpenVinoExecutor } from './executor.ts';
import { findOpenVino } from './files.ts';
import { loadOpenVino, type OpenVinoLibrary } from './library.ts';

/** OpenVINO on the processor and on Intel graphics; its libraries come by `npm run setup:openvino`. */
export const openVinoExecutors: readonly ExecutorDescription[] = [
  described('openvino', 'OpenVINO', 'CPU'),
  described('openvino-gpu', 'OpenVINO (Intel GPU)', 'GPU'),
];

type Missing = Extract<Detection, { available: false }>;

function described(
  id: 'openvino' | 'openvino-gpu',
  title: string,
  device: 'CPU' | 'GPU',
): ExecutorDescription {
  return {
    id,
    title,
    detect: async (conditions) => {
      const found = await open(conditions);
      if ('reason' in found) return found;
      const name = found.property(device, 'FULL_DEVICE_NAME');
      if (name === undefined) return noDevice(found);
      return { available: true, version: found.version, ...(device === 'GPU' && { device: name }) };
    },
    load: async (conditions) => {
      const found = await open(conditions);
      const missing =
        'reason' in found ? found : found.property(device, 'FULL_DEVICE_NAME') ? undefined : noDevice(found);
      if (missing === undefined)
        return createOpenVinoExecutor(found as OpenVinoLibrary, {
          name: id,
          device,
          findings: conditions.findings ?? null,
        });
      const { reason } = missing;
      throw new StudioError('NOT_AVAILABLE', `${title} cannot be used here: ${reason}`, {
        executor: id,
        reason,
      });
    },
  };
}

async function open({ libraries }: ExecutorConditions): Promise<OpenVinoLibrary | Missing> {
  const files = await findOpenVino(libraries);
  if (!files) {
    const reason = `OpenVINO's libraries are in none of ${libraries.join(', ') || 'the folders (none was named)'}.`;
    return { available: false, code: 'notInstalled', reason, remedy: 'setupOpenvino' };
  }
  try {
    return await loadOpenVino(files);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const reason = error instanceof NetworkError ? said : `${files.folder} could not be loaded: ${said}`;
    return { available: false, code: 'notLoadable', reason, remedy: 'setupOpenvino' };
  }
}

function noDevice({ folder }: OpenVinoLibrary): Missing {
  const reason = `OpenVINO in ${folder} sees no such device.`;
  return { available: false, code: 'noDevice', reason, remedy: 'graphicsDriver' };
}
