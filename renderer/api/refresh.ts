import type { Query, QueryClient } from '@tanstack/react-query';

/**
 * Asks again for what is on screen under these keys. A first answer that is still on its way may be about what was
 * before: it is not waited for but asked for anew.
 */
export async function refresh(queries: QueryClient, keys: readonly (readonly unknown[])[]): Promise<void> {
  const isFirst = ({ state }: Query) => state.data === undefined && state.fetchStatus === 'fetching';
  await Promise.all(
    keys.map(async (queryKey) => {
      await queries.cancelQueries({ queryKey, predicate: isFirst }, { silent: true });
      await queries.invalidateQueries({ queryKey });
    }),
  );
}
