import { type ChildProcess, spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import type { UtilityProcess, utilityProcess as UtilityProcesses } from 'electron';
import { childEnvironment } from '../lib/child-environment.ts';
import { makePipe, type PortLike } from '../lib/ports.ts';

/** How a child ended. A crash is an end that was neither asked for nor announced by exit code 0. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly isCrash: boolean;
}

/** A child process, however it is run. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly port: PortLike;
  /** Called once, also when it has already ended. */
  readonly onExit: (listener: (exit: ChildExit) => void) => void;
  /** Marks the coming end as wanted. */
  readonly expectExit: () => void;
  readonly kill: () => void;
}

/** What to run and as whom. */
export interface ChildOptions {
  readonly name: string;
  readonly entry: string;
  /** Where it stands; a folder that is sure to be readable, unlike the one that the studio was started in. */
  readonly folder: string;
  /** Below the window's and the engine's, for work that may take its time. */
  readonly isBackground?: boolean;
  readonly onOutput?: (text: string) => void;
}

/** Starts children one way; readiness is that the process runs and its pipe is open. */
export interface ProcessLauncher {
  readonly launch: (options: ChildOptions) => Promise<Child>;
}

/** Exit, crash, and the wish to end, kept apart. */
function exitState(): {
  readonly onExit: Child['onExit'];
  readonly expectExit: () => void;
  readonly ended: (code: number | null, signal: string | null) => void;
} {
  let exit: ChildExit | null = null;
  let isExpected = false;
  const listeners: ((exit: ChildExit) => void)[] = [];
  return {
    onExit: (listener) => {
      if (exit) listener(exit);
      else listeners.push(listener);
    },
    expectExit: () => {
      isExpected = true;
    },
    ended: (code, signal) => {
      if (exit) return;
      exit = { code, signal, isCrash: !isExpected && (code !== 0 || signal !== null) };
      for (const listener of listeners.splice(0)) listener(exit);
    },
  };
}

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Forbidden on this system, or already gone: the child runs at normal priority.
  }
}

/** Electron's own `kill` asks; a child that is stuck does not listen. */
function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}

function pipeOutput(child: ChildProcess | UtilityProcess, onOutput: ChildOptions['onOutput']): void {
  for (const stream of [child.stdout, child.stderr]) {
    // Read in any case: a full pipe would stop the child.
    stream?.on('data', (bytes: Buffer) => onOutput?.(bytes.toString('utf8')));
  }
}

/** Runs children as Electron utility processes. */
export function utilityLauncher(utilityProcess: typeof UtilityProcesses): ProcessLauncher {
  return {
    launch: ({ name, entry, folder, isBackground = false, onOutput }) =>
      new Promise((resolve, reject) => {
        const child = utilityProcess.fork(entry, [], {
          serviceName: `Enxerto ${name}`,
          cwd: folder,
          env: childEnvironment(process.env),
          execArgv: [],
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        const state = exitState();
        // Electron's own ports are accepted here by the shape we know of them.
        const pipe = makePipe((message, transfer = []) =>
          child.postMessage(message, transfer as unknown as Electron.MessagePortMain[]),
        );
        child.on('message', (message) => pipe.receive(message, []));
        child.once('exit', (code) => {
          pipe.ended();
          state.ended(code, null);
          reject(new Error(`The ${name} ended with code ${code} before it was ready.`));
        });
        pipeOutput(child, onOutput);
        child.once('spawn', () => {
          const pid = child.pid ?? 0;
          if (isBackground) lowerPriority(pid);
          resolve({ name, pid, port: pipe.port, ...state, kill: () => killNow(pid) });
        });
      }),
  };
}

/** Runs children as plain Node processes of the given binary, for programs that this Electron cannot load. */
export function nodeLauncher(binary: string): ProcessLauncher {
  return {
    launch: ({ name, entry, folder, isBackground = false, onOutput }) =>
      new Promise((resolve, reject) => {
        // Not `fork`: Electron's own version of it adds ELECTRON_RUN_AS_NODE to the child's environment.
        const child = spawn(binary, [entry], {
          cwd: folder,
          env: childEnvironment(process.env),
          serialization: 'advanced',
          stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
          windowsHide: true,
        });
        const state = exitState();
        const pipe = makePipe((message) => {
          if (child.connected) child.send(message as object, () => {});
        });
        child.on('message', (message) => pipe.receive(message, []));
        child.once('disconnect', pipe.ended);
        child.on('error', reject);
        // `close`, not `exit`: what the child said last has then arrived.
        child.once('close', (code, signal) => {
          pipe.ended();
          state.ended(code, signal);
          reject(new Error(`The ${name} ended with ${signal ?? `code ${code}`} before it was ready.`));
        });
        pipeOutput(child, onOutput);
        child.once('spawn', () => {
          const pid = child.pid ?? 0;
          if (isBackground) lowerPriority(pid);
          resolve({ name, pid, port: pipe.port, ...state, kill: () => void child.kill('SIGKILL') });
        });
      }),
  };
}

/** Waits for an end that was asked for; kills what has not ended after `milliseconds`. */
export function endOf(child: Child, milliseconds: number): Promise<ChildExit> {
  child.expectExit();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill(), milliseconds);
    child.onExit((exit) => {
      clearTimeout(timer);
      resolve(exit);
    });
  });
}
