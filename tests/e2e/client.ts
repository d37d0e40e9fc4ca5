import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import type { Page } from 'playwright';
import type { Contract } from '../../shared/contract/index.ts';

/** Names that this file puts on the page. */
interface Bridged {
  readonly heardFromEngine: (message: unknown) => void;
  capturedPort?: MessagePort;
}

/**
 * The contract's client, speaking through the page's own port: for tests of everything behind the window. The
 * page is loaded again and does not get the port, so its interface stays waiting.
 */
export async function takeClient(page: Page): Promise<ContractRouterClient<Contract>> {
  const listeners: ((event: { data: unknown }) => void)[] = [];
  await page.exposeFunction('heardFromEngine', (data: unknown) => {
    for (const listener of listeners) listener({ data });
  });
  await page.addInitScript(() => {
    const bridged = window as unknown as Bridged;
    window.addEventListener(
      'message',
      (event) => {
        const [port] = event.ports;
        if (!port) return;
        event.stopImmediatePropagation();
        port.addEventListener('message', ({ data }) => bridged.heardFromEngine(data));
        port.start();
        bridged.capturedPort = port;
      },
      { capture: true },
    );
  });
  await page.reload();
  await page.waitForFunction(() => (window as unknown as Bridged).capturedPort !== undefined);
  const port = {
    on: (event: string, listener: (event?: { data: unknown }) => void) => {
      if (event === 'message') listeners.push(listener);
    },
    postMessage: (data: unknown) => {
      page
        .evaluate((message) => (window as unknown as Bridged).capturedPort?.postMessage(message), data)
        // The page has been closed: whoever waits for an answer is told by the test's own time limit.
        .catch(() => {});
    },
  };
  return createORPCClient(new RPCLink({ port }));
}
