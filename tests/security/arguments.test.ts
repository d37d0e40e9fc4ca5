import { ORPCError } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import { implement } from '@orpc/server';
import { RPCHandler } from '@orpc/server/message-port';
import { beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { failureInterceptor } from '../../main/engine/failures.ts';
import { silentLog } from '../../main/lib/log.ts';
import { channels, pipePair } from '../../main/lib/ports.ts';
import { contract } from '../../shared/contract/index.ts';
import { sampleOf } from './samples.ts';

/** One method of the contract as a path and what it takes. */
interface Method {
  readonly path: readonly [domain: string, name: string];
  readonly input: z.ZodType | null;
}

const methods: Method[] = Object.entries(contract).flatMap(([domain, procedures]) =>
  Object.entries(procedures).map(([name, procedure]) => ({
    path: [domain, name] as const,
    input: ((procedure as { '~orpc': { inputSchema?: z.ZodType } })['~orpc'].inputSchema ??
      null) as z.ZodType | null,
  })),
);

type Builder = { handler: (run: (options: { input: unknown }) => unknown) => unknown };

describe('5. arguments are parsed before any handler', () => {
  const reached: { path: string; input: unknown }[] = [];
  let link!: RPCLink<Record<never, never>>;

  /** Every method of the real contract behind the real interceptor; the handlers only note that they were called. */
  beforeAll(() => {
    const implementer = implement(contract) as unknown as Record<string, Record<string, Builder>>;
    const router = Object.fromEntries(
      Object.entries(contract).map(([domain, procedures]) => [
        domain,
        Object.fromEntries(
          Object.keys(procedures).map((name) => [
            name,
            implementer[domain]?.[name]?.handler(({ input }) => {
              reached.push({ path: `${domain}.${name}`, input });
              throw new TypeError('reached /home/person/secret.ts');
            }),
          ]),
        ),
      ]),
    );
    const { left, right } = pipePair();
    const interceptors = [failureInterceptor(silentLog, { next: () => 'cause-1' })];
    const handler = new RPCHandler(router as never, { clientInterceptors: interceptors as never });
    handler.upgrade(channels(right).channel('client'));
    link = new RPCLink({ port: channels(left).channel('client') });
  });

  const call = async (path: readonly string[], input?: unknown): Promise<ORPCError<string, unknown>> => {
    const error = await link.call([...path], input, { context: {} }).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof ORPCError)) throw new Error(`${path.join('.')} answered ${String(error)}`);
    return error;
  };

  it.each(methods.map((method) => [method.path.join('.'), method] as const))(
    '%s',
    async (_name, { path, input }) => {
      reached.length = 0;
      if (input === null) {
        await call(path);
        expect(reached).toEqual([{ path: path.join('.'), input: undefined }]);
        return;
      }
      const { value, spoiled } = sampleOf(input);
      const taken: string[] = [];
      for (const [what, bad] of [['nothing at all', undefined] as const, ...spoiled]) {
        const { code } = await call(path, bad);
        if (code !== 'BAD_REQUEST') taken.push(what);
      }
      const isOptional = input.safeParse(undefined).success;
      expect(taken.filter((what) => !(isOptional && what === 'nothing at all'))).toEqual([]);
      reached.length = 0;
      // What is right does arrive; with anything that nobody asked for it does not.
      await call(path, value);
      expect(reached, JSON.stringify(value).slice(0, 200)).toHaveLength(1);
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
      for (const name of ['extra', 'constructor', '__proto__']) {
        const more = Object.assign(Object.create(null) as object, value);
        Object.defineProperty(more, name, { value: { polluted: true }, enumerable: true });
        const { code } = await call(path, more);
        // Of `__proto__` it is enough that it changes nothing: it does not survive the way as a key of its own.
        if (name !== '__proto__') expect(code, name).toBe('BAD_REQUEST');
      }
      expect(reached.every(({ input: arrived }) => !('polluted' in (arrived as object)))).toBe(true);
    },
  );

  it('unknown names are not found, inherited ones neither', async () => {
    for (const path of [
      ['images', 'constructor'],
      ['images', 'toString'],
      ['images', '__proto__'],
      ['constructor', 'name'],
      ['__proto__', 'toString'],
      ['nothing', 'here'],
    ] as const) {
      const error = await call(path, {});
      expect(error.code, path.join('.')).toBe('NOT_FOUND');
    }
  });

  it('an unexpected failure reaches the page as code, message and cause, never as a stack', async () => {
    const error = await call(['images', 'counts']);
    expect(error.code).toBe('INTERNAL');
    const text = JSON.stringify(error.toJSON());
    expect(text).toContain('cause-1');
    expect(text).not.toMatch(/secret|TypeError|\bat \w|\.ts/);
  });
});
