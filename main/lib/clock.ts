/** The time of day and new ids, handed in wherever they are needed so that a test can fix them. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  readonly now: () => number;
}
export interface Ids {
  /** A new unguessable id of letters, digits, `-` and `_`. */
  readonly next: () => string;
}
export const systemClock: Clock = { now: () => Date.now() };
/**
 * For whoever measures how long things take: begins at the time of day, and goes on evenly when somebody sets that, or the
 * network corrects it.
 */
export const steadyClock: Clock = { now: () => performance.timeOrigin + performance.now() };
export const randomIds: Ids = { next: () => crypto.randomUUID() };
