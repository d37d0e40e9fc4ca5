import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { AdoptionReport } from '../../../shared/contract/trainer.ts';
import type { AdoptBackbone } from '../../../shared/contract/training.ts';
import { client, type Failure, failureOf, studio } from '../../api/index.ts';

/** How far taking a network is, or how it ended. */
type Taking =
  | { readonly kind: 'asking'; readonly failure: Failure | null }
  | { readonly kind: 'running'; readonly stage: string; readonly done: number; readonly total: number }
  | { readonly kind: 'done'; readonly report: AdoptionReport };

/** Takes a network of one's own and follows it; a failure is kept beside the questions, since they answer it. */
export function useTaking(onTaken: (id: string, report: AdoptionReport) => void) {
  const queries = useQueryClient();
  const [taking, setTaking] = useState<Taking>({ kind: 'asking', failure: null });
  const stopping = useRef<AbortController | null>(null);
  const start = async (input: AdoptBackbone) => {
    const stop = new AbortController();
    stopping.current = stop;
    setTaking({ kind: 'running', stage: 'preparing', done: 0, total: 0 });
    try {
      let report: AdoptionReport | null = null;
      for await (const event of await client.training.adoptBackbone(input, { signal: stop.signal })) {
        if (event.type === 'done') report = event.result;
        else setTaking({ kind: 'running', ...event });
      }
      if (report === null) return setTaking({ kind: 'asking', failure: null });
      await queries.invalidateQueries({ queryKey: studio.training.backbones.key() });
      onTaken(input.id, report);
      setTaking({ kind: 'done', report });
    } catch (error) {
      // A stopped stream ends with whatever error its end happens to be.
      setTaking({ kind: 'asking', failure: stop.signal.aborted ? null : failureOf(error) });
    }
  };
  return {
    taking,
    start: (input: AdoptBackbone) => void start(input),
    stop: () => stopping.current?.abort(),
  };
}
