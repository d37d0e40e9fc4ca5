import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { expect, test } from 'vitest';
import { refresh } from '../../../renderer/api/refresh.ts';

test('an answer on its way when something changes is asked for anew, the first one too', async () => {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  let labels = 'before';
  const answers: (() => void)[] = [];
  const observer = new QueryObserver(queries, {
    queryKey: ['training', 'recommend'],
    queryFn: async () => {
      const seen = labels;
      await new Promise<void>((resolve) => answers.push(resolve));
      return seen;
    },
  });
  const stop = observer.subscribe(() => undefined);
  labels = 'after';
  const done = refresh(queries, [['training']]);
  await expect.poll(() => answers.length).toBe(2);
  for (const answer of answers) answer();
  await done;
  expect(observer.getCurrentResult().data).toBe('after');
  stop();
  queries.clear();
});
