import { useTranslation } from 'react-i18next';
import type { ExecutorReport } from '../../../shared/contract/executor.ts';
import { useFormats } from './use-formats.ts';

/** Enough to tell slow ones apart, no more than a timing is good for. */
function digitsOf(rate: number): number {
  if (rate < 1) return 2;
  return rate < 10 ? 1 : 0;
}

/** Says how fast an executor was measured to be. */
export function useExecutorRates(): (report: ExecutorReport) => string {
  const { t } = useTranslation();
  const formats = useFormats();
  const rate = (value: number | null) => (value === null ? '?' : formats.number(value, digitsOf(value)));
  return ({ scaled, trainingRate, forwardRate }) =>
    t(scaled ? 'computing.ratesScaled' : 'computing.rates', {
      training: rate(trainingRate),
      forward: rate(forwardRate),
    });
}
