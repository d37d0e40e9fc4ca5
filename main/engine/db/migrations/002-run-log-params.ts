import type { Migration } from '../migration.ts';

/** Lines of a run's log keep their values, so that a page can say them in the person's language. */
export const runLogParams: Migration = {
  number: 2,
  name: 'run-log-params',
  sql: ["ALTER TABLE run_log ADD COLUMN params TEXT NOT NULL DEFAULT '{}'"],
};
