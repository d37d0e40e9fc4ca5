import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import { implement } from '@orpc/server';
import { RPCHandler } from '@orpc/server/message-port';
import { type controlContract, hostContract, type ProcessStart } from '../../shared/contract/host.ts';
import { type ChannelPort, type Channels, channels, type RealPort } from '../lib/ports.ts';
import { type Child, endOf, type ProcessLauncher } from './supervisor.ts';

/** The shell's calls to the engine. */
export type Control = ContractRouterClient<typeof controlContract>;

/** What the engine may ask of the shell, apart from trainers, which the link starts itself. */
export type HostServices = {
  readonly [Name in Exclude<keyof typeof hostContract, 'launchTrainer' | 'killTrainer'>]: (
    input: Parameters<ContractRouterClient<typeof hostContract>[Name]>[0],
  ) => ReturnType<ContractRouterClient<typeof hostContract>[Name]>;
};

/** What the link needs to know of the world. */
export interface EngineLinkOptions {
  readonly engine: ProcessLauncher;
  readonly trainer: ProcessLauncher;
  readonly entries: { readonly engine: string; readonly trainer: string };
  readonly start: ProcessStart;
  readonly host: HostServices;
  /** A utility process can hold a real port; to a plain Node child its messages are passed on one by one. */
  readonly canHandPorts: boolean;
  readonly say: (text: string) => void;
  /** The engine has crashed; `isBack` tells whether a new one is running. */
  readonly onCrash: (isBack: boolean) => void;
}

/** The one engine of the studio, whichever process is just now running it. */
export interface EngineLink {
  readonly control: () => Control;
  /** Connects a page's port; a page that connected before loses its connection. */
  readonly connect: (port: RealPort) => void;
  /** Lets the engine close its project, then ends it and every trainer. */
  readonly stop: () => Promise<void>;
}

interface Running {
  readonly child: Child;
  readonly channels: Channels;
  readonly control: Control;
  readonly trainers: Map<string, Child>;
}

/** A second crash within this time would not be the last: then the person must decide. */
const crashInterval = 30_000;
const patience = 15_000;

/** Passes everything from one port to the other, unread, until one of them closes. */
export function relay(page: RealPort, engine: ChannelPort): void {
  page.on('message', (event) => engine.postMessage(event.data));
  page.on('close', () => engine.close());
  engine.on('message', (event) => page.postMessage(event?.data));
  engine.on('close', () => page.close());
  page.start();
}

async function launchTrainer(id: string, running: Running, options: EngineLinkOptions): Promise<number> {
  const trainer = await options.trainer.launch({
    name: 'trainer',
    entry: options.entries.trainer,
    folder: options.start.userData,
    isBackground: true,
    onOutput: options.say,
  });
  running.trainers.set(id, trainer);
  const channel = running.channels.channel(`trainer:${id}`);
  channel.on('message', (event) => trainer.port.postMessage(event?.data));
  let hasEnded = false;
  // Of one that has ended the number may be another process's by now.
  channel.on('close', () => hasEnded || trainer.kill());
  trainer.port.onMessage((message) => channel.postMessage(message));
  trainer.onExit(({ code, signal }) => {
    hasEnded = true;
    running.trainers.delete(id);
    // An engine that has gone meanwhile needs no word of it.
    running.control.trainerExited({ id, code, signal }).catch(() => {});
    channel.close();
  });
  return trainer.pid;
}

function serveHost(running: Running, options: EngineLinkOptions): void {
  const contract = implement(hostContract);
  const { host } = options;
  const router = contract.router({
    pickFolder: contract.pickFolder.handler(({ input }) => host.pickFolder(input)),
    pickFiles: contract.pickFiles.handler(({ input }) => host.pickFiles(input)),
    pickSave: contract.pickSave.handler(({ input }) => host.pickSave(input)),
    reveal: contract.reveal.handler(({ input }) => host.reveal(input)),
    open: contract.open.handler(({ input }) => host.open(input)),
    applySettings: contract.applySettings.handler(({ input }) => host.applySettings(input)),
    launchTrainer: contract.launchTrainer.handler(async ({ input }) => ({
      pid: await launchTrainer(input.id, running, options),
    })),
    killTrainer: contract.killTrainer.handler(({ input }) => running.trainers.get(input.id)?.kill()),
  });
  new RPCHandler(router).upgrade(running.channels.channel('host'));
}

async function startEngine(options: EngineLinkOptions): Promise<Running> {
  const child = await options.engine.launch({
    name: 'engine',
    entry: options.entries.engine,
    folder: options.start.userData,
    onOutput: options.say,
  });
  child.port.postMessage(options.start);
  const split = channels(child.port);
  const control: Control = createORPCClient(new RPCLink({ port: split.channel('control') }));
  const running: Running = { child, channels: split, control, trainers: new Map() };
  serveHost(running, options);
  return running;
}

/** Starts the engine and keeps it running: a crashed one is replaced, and `onCrash` then gives the page a new port. */
export async function linkEngine(options: EngineLinkOptions): Promise<EngineLink> {
  let running = await startEngine(options);
  let isStopping = false;
  let lastCrash = Number.NEGATIVE_INFINITY;
  const watch = (current: Running) => {
    current.child.onExit(async ({ isCrash, code, signal }) => {
      for (const trainer of current.trainers.values()) trainer.kill();
      if (isStopping) return;
      options.say(`The engine ended with ${signal ?? `code ${code}`}${isCrash ? ' (crash)' : ''}.\n`);
      const isRepeated = performance.now() - lastCrash < crashInterval;
      lastCrash = performance.now();
      if (isRepeated) return options.onCrash(false);
      try {
        running = await startEngine(options);
      } catch (error) {
        options.say(`${error instanceof Error ? error.message : error}\n`);
        return options.onCrash(false);
      }
      watch(running);
      options.onCrash(true);
    });
  };
  watch(running);
  return {
    control: () => running.control,
    connect: (port) => {
      if (options.canHandPorts) running.channels.hand('client', port);
      else relay(port, running.channels.open('client'));
    },
    stop: async () => {
      isStopping = true;
      const { child, control, trainers } = running;
      child.expectExit();
      // A dead or stuck engine does not answer: the wait below ends it.
      control.shutdown().catch(() => {});
      await endOf(child, patience);
      for (const trainer of trainers.values()) trainer.kill();
    },
  };
}
