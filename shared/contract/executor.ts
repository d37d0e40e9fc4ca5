import { z } from 'zod';
import { executorReason, executorReasonCodes } from '../domain/executor-reasons.ts';

/**
 * Executors: what can run a network on a machine. The first ones of each family are the plain processor; the others
 * want a graphics card or libraries that do not come with the program.
 */
export const executorId = z.enum([
  'onnx',
  'onnx-cuda',
  'onnx-directml',
  'onnx-coreml',
  'onnx-webgpu',
  'openvino',
  'openvino-gpu',
  'tfjs-tensorflow-gpu',
  'tfjs-tensorflow',
  'tfjs-webgpu',
  'tfjs-wasm',
  'tfjs-cpu',
]);
export type ExecutorId = z.infer<typeof executorId>;

/** Why an executor cannot be used, as codes that the page and the command line put into words. */
export const unavailability = z.enum([
  /** Exists for other operating systems or processors only. */
  'otherSystem',
  /** Its libraries are nowhere to be found. */
  'notInstalled',
  /** Its libraries are there and could not be loaded. */
  'notLoadable',
  /** No device (graphics card, driver) that it could run on. */
  'noDevice',
  /** Its numbers differ from the reference by more than is allowed. */
  'wrongNumbers',
  /** It cannot run an operator that training needs. */
  'unsupported',
  /** It took down the process that tried it. */
  'crashed',
  /** It did not answer in time. */
  'timedOut',
  /** Not measured: the measurement was stopped before its turn. */
  'notMeasured',
]);
export type Unavailability = z.infer<typeof unavailability>;

/** What a person can do to get an executor going, as codes that the page and the command line put into words. */
export const remedy = z.enum([
  /** `npm run setup:openvino`, or a folder with its libraries chosen in Settings. */
  'setupOpenvino',
  /** `npm run setup:tensorflow`, or a folder with its libraries chosen in Settings. */
  'setupTensorflow',
  /** `npm run setup:tensorflow -- --cuda`, on a machine with an NVIDIA card. */
  'setupTensorflowCuda',
  /** `npm run setup:cuda`, on a machine with an NVIDIA card. */
  'setupCuda',
  /** A newer driver of the graphics card. */
  'graphicsDriver',
  /** Nothing to be done here. */
  'none',
]);
export type Remedy = z.infer<typeof remedy>;

/** What is asked for: one executor, or the fastest that is right. */
export const executorChoice = z.enum(['auto', ...executorId.options]);
export type ExecutorChoice = z.infer<typeof executorChoice>;

/** A reason in a report; records of earlier versions have English words instead, those of later ones perhaps other codes. */
const reason = z.preprocess(
  (value) => (typeof value === 'string' ? executorReason('noted', {}, value) : value),
  z.object({
    why: z.enum(executorReasonCodes).catch('failed'),
    params: z.record(z.string(), z.union([z.string(), z.number()])),
    said: z.string().nullable(),
  }),
);

/** What became of trying an executor on this machine. */
export const executorReport = z.object({
  id: executorId,
  /** Proper name, the same in every language. */
  title: z.string(),
  /** It loads, and its gradients are right. */
  usable: z.boolean(),
  version: z.string().nullable(),
  /** The device it runs on, by its own name; `null`: the processor. */
  device: z.string().nullable(),
  /** Why it cannot be used, roughly and exactly, and what can be done; `null` where it can be. */
  code: unavailability.nullable(),
  reason: reason.nullable(),
  remedy,
  /** Largest relative difference of a gradient from the reference; below 1e-3 is right. */
  difference: z.number().nullable(),
  /** Images a second at 224 pixels: the frozen network alone, and a step in which all of it learns. */
  forwardRate: z.number().nullable(),
  trainingRate: z.number().nullable(),
  /** The rates are scaled up from smaller images. */
  scaled: z.boolean(),
});
export type ExecutorReport = z.infer<typeof executorReport>;

/** The report of an executor of which nothing is known yet. */
export function unknownExecutor({ id, title }: Pick<ExecutorReport, 'id' | 'title'>): ExecutorReport {
  return {
    id,
    title,
    usable: false,
    version: null,
    device: null,
    code: null,
    reason: null,
    remedy: 'none',
    difference: null,
    forwardRate: null,
    trainingRate: null,
    scaled: false,
  };
}

/** Which executor runs which kind of program: passes of the frozen part and predictions, and training steps. */
export const executorRoles = z.object({ forward: executorId, training: executorId });
export type ExecutorRoles = z.infer<typeof executorRoles>;

/** How a run's executors were chosen; kept in its manifest, because the bits of its weights depend on them. */
export const executorDecision = z.object({
  roles: executorRoles,
  /**
   * `fastest` of those that are right, `forced` by the person, `only`: nothing else was measured or usable; `replaced`: in
   * the place of one that stopped computing, or that a person replaced when the run went on.
   */
  why: z.enum(['fastest', 'forced', 'only', 'replaced']),
  /** Those used, as measured on this machine. */
  used: z.array(executorReport),
  /** Those not used: why, or what they measured. */
  notUsed: z.array(executorReport),
});
export type ExecutorDecision = z.infer<typeof executorDecision>;

/** An executor at work, as a run's record names it. */
export const usedExecutor = z.object({
  id: executorId,
  title: z.string(),
  version: z.string(),
  /** The device it runs on; null for the processor. */
  device: z.string().nullable(),
});
export type UsedExecutor = z.infer<typeof usedExecutor>;

/** Its name with its version, which may say the name itself. */
export function fullNameOf({ title, version }: Pick<UsedExecutor, 'title' | 'version'>): string {
  return version.startsWith(title) ? version : `${title} (${version})`;
}

/** A version as far as it says something to a reader: builds of OpenVINO add their commit and their branch. */
export function releaseOf(version: string): string {
  return version.replace(/-\d+-[0-9a-f]{7,}.*$/, '');
}

/** What computed a run, as its record tells it: those used, as they were measured, and why not the others. */
export const runComputing = z.object({
  forward: usedExecutor,
  training: usedExecutor,
  why: executorDecision.shape.why,
  measured: z.array(executorReport),
  notUsed: z.array(executorReport),
});
export type RunComputing = z.infer<typeof runComputing>;
