import {
  type ExecutorChoice,
  type ExecutorDecision,
  type ExecutorId,
  type ExecutorReport,
  type ExecutorRoles,
  type Remedy,
  unknownExecutor,
} from '../../../shared/contract/executor.ts';
import type { StudioError } from '../../../shared/domain/errors.ts';
import { executorReason, unavailableExecutor } from '../../../shared/domain/executor-reasons.ts';

/** The executor that every machine has, and that is right by definition. */
export const REFERENCE = 'onnx' satisfies ExecutorId;
/** So much faster another one must be than the reference to be worth another runtime: timings vary by less. */
const WORTH_IT = 1.1;

/** The reference where nothing was measured. */
const unmeasured: ExecutorReport = {
  ...unknownExecutor({ id: REFERENCE, title: 'ONNX Runtime' }),
  usable: true,
};

/**
 * Which executor runs what: the one that was chosen, or for each kind of program the fastest that is right. Pure.
 * Throws StudioError EXECUTOR_UNAVAILABLE, saying why and what to do, where the chosen one cannot be used.
 */
export function decide(choice: ExecutorChoice, reports: readonly ExecutorReport[] | null): ExecutorDecision {
  const known = reports?.some((each) => each.id === REFERENCE && each.usable)
    ? reports
    : [unmeasured, ...(reports ?? []).filter((each) => each.id !== REFERENCE)];
  if (choice !== 'auto') {
    const report = known.find((each) => each.id === choice);
    if (!report?.usable) throw unavailable(choice, report);
    return decision(known, { forward: choice, training: choice }, 'forced');
  }
  const usable = known.filter((each) => each.usable);
  // Without a time of the reference nothing can be called faster: a machine that was too busy is measured again later.
  const isComparable = usable.some((each) => each.id === REFERENCE && each.trainingRate !== null);
  if (!isComparable) return decision(known, { forward: REFERENCE, training: REFERENCE }, 'only');
  const roles: ExecutorRoles = {
    forward: fastest(usable, (each) => each.forwardRate),
    training: fastest(usable, (each) => each.trainingRate),
  };
  // Training takes most of the time, so it has its way.
  const forward = areApart(roles) ? roles.training : roles.forward;
  return decision(known, { ...roles, forward }, usable.length > 1 ? 'fastest' : 'only');
}

/**
 * Executors of which a process has one: they bring different builds of the same libraries (NVIDIA's, ONNX Runtime's own)
 * or settle when they are loaded whether cards are in sight.
 */
const apart: readonly (readonly [ExecutorId, ExecutorId])[] = [
  ['onnx-cuda', 'onnx-webgpu'],
  ['onnx-cuda', 'tfjs-tensorflow'],
  ['onnx-cuda', 'tfjs-tensorflow-gpu'],
  ['tfjs-tensorflow', 'tfjs-tensorflow-gpu'],
];

function areApart({ forward, training }: ExecutorRoles): boolean {
  return forward !== training && apart.some((pair) => pair.includes(forward) && pair.includes(training));
}

function fastest(
  usable: readonly ExecutorReport[],
  rateOf: (report: ExecutorReport) => number | null,
): ExecutorId {
  const reference = rateOf(usable.find((each) => each.id === REFERENCE)!) ?? 0;
  let [best, rate]: [ExecutorId, number] = [REFERENCE, reference * WORTH_IT];
  for (const report of usable) {
    const own = rateOf(report) ?? 0;
    if (report.id !== REFERENCE && own > rate) [best, rate] = [report.id, own];
  }
  return best;
}

function decision(
  reports: readonly ExecutorReport[],
  roles: ExecutorRoles,
  why: ExecutorDecision['why'],
): ExecutorDecision {
  const isUsed = ({ id }: ExecutorReport) => id === roles.forward || id === roles.training;
  return {
    roles,
    why,
    used: reports.filter(isUsed),
    notUsed: reports.filter((each) => !isUsed(each)),
  };
}

const steps: Readonly<Record<Remedy, string>> = {
  setupOpenvino: 'Get its libraries with: npm run setup:openvino, or choose their folder in Settings.',
  setupTensorflow: 'Get its libraries with: npm run setup:tensorflow, or choose their folder in Settings.',
  setupTensorflowCuda:
    'On a machine with an NVIDIA card and its driver, get the libraries with: npm run setup:tensorflow -- --cuda, or choose their folder in Settings.',
  setupCuda:
    'On a machine with an NVIDIA card and its driver, get the libraries with: npm run setup:cuda, or choose their folder in Settings.',
  graphicsDriver: 'Install the newest driver of the graphics card and measure again.',
  none: 'Choose another one, or let the fastest be chosen.',
};

function unavailable(choice: ExecutorId, report: ExecutorReport | undefined): StudioError {
  const title = report?.title ?? choice;
  const reason = report?.reason ?? executorReason('notMeasured');
  return unavailableExecutor(title, reason, steps[report?.remedy ?? 'none']);
}
