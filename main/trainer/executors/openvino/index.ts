import { executorReason, unavailableExecutor } from '../../../../shared/domain/executor-reasons.ts';
import {
  type ExecutorConditions,
  type ExecutorDescription,
  listed,
  type Missing,
  missing,
} from '../description.ts';
import { createOpenVinoExecutor } from './executor.ts';
import { findOpenVino } from './files.ts';
import { loadOpenVino, type OpenVinoLibrary } from './library.ts';

/** OpenVINO on the processor and on Intel graphics; its libraries come by `npm run setup:openvino`. */
export const openVinoExecutors: readonly ExecutorDescription[] = [
  described('openvino', 'OpenVINO', 'CPU'),
  described('openvino-gpu', 'OpenVINO (Intel GPU)', 'GPU'),
];

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
      if ('reason' in found) throw unavailableExecutor(title, found.reason);
      if (!found.property(device, 'FULL_DEVICE_NAME'))
        throw unavailableExecutor(title, noDevice(found).reason);
      const { findings = null } = conditions;
      return createOpenVinoExecutor(found, { name: id, device, findings });
    },
  };
}

async function open({ libraries }: ExecutorConditions): Promise<OpenVinoLibrary | Missing> {
  const files = await findOpenVino(libraries);
  if (!files) {
    const params = { library: 'OpenVINO', folders: listed(libraries) };
    return missing('notInstalled', executorReason('librariesMissing', params), 'setupOpenvino');
  }
  try {
    return await loadOpenVino(files);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const { folder } = files;
    const reason = executorReason('notLoaded', { library: 'OpenVINO', folder }, said);
    return missing('notLoadable', reason, 'setupOpenvino');
  }
}

function noDevice({ folder }: OpenVinoLibrary): Missing {
  const reason = executorReason('noDeviceIn', { library: 'OpenVINO', folder });
  return missing('noDevice', reason, 'graphicsDriver');
}
