import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import { type ContractRouterClient, oc } from '@orpc/contract';
import { implement } from '@orpc/server';
import { RPCHandler } from '@orpc/server/message-port';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import {
  type ChannelPort,
  channelOf,
  channels,
  makePipe,
  nextMessage,
  pipePair,
  processPort,
} from '../../main/lib/ports.ts';

const contract = {
  double: oc.input(z.object({ value: z.number() })).output(z.number()),
};

function collect(port: ChannelPort): unknown[] {
  const got: unknown[] = [];
  port.on('message', (event) => got.push(event?.data));
  return got;
}
const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('channels', () => {
  it('carry oRPC in both directions over one pipe', async () => {
    const { left, right } = pipePair();
    const [a, b] = [channels(left), channels(right)];
    const router = implement(contract).router({
      double: implement(contract).double.handler(({ input }) => input.value * 2),
    });
    new RPCHandler(router).upgrade(b.channel('control'));
    new RPCHandler(router).upgrade(a.channel('host'));
    const client = (port: ChannelPort): ContractRouterClient<typeof contract> =>
      createORPCClient(new RPCLink({ port }));
    const answers = await Promise.all([
      client(a.channel('control')).double({ value: 4 }),
      client(b.channel('host')).double({ value: 5 }),
    ]);
    expect(answers).toEqual([8, 10]);
  });

  it('keep what arrives before anyone listens, in order', async () => {
    const { left, right } = pipePair();
    const sender = channels(left);
    for (const value of [1, 2, 3]) sender.channel('trainer:a').postMessage(value);
    const session = sender.open('client');
    session.postMessage('early');
    await settled();
    const receiver = channels(right);
    expect(collect(receiver.channel('trainer:a'))).toEqual([1, 2, 3]);
    let opened: ChannelPort | null = null;
    receiver.accept('client', (port) => {
      opened = port;
    });
    expect(opened).not.toBeNull();
    expect(collect(opened as unknown as ChannelPort)).toEqual(['early']);
  });

  it('close the old session when a new one opens, and lose no message of the new one', async () => {
    const { left, right } = pipePair();
    const [a, b] = [channels(left), channels(right)];
    const log: string[] = [];
    let count = 0;
    b.accept('client', (port) => {
      const name = `session ${++count}`;
      port.on('message', (event) => log.push(`${name}: ${event?.data}`));
      port.on('close', () => log.push(`${name} closed`));
    });
    const first = a.open('client');
    first.postMessage('one');
    const second = a.open('client');
    second.postMessage('two');
    first.postMessage('late');
    await settled();
    expect(log).toEqual(['session 1: one', 'session 1 closed', 'session 2: two']);
  });

  it('tell every open end when the other process is gone', async () => {
    const { left, right, close } = pipePair();
    const [a] = [channels(left), channels(right)];
    const closed: string[] = [];
    a.channel('control').on('close', () => closed.push('control'));
    a.open('client').on('close', () => closed.push('client'));
    close();
    expect(closed.sort()).toEqual(['client', 'control']);
  });

  it('hand over a real port that then bypasses the pipe', async () => {
    const { left, right } = pipePair();
    const { port1, port2 } = new MessageChannel();
    onTestFinished(() => port1.close());
    const real = (port: MessagePort) => ({
      on: (event: 'message' | 'close', listener: (event: { data: unknown }) => void) =>
        port.addEventListener(event, (message) => listener(message as MessageEvent)),
      postMessage: (message: unknown) => port.postMessage(message),
      start: () => port.start(),
      close: () => port.close(),
    });
    const got: unknown[] = [];
    channels(right).accept('client', (port) => {
      port.on('message', (event) => {
        got.push(event?.data);
        port.postMessage('back');
      });
    });
    channels(left).hand('client', real(port2));
    const page = channelOf('client', real(port1));
    const answered = new Promise((resolve) => page.on('message', (event) => resolve(event?.data)));
    page.postMessage('hello');
    expect(await answered).toBe('back');
    expect(got).toEqual(['hello']);
  });

  it('leave aside what is not a frame', async () => {
    const { left, right } = pipePair();
    const got = collect(channels(right).channel('control'));
    for (const bad of [null, 7, 'text', { channel: 'control' }, { channel: 1, session: 0, kind: 'data' }])
      left.postMessage(bad);
    await settled();
    expect(got).toEqual([]);
  });
});

describe('processPort', () => {
  it('talks with a forked process, typed arrays included, and notices its end', async () => {
    const child = fork(new URL('../fixtures/lib/echo-process.ts', import.meta.url), {
      serialization: 'advanced',
    });
    const pipe = makePipe((message) => child.send(message as object));
    child.on('message', (message) => pipe.receive(message, []));
    child.on('disconnect', pipe.ended);
    pipe.port.postMessage({ version: '1.2.3' });
    const all = channels(pipe.port);
    const control = collect(all.channel('control'));
    const page = all.open('client');
    const echoed = new Promise((resolve) => page.on('message', (event) => resolve(event?.data)));
    page.postMessage({ bytes: new Uint8Array([1, 2, 3]), when: new Date(0) });
    expect(await echoed).toEqual({ bytes: new Uint8Array([1, 2, 3]), when: new Date(0) });
    const gone = new Promise<void>((resolve) => pipe.port.onClose(resolve));
    page.close();
    all.channel('control').postMessage('end');
    await Promise.all([gone, once(child, 'exit')]);
    expect(control).toEqual([{ start: { version: '1.2.3' } }, 'client closed']);
    expect(child.exitCode).toBe(0);
  });

  it('refuses a process that nobody started', () => {
    const { send } = process;
    if (send) Object.assign(process, { send: undefined });
    onTestFinished(() => {
      if (send) Object.assign(process, { send });
    });
    expect(() => processPort()).toThrow('npm start');
  });

  it('takes the start message alone and leaves the rest', async () => {
    const { left, right } = pipePair();
    left.postMessage('start');
    left.postMessage({ channel: 'control', session: 0, kind: 'data', data: 'next' });
    expect(await nextMessage(right)).toBe('start');
    expect(collect(channels(right).channel('control'))).toEqual(['next']);
  });
});
