import { z } from 'zod';

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
  /** `npm run setup:tensorflow` with CUDA libraries, on a machine with an NVIDIA card. */
  'setupCuda',
  /** A newer driver of the graphics card. */
  'graphicsDriver',
  /** Nothing to be done here. */
  'none',
]);
export type Remedy = z.infer<typeof remedy>;
