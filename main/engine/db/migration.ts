/** One step of the database's schema; steps are numbered from 1 without gaps and never edited once released. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  /** Run in order inside the one transaction of the whole migration. */
  readonly sql: readonly string[];
}
