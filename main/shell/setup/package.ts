import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type AfterPackContext, build, type Configuration, Platform } from 'electron-builder';
import { buildStale } from './build.ts';
import { type ElectronAtHand, obtainElectron } from './electron.ts';
import { runtimesFolder } from './openvino.ts';
import { buildFolder, root, runCommand, SetupError } from './paths.ts';
import { stageApp } from './stage.ts';
import { progress } from './start.ts';

/**
 * What a package needs whose engine (and on Linux trainer) runs on a Node of its own: the binary, and their
 * programs and packages beside the archive, into which Node cannot look.
 */
function nodeAdditions(): Configuration {
  return {
    asarUnpack: ['.build/engine/**', '.build/trainer/**', 'node_modules/**', 'package.json'],
    extraResources: [{ from: join(root, 'node_modules/node/bin'), to: 'node', filter: ['node', 'node.exe'] }],
  };
}

/** Libraries of executors that a setup command put into this checkout go with the program. */
function runtimeAdditions(): Configuration {
  if (!existsSync(runtimesFolder)) return {};
  // What an interrupted setup left lies beside the folders, under a name with a dot. Of TensorFlow only the addon goes
  // with the program: its libraries are as big as everything else together, and a person's own may know their card. Of
  // CUDA nothing does, for the same reasons.
  const filter = [
    '**/*',
    '!*.*/**',
    // Where they lie on this machine, for the setup commands.
    '!*/enxerto.json',
    '!tensorflow/libraries',
    '!tensorflow/libraries/**',
    '!cuda',
    '!cuda/**',
  ];
  return { extraResources: [{ from: runtimesFolder, to: 'runtimes', filter }] };
}

async function packageFor(electron: ElectronAtHand, installers: boolean): Promise<void> {
  const additions = electron.isSubstitute || process.platform === 'linux' ? nodeAdditions() : {};
  const runtimes = runtimeAdditions();
  const config: Configuration = {
    extends: join(root, 'electron-builder.yml'),
    electronDist: electron.folder,
    electronVersion: electron.version,
    ...additions,
    extraResources: [additions.extraResources ?? [], runtimes.extraResources ?? []].flat(),
    // The loader that a bare Electron is given for development must not come first.
    afterPack: async ({ appOutDir, packager }: AfterPackContext) => {
      const resources = packager.getResourcesDir(appOutDir);
      await rm(join(resources, 'app'), { recursive: true, force: true });
    },
  };
  await build({
    projectDir: root,
    targets: installers ? Platform.current().createTarget() : Platform.current().createTarget('dir'),
    publish: 'never',
    config,
  });
}

async function run(words: readonly string[]): Promise<number> {
  const installers = words.includes('--installers');
  const line = progress(process.stderr);
  const electron = await obtainElectron(line.say);
  await buildStale(line.say);
  line.say('Laying out the program');
  await stageApp();
  line.clear();
  if (electron.isSubstitute) {
    process.stderr.write(
      `This package is made of Electron ${electron.version}, for tests only: the releases of the current one are out of reach.\n`,
    );
    if (installers)
      throw new SetupError('Installers are not made of it: run this again where Electron can be fetched.');
  }
  try {
    await packageFor(electron, installers);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SetupError(
      `Packaging failed (${reason}): make room on the disk, check the connection for installers, and run this again.`,
    );
  }
  process.stderr.write(`The program is in ${join(buildFolder, 'package')}.\n`);
  return 0;
}

if (import.meta.main) await runCommand(() => run(process.argv.slice(2)));
