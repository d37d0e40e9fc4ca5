import { unavailableExecutor } from '../../../../shared/domain/executor-reasons.ts';
import type { ExecutorConditions, ExecutorDescription } from '../description.ts';
import { hasCuda } from './cuda-library.ts';
import { createOnnxExecutor } from './executor.ts';
import { cpuProvider, detectProvider, deviceProviders, type OnnxProvider } from './providers.ts';

/** ONNX Runtime on the processor and on whatever devices its build knows. */
export const onnxExecutors: readonly ExecutorDescription[] = [cpuProvider, ...deviceProviders].map(described);

function described(provider: OnnxProvider): ExecutorDescription {
  const { id, title, name } = provider;
  return {
    id,
    title,
    ...(name === 'cuda' && { isApart: ({ libraries }: ExecutorConditions) => hasCuda(libraries) }),
    detect: (conditions) => detectProvider(provider, conditions),
    load: async (conditions) => {
      const { findings = null } = conditions;
      if (name === 'cpu') return createOnnxExecutor({ name: id, provider: name, findings });
      const found = await detectProvider(provider, conditions);
      if (found.available) return createOnnxExecutor({ name: id, provider: name, findings });
      throw unavailableExecutor(title, found.reason);
    },
  };
}
