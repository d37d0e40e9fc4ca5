import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { buildFolder, root } from './paths.ts';

/** Packages that stay packages in the finished program: each loads native code from its own folder. */
const native = [
  'better-sqlite3',
  'sharp',
  'onnxruntime-node',
  'koffi',
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-backend-cpu',
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-backend-webgpu',
  '@tensorflow/tfjs-node',
  '@tensorflow/tfjs-node-gpu',
  'webgpu',
] as const;

/** Needed to install these packages or to build them, never to run them. */
const unneeded: ReadonlySet<string> = new Set([
  'adm-zip',
  'global-agent',
  'node-addon-api',
  // TensorFlow.js's own installer, its command line, and polyfills for browsers.
  '@mapbox/node-pre-gyp',
  'https-proxy-agent',
  'progress',
  'rimraf',
  'tar',
  'argparse',
  'chalk',
  'core-js',
  'regenerator-runtime',
  'yargs',
]);

/** Of TensorFlow.js, which publishes each package in six forms with their sources, only what Node loads. */
function isNeededOfTensorFlow(inside: string): boolean | undefined {
  const [, name, path = ''] = /@tensorflow\/([^/]+)\/?(.*)$/.exec(inside) ?? [];
  if (name === undefined || path === '' || /licen[cs]e/i.test(path)) return undefined;
  if (name.startsWith('tfjs-node'))
    return /^(package\.json|dist|lib|deps)(\/|$)/.test(path) && !/_test\.js$|\.d\.ts$/.test(path);
  return /^(package\.json|dist|dist\/[^/]+\.(node\.js|wasm)|node_modules(\/(?!yargs|cliui|argparse|sprintf).*)?)$/.test(
    path,
  );
}

/** What is left out of the copies: other systems' binaries, sources, and texts other than licences. */
function isNeeded(path: string, target: string): boolean {
  const inside = path.replaceAll('\\', '/');
  const [platform, arch] = target.split('-');
  const runtime = /onnxruntime-node\/bin\/napi-v\d+\/([^/]+)(?:\/([^/]+))?/.exec(inside);
  if (runtime) return runtime[1] === platform && (runtime[2] === undefined || runtime[2] === arch);
  const tensorFlow = isNeededOfTensorFlow(inside);
  if (tensorFlow !== undefined) return tensorFlow;
  const dawn = /\/webgpu\/dist\/([^/]+)/.exec(inside);
  if (dawn) return dawn[1] === target || (platform === 'darwin' && dawn[1] === 'darwin-universal');
  // A file of the same library under its longer name; the binding asks for the shorter.
  const prebuilt = /better-sqlite3\/prebuilds\/([^/]+)\.node$/.exec(inside);
  if (prebuilt) return prebuilt[1] === target;
  if (
    /better-sqlite3\/(deps|src)$|better-sqlite3\/binding\.gyp$|onnxruntime-node\/script$|koffi\/(doc|lib|vendor|cnoke\.cjs)$|koffi\/src\/.*\.(cc|hh|h|S|asm|inc|txt)$|sharp\/(src|install)$/.test(
      inside,
    )
  )
    return false;
  return !/\.(map|d\.ts|d\.mts|d\.cts|md|markdown)$/i.test(inside) || /licen[cs]e/i.test(basename(inside));
}

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

async function manifestOf(name: string): Promise<Manifest | null> {
  try {
    return JSON.parse(await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8')) as Manifest;
  } catch {
    // An optional package for another system.
    return null;
  }
}

/** The native packages and everything they need to run, with their versions. */
export async function runtimePackages(): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const open: string[] = [...native];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name) || unneeded.has(name)) continue;
    const manifest = await manifestOf(name);
    if (!manifest) continue;
    found.set(name, manifest.version);
    const wanted = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
    open.push(...wanted.filter((each) => !each.startsWith('@types/') && each !== '@webgpu/types'));
  }
  return found;
}

/**
 * Lays out what goes into the package, and nothing else: the built program, the native packages for this
 * system, and a manifest without scripts.
 */
export async function stageApp(): Promise<string> {
  const app = join(buildFolder, 'app');
  await rm(app, { recursive: true, force: true });
  await mkdir(join(app, '.build'), { recursive: true });
  for (const part of ['main', 'engine', 'trainer', 'preload', 'renderer'])
    await cp(join(buildFolder, part), join(app, '.build', part), {
      recursive: true,
      filter: (path) => !path.endsWith('.map') && basename(path) !== '.stamp',
    });
  const target = `${process.platform}-${process.arch}`;
  const packages = await runtimePackages();
  for (const name of packages.keys())
    await cp(join(root, 'node_modules', name), join(app, 'node_modules', name), {
      recursive: true,
      filter: (path) => isNeeded(path.slice(root.length), target),
    });
  const whole: Record<string, unknown> = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const { name, productName, version, description, license, type, main } = whole;
  const manifest = { name, productName, version, description, license, author: productName, type, main };
  await writeFile(
    join(app, 'package.json'),
    `${JSON.stringify({ ...manifest, dependencies: Object.fromEntries(packages) }, null, 2)}\n`,
  );
  return app;
}
