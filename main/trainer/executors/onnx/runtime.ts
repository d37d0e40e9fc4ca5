import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** ONNX Runtime for Node: its JavaScript, and what that drives. */
export type OnnxRuntime = typeof import('onnxruntime-node');

let runtime: OnnxRuntime | undefined;

/**
 * ONNX Runtime, loaded when it is first used and not when this file is: a process has one of its core libraries, the
 * first that comes, and where CUDA is wanted that must be another than the package's own.
 */
export function onnxRuntime(): OnnxRuntime {
  runtime ??= createRequire(import.meta.url)('onnxruntime-node') as OnnxRuntime;
  return runtime;
}

/** The package's version; looking at it loads nothing. */
export function onnxRuntimeVersion(): string {
  const manifest = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };
  return manifest.version;
}

/** Where the package has its native libraries for this system. */
export function onnxRuntimeFolder(): string {
  const manifest = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
  return join(dirname(manifest), 'bin', 'napi-v6', process.platform, process.arch);
}
