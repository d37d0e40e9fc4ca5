import { z } from 'zod';
import type { BackboneId, ClassId, CommandId, GrantId, ImageId, JobId, RunId } from '../domain/ids.ts';

/** Schemas of the branded ids: a plain value goes in, a branded one comes out. */
export const imageId = z
  .int()
  .positive()
  .transform((value) => value as ImageId);
export const classId = z
  .int()
  .positive()
  .transform((value) => value as ClassId);
const token = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
export const runId = token.transform((value) => value as RunId);
export const jobId = token.transform((value) => value as JobId);
export const commandId = token.transform((value) => value as CommandId);
export const grantId = token.transform((value) => value as GrantId);
export const backboneId = token.transform((value) => value as BackboneId);

/** A name a person gives: trimmed, not empty, short enough to show. */
export const personName = z.string().trim().min(1).max(200);
export const hexColour = z.string().regex(/^#[0-9a-f]{6}$/);
/** Milliseconds since 1970, UTC. */
export const timestamp = z.int().nonnegative();
export const fraction = z.number().min(0).max(1);

/** Values for the sentence that a code stands for: names, numbers, files. */
export const params = z.record(z.string(), z.union([z.string(), z.number()]));

/** Why something ended badly: a code for a page's own words with values for them, and a message in English. */
export const failure = z.object({
  code: z.string(),
  message: z.string(),
  params,
});

/** A number with the interval that says how far it can be trusted; `null` where it is not defined. */
export const estimate = z.object({
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
});
export type Estimate = z.infer<typeof estimate>;

/** What was wrong with one file or row, as a code the page translates and values for its sentence. */
export const problem = z.object({
  file: z.string(),
  code: z.string(),
  message: z.string(),
});
export type Problem = z.infer<typeof problem>;
