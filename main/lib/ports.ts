/**
 * How the processes talk. A `PortLike` is the one pipe between a parent and its child, whatever carries it
 * (Electron's utility process, Node's IPC, a pair in one process); `channels` splits it into named channels
 * whose ends look like message ports, so that oRPC's message-port adapter takes them as they are.
 *
 * Channels between shell and engine: `control` and `host` (contracts in `shared/contract/host.ts`), `client`
 * (the page's calls, opened anew by every page) and `trainer:ID` (commands and events of one trainer).
 * A trainer has no channels: after the start message its pipe carries commands and events as they are.
 */

/** A message port of Electron (`MessagePortMain`), named by its shape so that nothing here imports electron. */
export interface RealPort {
  readonly on: {
    (event: 'message', listener: (event: { readonly data: unknown }) => void): unknown;
    (event: 'close', listener: () => void): unknown;
  };
  readonly postMessage: (message: unknown) => void;
  readonly start: () => void;
  readonly close: () => void;
}

/** Takes one message off a pipe; `ports` are the real ports that came with it. */
export type PortListener = (message: unknown, ports: readonly RealPort[]) => void;

/** One pipe to another process. It has one reader at a time; what arrives without one waits. */
export interface PortLike {
  readonly postMessage: (message: unknown, transfer?: readonly RealPort[]) => void;
  /** Makes `listener` the reader and hands it what waited; the returned function takes it off again. */
  readonly onMessage: (listener: PortListener) => () => void;
  /** Called once the other side is gone, also when it already is. */
  readonly onClose: (listener: () => void) => void;
}

/** One end of a channel; has the shape that oRPC's message-port adapter expects of Electron's ports. */
export interface ChannelPort {
  readonly name: string;
  readonly on: (event: string, listener: (event?: { readonly data: unknown }) => void) => void;
  readonly postMessage: (message: unknown) => void;
  readonly close: () => void;
}

/** The named channels of one pipe. */
export interface Channels {
  /** The end of a channel that both sides know by its name; it exists as soon as either side asks for it. */
  readonly channel: (name: string) => ChannelPort;
  /** Starts a new session of a channel; sessions of the same name that are still open are closed. */
  readonly open: (name: string) => ChannelPort;
  /** Like `open`, but gives the other side a real port instead: its messages never pass through here. */
  readonly hand: (name: string, port: RealPort) => void;
  /** Called for each session of `name` that the other side starts, also for those started before. */
  readonly accept: (name: string, listener: (port: ChannelPort) => void) => void;
}

interface Frame {
  readonly channel: string;
  /** 0: the channel known by its name; otherwise the number of the session, given by the side that opened it. */
  readonly session: number;
  readonly kind: 'data' | 'open' | 'close';
  readonly data?: unknown;
}

function isFrame(message: unknown): message is Frame {
  if (typeof message !== 'object' || message === null) return false;
  const { channel, session, kind } = message as Partial<Frame>;
  return (
    typeof channel === 'string' &&
    typeof session === 'number' &&
    (kind === 'data' || kind === 'open' || kind === 'close')
  );
}

/** The state behind `PortLike`: one reader, a queue while there is none, and the end of the pipe. */
export function makePipe(send: PortLike['postMessage']): {
  readonly port: PortLike;
  readonly receive: PortListener;
  readonly ended: () => void;
} {
  let reader: PortListener | null = null;
  let waiting: Parameters<PortListener>[] = [];
  let closed = false;
  const closeListeners: (() => void)[] = [];
  const port: PortLike = {
    postMessage: (message, transfer) => {
      if (!closed) send(message, transfer);
    },
    onMessage: (listener) => {
      reader = listener;
      const missed = waiting;
      waiting = [];
      for (const [position, item] of missed.entries()) {
        if (reader !== listener) {
          waiting = [...missed.slice(position), ...waiting];
          break;
        }
        listener(...item);
      }
      return () => {
        if (reader === listener) reader = null;
      };
    },
    onClose: (listener) => {
      if (closed) listener();
      else closeListeners.push(listener);
    },
  };
  return {
    port,
    receive: (message, ports) => {
      if (reader === null) waiting.push([message, ports]);
      else reader(message, ports);
    },
    ended: () => {
      if (closed) return;
      closed = true;
      for (const listener of closeListeners.splice(0)) listener();
    },
  };
}

interface ParentPort {
  readonly on: (
    event: 'message',
    listener: (event: { readonly data: unknown; readonly ports: readonly RealPort[] }) => void,
  ) => unknown;
  readonly postMessage: (message: unknown) => void;
}

/**
 * The pipe to the parent of this process: an Electron utility process or a child forked by Node.
 * @throws Error when this process was started by neither.
 */
export function processPort(): PortLike {
  const { parentPort } = process as { parentPort?: ParentPort };
  if (parentPort) {
    // Electron's parent port cannot send ports upwards; nothing here needs it to.
    const pipe = makePipe((message) => parentPort.postMessage(message));
    parentPort.on('message', (event) => pipe.receive(event.data, event.ports));
    return pipe.port;
  }
  const send = process.send?.bind(process);
  if (!send)
    throw new Error('This process must be started by Enxerto itself; start the studio with `npm start`.');
  // An error here means that the parent has gone: `disconnect` tells so.
  const pipe = makePipe((message) => send(message, undefined, undefined, () => {}));
  process.on('message', (message) => pipe.receive(message, []));
  process.on('disconnect', pipe.ended);
  return pipe.port;
}

/** The next message alone, for the start message that precedes everything else; later ones wait their turn. */
export function nextMessage(port: PortLike): Promise<unknown> {
  return new Promise((resolve) => {
    const stop = port.onMessage((message) => {
      stop();
      resolve(message);
    });
  });
}

/** Two ends of a pipe within one process, for an engine run in process and for tests. */
export function pipePair(): {
  readonly left: PortLike;
  readonly right: PortLike;
  readonly close: () => void;
} {
  const copied = (receive: PortListener): PortLike['postMessage'] => {
    return (message, transfer = []) => {
      const copy: unknown = structuredClone(message);
      queueMicrotask(() => receive(copy, transfer));
    };
  };
  const left = makePipe((message, transfer) => copied(right.receive)(message, transfer));
  const right = makePipe((message, transfer) => copied(left.receive)(message, transfer));
  return {
    left: left.port,
    right: right.port,
    close: () => {
      left.ended();
      right.ended();
    },
  };
}

interface End {
  readonly port: ChannelPort;
  readonly deliver: (data: unknown) => void;
  readonly end: () => void;
}

function makeEnd(name: string, send: (data: unknown) => void, onClose: () => void): End {
  const listeners: ((event: { data: unknown }) => void)[] = [];
  const closeListeners: (() => void)[] = [];
  let waiting: unknown[] = [];
  let closed = false;
  const end = () => {
    if (closed) return;
    closed = true;
    for (const listener of closeListeners.splice(0)) listener();
  };
  return {
    port: {
      name,
      on: (event, listener) => {
        if (event === 'close') {
          if (closed) listener();
          else closeListeners.push(listener);
        }
        if (event !== 'message') return;
        listeners.push(listener);
        const missed = waiting;
        waiting = [];
        for (const data of missed) listener({ data });
      },
      postMessage: (data) => {
        if (!closed) send(data);
      },
      close: () => {
        if (closed) return;
        onClose();
        end();
      },
    },
    deliver: (data) => {
      if (closed) return;
      if (listeners.length === 0) waiting.push(data);
      for (const listener of listeners) listener({ data });
    },
    end,
  };
}

/** A real port in the shape of a channel's end. */
export function channelOf(name: string, port: RealPort): ChannelPort {
  return {
    name,
    on: (event, listener) => {
      if (event === 'close') port.on('close', () => listener());
      if (event !== 'message') return;
      port.on('message', (message) => listener(message));
      port.start();
    },
    postMessage: (message) => port.postMessage(message),
    close: () => port.close(),
  };
}

/** Splits a pipe into named channels; becomes its reader. Messages that are not frames are left aside. */
export function channels(port: PortLike): Channels {
  const ends = new Map<string, End>();
  const acceptors = new Map<string, (port: ChannelPort) => void>();
  const unclaimed = new Map<string, ChannelPort[]>();
  let sessions = 0;
  // Both sides count their own sessions, so a session is known by its number and by who opened it.
  const key = (name: string, session: number) => `${session}/${name}`;
  const make = (name: string, session: number, sent: number): End => {
    const frame = (kind: Frame['kind'], data?: unknown) =>
      port.postMessage({ channel: name, session: sent, kind, data });
    const end = makeEnd(
      name,
      (data) => frame('data', data),
      () => {
        ends.delete(key(name, session));
        frame('close');
      },
    );
    ends.set(key(name, session), end);
    return end;
  };
  const closeSessions = (name: string) => {
    for (const [id, end] of ends) if (end.port.name === name && !id.startsWith('0/')) end.port.close();
  };
  const arrived = (name: string, opened: ChannelPort) => {
    const acceptor = acceptors.get(name);
    if (acceptor) acceptor(opened);
    else unclaimed.set(name, [...(unclaimed.get(name) ?? []), opened]);
  };
  port.onMessage((message, ports) => {
    if (!isFrame(message)) return;
    // A number that the sender gave as n reaches the other side as −n: its own sessions stay positive.
    const session = message.session === 0 ? 0 : -message.session;
    const { channel: name, kind } = message;
    const id = key(name, session);
    const [real] = ports;
    if (kind === 'open') arrived(name, real ? channelOf(name, real) : make(name, session, session).port);
    else if (kind === 'close') {
      const end = ends.get(id);
      ends.delete(id);
      end?.end();
    } else if (session === 0) (ends.get(id) ?? make(name, 0, 0)).deliver(message.data);
    else ends.get(id)?.deliver(message.data);
  });
  port.onClose(() => {
    for (const end of ends.values()) end.end();
    ends.clear();
  });
  const announce = (name: string, transfer?: readonly RealPort[]): number => {
    closeSessions(name);
    sessions += 1;
    port.postMessage({ channel: name, session: sessions, kind: 'open' }, transfer);
    return sessions;
  };
  return {
    channel: (name) => (ends.get(key(name, 0)) ?? make(name, 0, 0)).port,
    open: (name) => {
      const session = announce(name);
      return make(name, session, session).port;
    },
    hand: (name, real) => {
      announce(name, [real]);
    },
    accept: (name, listener) => {
      acceptors.set(name, listener);
      const early = unclaimed.get(name) ?? [];
      unclaimed.delete(name);
      for (const opened of early) listener(opened);
    },
  };
}
