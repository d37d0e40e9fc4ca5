import { resolve } from 'node:path';
import { defineConfig } from 'vite';

/**
 * The three programs of this folder, with the entries of their threads; the engine and the trainer never share a file
 * with the shell.
 */
const programs = {
  main: { index: 'main/index.ts' },
  engine: { index: 'main/engine/index.ts' },
  trainer: {
    index: 'main/trainer/index.ts',
    'pixel-worker': 'main/trainer/data/pixel-worker.ts',
    'lane-worker': 'main/trainer/executors/onnx/lane-worker.ts',
  },
} as const;

const root = resolve(import.meta.dirname, '..');

/** Loaded from node_modules at run time: each brings native code of its own. */
const native = ['electron', 'better-sqlite3', 'sharp', 'onnxruntime-node', 'koffi', 'webgpu'];

/**
 * One program as a self-contained module; `PROGRAM` names it. The target is the oldest Node that runs it:
 * the shell's is that of Electron 33.
 */
export default defineConfig(({ mode }) => {
  const entries = programs[mode as keyof typeof programs];
  if (!entries) throw new Error(`Build one of these modes: ${Object.keys(programs).join(', ')}.`);
  return {
    root,
    logLevel: 'warn',
    publicDir: false,
    ssr: { noExternal: true, external: native },
    build: {
      ssr: true,
      target: 'node20',
      minify: false,
      sourcemap: true,
      emptyOutDir: true,
      rolldownOptions: {
        input: Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, resolve(root, path)])),
        external: native,
        output: {
          format: 'es',
          entryFileNames: '[name].js',
          chunkFileNames: '[name]-[hash].js',
          // CommonJS packages inside the bundle look at these two, which a module does not have.
          banner: 'const __filename = import.meta.filename, __dirname = import.meta.dirname;',
        },
      },
    },
  };
});
