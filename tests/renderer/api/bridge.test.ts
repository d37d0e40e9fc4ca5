import { createORPCClient } from '@orpc/client';
import { os } from '@orpc/server';
import { RPCHandler } from '@orpc/server/message-port';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { TopicThrottle } from '../../../renderer/api/topic-throttle.ts';
import type { ChangeTopic } from '../../../shared/contract/project.ts';

/** The page's window as far as the bridge listens to it. */
class Page {
  #listener: (event: MessageEvent) => void = () => undefined;
  addEventListener = (_: string, listener: (event: MessageEvent) => void) => {
    this.#listener = listener;
  };
  post = (port: MessagePort, isTrusted = true) =>
    this.#listener({ ports: [port], data: isTrusted } as unknown as MessageEvent);
}

async function setup() {
  // The module makes the bridge of its own page when it is loaded.
  Object.assign(globalThis, { window: new Page() });
  const { Bridge } = await import('../../../renderer/api/bridge.ts');
  const { RestartingLink } = await import('../../../renderer/api/client.ts');
  const { Gate } = await import('../../../renderer/api/gate.ts');
  const gate = new Gate();
  const page = new Page();
  const bridge = new Bridge(page as unknown as Window, (event) => event.data === true);
  const link = new RestartingLink(bridge, gate);
  const client = createORPCClient(link) as unknown as {
    echo: (text: string) => Promise<string>;
    pickFolder: () => Promise<string>;
  };
  const engine = (name: string, isSilent = false) => {
    const { port1, port2 } = new MessageChannel();
    const router = {
      echo: os.input(z.string()).handler(async ({ input }) => {
        if (isSilent) await new Promise(() => undefined);
        return `${name}: ${input}`;
      }),
      pickFolder: os.handler(async () => {
        if (isSilent) await new Promise(() => undefined);
        return name;
      }),
    };
    new RPCHandler(router).upgrade(port1);
    port1.start();
    return { port: port2, die: () => port1.close() };
  };
  return { page, bridge, client, engine, gate };
}

describe('the bridge to the engine', () => {
  it('holds calls until the port is there and takes none that is not its own', async () => {
    const { page, bridge, client, engine } = await setup();
    const answer = client.echo('a');
    page.post(engine('stranger').port, false);
    expect(bridge.state).toBe('connecting');
    page.post(engine('first').port);
    expect(await answer).toBe('first: a');
    expect(bridge.state).toBe('connected');
  });

  it('repeats a call once when the engine restarts under it', async () => {
    const { page, bridge, client, engine } = await setup();
    const first = engine('first', true);
    page.post(first.port);
    const answer = client.echo('b');
    await new Promise((resolve) => setTimeout(resolve, 20));
    first.die();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(bridge.state).toBe('lost');
    page.post(engine('second').port);
    expect(await answer).toBe('second: b');
  });

  it('never repeats what would open a dialog twice', async () => {
    const { page, client, engine } = await setup();
    const first = engine('first', true);
    page.post(first.port);
    const answer = client.pickFolder().then(
      () => 'answered',
      () => 'failed',
    );
    await new Promise((resolve) => setTimeout(resolve, 20));
    first.die();
    page.post(engine('second').port);
    expect(await answer).toBe('failed');
  });
});

describe('the gate', () => {
  it('holds what needs the project until a restarted engine has it open again', async () => {
    const { page, client, engine, gate } = await setup();
    gate.close();
    page.post(engine('restarted').port);
    let isAnswered = false;
    const answer = client.echo('c').then((text) => {
      isAnswered = true;
      return text;
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(isAnswered).toBe(false);
    gate.open();
    expect(await answer).toBe('restarted: c');
  });
});

describe('topics that change often', () => {
  it('are passed on at once, then joined, and never lost', () => {
    const passed: (readonly ChangeTopic[])[] = [];
    const waiting: (() => void)[] = [];
    let now = 0;
    const throttle = new TopicThrottle((topics) => passed.push(topics), {
      now: () => now,
      later: (run) => waiting.push(run),
    });
    throttle.add(['images', 'labels']);
    now = 50;
    throttle.add(['images', 'labels']);
    throttle.add(['images']);
    expect(passed).toEqual([['images', 'labels']]);
    expect(waiting).toHaveLength(2);
    now = 1100;
    for (const run of waiting) run();
    expect(passed.slice(1)).toEqual([['images'], ['labels']]);
    now = 5000;
    throttle.add(['images']);
    expect(passed.at(-1)).toEqual(['images']);
  });
});
