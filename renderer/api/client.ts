import { type ClientContext, type ClientLink, type ClientOptions, createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import { createTanstackQueryUtils } from '@orpc/tanstack-query';
import type { Contract } from '../../shared/contract/index.ts';
import { type Bridge, bridge, type Connection } from './bridge.ts';
import { Gate } from './gate.ts';

/** Answers to native dialogs belong to the moment they were asked in; asking twice would open two. */
const neverRepeated = new Set(['pickFolder', 'pickFiles', 'pickSave', 'reveal', 'open']);

/** What opening a project needs itself; everything else about projects waits until that is done. */
const opensProjects = new Set(['projects.recent', 'projects.open']);

/**
 * Sends each call over the connection of the moment and repeats it once when the engine restarts under it:
 * reads are harmless and commands carry an id that the engine recognises.
 */
export class RestartingLink<Context extends ClientContext> implements ClientLink<Context> {
  readonly #links = new WeakMap<Connection, ClientLink<Context>>();
  readonly #bridge: Pick<Bridge, 'connection'>;
  readonly #gate: Gate;
  constructor(source: Pick<Bridge, 'connection'>, gate: Gate) {
    this.#bridge = source;
    this.#gate = gate;
  }

  async call(path: readonly string[], input: unknown, options: ClientOptions<Context>): Promise<unknown> {
    const connection = await this.#connection(path);
    let isClosed = false;
    void connection.closed.then(() => {
      isClosed = true;
    });
    try {
      return await this.#link(connection).call(path, input, options);
    } catch (error) {
      // One turn of the event loop: the port's end and the call's failure arrive in either order.
      await new Promise((resolve) => setTimeout(resolve, 0));
      const mayRepeat = isClosed && !options.signal?.aborted && !neverRepeated.has(path.at(-1) ?? '');
      if (!mayRepeat) throw error;
      return this.#link(await this.#connection(path)).call(path, input, options);
    }
  }

  /** An open connection; for what concerns the project, one whose engine has it open again. */
  async #connection(path: readonly string[]): Promise<Connection> {
    if (!opensProjects.has(path.join('.')) && path[0] !== 'system') await this.#gate.pass();
    return this.#bridge.connection();
  }

  #link(connection: Connection): ClientLink<Context> {
    const known = this.#links.get(connection);
    if (known !== undefined) return known;
    const link = new RPCLink<Context>({ port: connection.port });
    this.#links.set(connection, link);
    return link;
  }
}

type StudioClient = ContractRouterClient<Contract>;

/** Closed from the end of an engine until its successor has the project open again. */
export const projectGate = new Gate();
bridge.subscribe(() => {
  if (bridge.state === 'lost') projectGate.close();
});

/** Everything the page may ask of the engine, over whatever connection is open. */
export const client: StudioClient = createORPCClient(new RestartingLink(bridge, projectGate));

/** Query and mutation options of every method, keyed so that a topic can invalidate them. */
export const studio = createTanstackQueryUtils(client);
