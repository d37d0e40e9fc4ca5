import { implement } from '@orpc/server';
import { RPCHandler } from '@orpc/server/message-port';
import { expect, test } from 'vitest';
import { connectHost } from '../../main/engine/host-link.ts';
import type { TrainerExit } from '../../main/lib/launcher.ts';
import { type ChannelPort, type Channels, channels, pipePair } from '../../main/lib/ports.ts';
import { hostContract } from '../../shared/contract/host.ts';
import type { TrainerEvent } from '../../shared/contract/trainer.ts';

/** The shell's end: trainers are channels that the test speaks for. */
function shellEnd(split: Channels): {
  readonly trainers: Map<string, ChannelPort>;
  readonly killed: string[];
} {
  const trainers = new Map<string, ChannelPort>();
  const killed: string[] = [];
  const os = implement(hostContract);
  const router = os.router({
    pickFolder: os.pickFolder.handler(() => null),
    pickFiles: os.pickFiles.handler(({ input }) => input.filters.flatMap((filter) => filter.extensions)),
    pickSave: os.pickSave.handler(() => null),
    reveal: os.reveal.handler(() => {}),
    open: os.open.handler(() => {}),
    applySettings: os.applySettings.handler(() => {}),
    launchTrainer: os.launchTrainer.handler(({ input }) => {
      if (input.id === 'broken') throw new Error('no more processes');
      const channel = split.channel(`trainer:${input.id}`);
      trainers.set(input.id, channel);
      // Sooner than the answer to this very call.
      channel.postMessage({ type: 'ready' });
      return { pid: 42 };
    }),
    killTrainer: os.killTrainer.handler(({ input }) => void killed.push(input.id)),
  });
  new RPCHandler(router).upgrade(split.channel('host'));
  return { trainers, killed };
}

function connected() {
  const pipe = pipePair();
  return { link: connectHost(channels(pipe.left)), shell: shellEnd(channels(pipe.right)) };
}
const turn = () => new Promise((resolve) => setTimeout(resolve, 20));

test('a trainer is started by the shell; no event is lost, and its exit is told once to whoever asks', async () => {
  const { link, shell } = connected();
  const handle = await link.launcher.launch('run-1');
  expect(handle.pid).toBe(42);
  await turn();
  const events: TrainerEvent[] = [];
  handle.onEvent((event) => events.push(event));
  expect(events).toEqual([{ type: 'ready' }]);

  const commands: unknown[] = [];
  shell.trainers.get('run-1')?.on('message', (message) => commands.push(message?.data));
  handle.send({ type: 'pause' });
  shell.trainers.get('run-1')?.postMessage({ type: 'cancelled' });
  await turn();
  expect(commands).toEqual([{ type: 'pause' }]);
  expect(events.at(-1)).toEqual({ type: 'cancelled' });

  const exits: TrainerExit[] = [];
  handle.onExit((exit) => exits.push(exit));
  link.trainerExited('run-1', { code: null, signal: 'SIGKILL' });
  link.trainerExited('run-1', { code: 0, signal: null });
  handle.onExit((exit) => exits.push(exit));
  expect(exits).toEqual(Array(2).fill({ code: null, signal: 'SIGKILL' }));
});

test('what is not the protocol ends the trainer, not the engine', async () => {
  const { link, shell } = connected();
  const handle = await link.launcher.launch('run-2');
  const events: TrainerEvent[] = [];
  handle.onEvent((event) => events.push(event));
  await turn();
  shell.trainers.get('run-2')?.postMessage({ type: 'progress', progress: 'half' });
  await turn();
  expect(shell.killed).toEqual(['run-2']);
  expect(events).toEqual([{ type: 'ready' }]);
});

test('a start that fails is the caller’s to hear', async () => {
  const { link } = connected();
  await expect(link.launcher.launch('broken')).rejects.toThrow();
  expect(
    await link.host.pickFiles({ title: 'x', filters: [{ name: 'a', extensions: ['jpg'] }], multiple: true }),
  ).toEqual(['jpg']);
});
