import { StudioError } from '../../../../shared/domain/errors.ts';
import type { ExecutorDescription } from '../description.ts';
import { createOnnxExecutor, onnxExecutor } from './executor.ts';
import { cpuProvider, detectProvider, deviceProviders, type OnnxProvider } from './providers.ts';

/** ONNX Runtime on the processor and on whatever devices its build knows. */
export const onnxExecutors: readonly ExecutorDescription[] = [cpuProvider, ...deviceProviders].map(described);

function described(provider: OnnxProvider): ExecutorDescription {
  const { id, title, name } = provider;
  return {
    id,
    title,
    detect: () => detectProvider(provider),
    load: async () => {
      if (name === 'cpu') return onnxExecutor;
      const found = await detectProvider(provider);
      if (found.available) return createOnnxExecutor({ name: id, provider: name });
      throw new StudioError('NOT_AVAILABLE', `${title} cannot be used here: ${found.reason}`, {
        executor: id,
        reason: found.reason,
      });
    },
  };
}
