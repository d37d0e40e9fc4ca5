import { resolve } from 'node:path';
import { defineConfig } from 'vite';

const root = resolve(import.meta.dirname, '..');

/** One file in the only form that a sandboxed preload can take; the target is Electron 33's Chromium. */
export default defineConfig({
  root,
  logLevel: 'warn',
  publicDir: false,
  build: {
    target: 'chrome130',
    minify: false,
    emptyOutDir: true,
    lib: { entry: resolve(root, 'preload/index.ts'), formats: ['cjs'], fileName: () => 'index.cjs' },
    rolldownOptions: { external: ['electron'] },
  },
});
