import { cpus } from 'node:os';
import type { ExecutorId, ExecutorRoles, UsedExecutor } from '../../../shared/contract/executor.ts';
import type { TrainManifest } from '../../../shared/contract/trainer.ts';
import { executorReason, unavailableExecutor } from '../../../shared/domain/executor-reasons.ts';
import { executors, loadExecutor } from './catalogue.ts';
import type { ExecutorConditions } from './description.ts';
import { watched } from './failures.ts';
import { type Findings, findingsFor } from './tuning/findings.ts';
import type { Executor } from './types.ts';

/** What runs a job's programs. */
export interface ExecutorSet {
  /** Passes of the frozen part, and predictions. */
  readonly forward: Executor;
  /** Training steps, and measuring between them. */
  readonly training: Executor;
  readonly used: { readonly forward: UsedExecutor; readonly training: UsedExecutor };
}

/** Roles as a manifest decided them; manifests of earlier versions knew ONNX Runtime alone. */
function rolesOf({ decision, executor }: TrainManifest['runtime']): ExecutorRoles {
  if (decision) return decision.roles;
  const id = executor === 'auto' ? 'onnx' : executor;
  return { forward: id, training: id };
}

/**
 * Loads the executors that a manifest names, and no other: StudioError EXECUTOR_UNAVAILABLE says which one is gone, why,
 * and what can be done. With `findings` they time what can be computed in several ways.
 */
export async function executorsFor(
  runtime: TrainManifest['runtime'],
  { libraries }: Pick<ExecutorConditions, 'libraries'>,
  findings: Findings | null = null,
): Promise<ExecutorSet> {
  const roles = rolesOf(runtime);
  const conditions = { libraries, threads: runtime.threads, ...(findings && { findings }) };
  const training = await open(roles.training, conditions);
  const forward = roles.forward === roles.training ? training : await open(roles.forward, conditions);
  return {
    forward: forward.executor,
    training: training.executor,
    used: { forward: forward.used, training: training.used },
  };
}

async function open(
  id: ExecutorId,
  conditions: ExecutorConditions,
): Promise<{ readonly executor: Executor; readonly used: UsedExecutor }> {
  const description = executors.find((each) => each.id === id);
  const title = description?.title ?? id;
  const found = await description?.detect(conditions);
  if (!found?.available) {
    throw unavailableExecutor(
      title,
      found?.reason ?? executorReason('notKnown'),
      'Make it available again (Settings, Computing), or choose another executor.',
    );
  }
  const { version, device = null } = found;
  const { findings, threads } = conditions;
  const where = [title, version, device ?? cpus()[0]?.model ?? 'processor', `${threads} threads`].join(', ');
  const own = findings && { findings: findingsFor(findings, where) };
  const executor = watched(await loadExecutor(id, { ...conditions, ...own }), title);
  return { executor, used: { id, title, version, device } };
}
