import i18next from 'i18next';
import type { JobNote } from '../../../shared/contract/training.ts';
import { runLogCodes } from '../../../shared/domain/run-log.ts';
import { asErrorCode } from '../../api/failure.ts';
import type { Formats } from '../../app/language/format.ts';
import { failureText } from '../../app/notices.tsx';

type Params = JobNote['params'];

/**
 * A line of a run's log, or a note of a job, in the language of the moment; one that only an older or newer program knows,
 * as it was written.
 */
export function logLineText(line: JobNote, formats: Formats): string {
  const code = runLogCodes.find((each) => each === line.code);
  if (code === undefined) return line.message;
  // Lines of projects made before values were kept have none for those that these words name.
  const words = i18next.t(`runLog.${code}`, { skipInterpolation: true });
  if (Object.keys(line.params).length === 0 && words.includes('{{')) return line.message;
  if (code === 'imageFailed') {
    const { code: failure, ...params } = line.params;
    const reason = failureText({
      code: asErrorCode(String(failure)) ?? 'INTERNAL',
      message: line.message,
      params,
      causeId: null,
    });
    return i18next.t('runLog.imageFailed', { reason });
  }
  return i18next.t(`runLog.${code}`, worded(line.params, formats));
}

/** Values as they are read: numbers to three digits. */
function worded(params: Params, formats: Formats): Params {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      typeof value === 'number' ? formats.number(value, fraction(value)) : value,
    ]),
  );
}

function fraction(value: number): number {
  if (Number.isInteger(value)) return 0;
  return Math.min(20, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
}
