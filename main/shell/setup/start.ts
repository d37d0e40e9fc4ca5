import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { buildStale } from './build.ts';
import { obtainElectron } from './electron.ts';
import { root, runCommand, SetupError } from './paths.ts';

/** Shows one line that is written over on a terminal; a plain line for each new word elsewhere. */
export function progress(stream: NodeJS.WriteStream): { say: (text: string) => void; clear: () => void } {
  let last = '';
  return {
    say: (text) => {
      if (text === last) return;
      last = text;
      if (stream.isTTY) stream.write(`\r\u001b[K${text} …`);
      else stream.write(`${text}\n`);
    },
    clear: () => {
      if (stream.isTTY && last !== '') stream.write('\r\u001b[K');
    },
  };
}

/** Switches that this machine needs; Chromium's sandbox cannot be started by root. */
export function launchSwitches(who: { readonly isRoot: boolean }): readonly string[] {
  return who.isRoot ? ['--no-sandbox'] : [];
}

/** The environment of a started Electron: nothing that would make it a plain Node or open a debugger. */
export function launchEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = { ...environment };
  for (const name of ['NODE_OPTIONS', 'ELECTRON_RUN_AS_NODE', 'NODE_PATH']) delete kept[name];
  return kept;
}

async function start(words: readonly string[]): Promise<number> {
  if (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY)
    throw new SetupError(
      'There is no screen here (DISPLAY is not set): start from a desktop, or with `xvfb-run -a npm start`.',
    );
  const line = progress(process.stderr);
  const electron = await obtainElectron(line.say);
  await buildStale(line.say);
  line.clear();
  const switches = launchSwitches({ isRoot: process.getuid?.() === 0 });
  const child = spawn(electron.executable, [...switches, root, ...words], {
    stdio: 'inherit',
    env: launchEnvironment(process.env),
  });
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, pass);
  process.on('SIGINT', process.stdin.isTTY ? () => {} : pass);
  return new Promise((resolve, reject) => {
    child.on('error', (error) => {
      reject(
        new SetupError(
          `Electron could not be started (${error.message}): delete ${electron.folder} and run this again.`,
        ),
      );
    });
    child.on('exit', (code, signal) => {
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}

if (import.meta.main) await runCommand(() => start(process.argv.slice(2)));
