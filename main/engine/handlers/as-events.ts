/** What a long job tells, as the contract sends it: each step of the generator as progress, what it returns as the end. */
export async function* asEvents<Progress extends object, Result>(
  work: AsyncGenerator<Progress, Result, void>,
) {
  for (;;) {
    const step = await work.next();
    if (step.done) {
      yield { type: 'done' as const, result: step.value };
      return;
    }
    yield { type: 'progress' as const, ...step.value };
  }
}
