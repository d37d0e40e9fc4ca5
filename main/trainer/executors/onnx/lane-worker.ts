import { serveThread } from '../../../lib/threads.ts';
import type { Tensor } from '../../graph/types.ts';
import type { LaneData, LaneRequest } from './lanes.ts';
import { openSession } from './session.ts';
import { fromOrt, toOrt } from './tensors.ts';

/** Entry of a thread that runs a network on the processor, one batch at a time. */
await serveThread<LaneData, LaneRequest, ReadonlyMap<string, Tensor>>(async ({ model, threads }) => {
  const session = await openSession(model, { provider: 'cpu', threads });
  return {
    answer: async (request) => {
      if (request === null) return new Map();
      const feeds = Object.fromEntries([...request.feeds].map(([name, value]) => [name, toOrt(value)]));
      const results = await session.run(feeds, [...request.fetches]);
      return new Map(request.fetches.map((name) => [name, fromOrt(results[name]!)]));
    },
    close: () => session.release(),
  };
});
