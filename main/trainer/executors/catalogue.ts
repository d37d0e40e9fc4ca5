import type { ExecutorId } from '../../../shared/contract/executor.ts';
import { executorReason, unavailableExecutor } from '../../../shared/domain/executor-reasons.ts';
import type { ExecutorConditions, ExecutorDescription } from './description.ts';
import { onnxExecutors } from './onnx/index.ts';
import { openVinoExecutors } from './openvino/index.ts';
import { tensorFlowJsExecutors } from './tfjs/index.ts';
import type { Executor } from './types.ts';

/** Every executor that the program knows, the reference (ONNX Runtime on the processor) first. */
export const executors: readonly ExecutorDescription[] = [
  ...onnxExecutors,
  ...openVinoExecutors,
  ...tensorFlowJsExecutors,
];

/** Loads an executor by its id; StudioError EXECUTOR_UNAVAILABLE says what is missing and what to do. Never another one instead. */
export async function loadExecutor(id: ExecutorId, conditions: ExecutorConditions): Promise<Executor> {
  const description = executors.find((each) => each.id === id);
  if (!description) throw unavailableExecutor(id, executorReason('notKnown'));
  return description.load(conditions);
}
