import { isOutOfMemory } from './failures.ts';

/**
 * Does some work; where memory ends in it, asks for a `smaller` way and does it again. `smaller` throws where there is
 * none. Whatever is computed so many images at a time goes on in this one way.
 */
export async function withinMemory<Result>(
  work: () => Promise<Result>,
  smaller: (lack: unknown) => Promise<void>,
): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      await smaller(error);
    }
  }
}
