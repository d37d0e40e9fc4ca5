import { notifications } from '@mantine/notifications';
import { IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react';
import i18next from 'i18next';
import { reasonIn, reasonText } from '../../shared/domain/executor-reasons.ts';
import { refusalReasons } from '../../shared/domain/refusals.ts';
import { type Failure, failureOf } from '../api/failure.ts';
import { languageOfReasons } from './language/index.ts';

/** Why a network is refused, in the language of the moment: by the reason's name and its values. */
export function refusalText(params: Failure['params']): string {
  const why = refusalReasons.find((each) => each === params.why) ?? 'INVALID_GRAPH';
  return i18next.t(`refusals.${why}`, params);
}

/** Some failures have a second sentence, for when one of these values says more. */
const secondSentences = ['fewest', 'known', 'memory', 'file'] as const;

/** The sentence of a failure in the language of the moment. */
export function failureText(failure: Failure): string {
  const context = secondSentences.find((value) => failure.params[value] !== undefined);
  return i18next.t(`failures.${failure.code}`, {
    message: failure.params.why === undefined ? failure.message : refusalText(failure.params),
    file: failure.params.folder ?? failure.params.path ?? i18next.t('failures.fileFallback'),
    name: '',
    who: i18next.t('failures.holderFallback'),
    ...(context !== undefined && { context }),
    ...failure.params,
    ...(failure.code === 'EXECUTOR_UNAVAILABLE' && { reason: executorText(failure.params) }),
  });
}

function executorText(params: Failure['params']): string {
  const reason = reasonIn(params);
  return reason === null ? '' : reasonText(reason, languageOfReasons(i18next.language));
}

/** Tells the person what went wrong; a cancellation, or the end of a project they have just closed, is no news. */
export function showFailure(error: unknown): void {
  const failure = failureOf(error);
  if (failure.code === 'CANCELLED' || failure.code === 'NO_PROJECT') return;
  const detail =
    failure.causeId === null ? '' : ` ${i18next.t('failures.detail', { causeId: failure.causeId })}`;
  notifications.show({
    // The same failure again replaces the notice instead of piling up.
    id: `failure-${failure.code}`,
    title: i18next.t('failures.title'),
    message: failureText(failure) + detail,
    icon: <IconAlertTriangle size={18} aria-hidden />,
    color: 'red',
    autoClose: 12_000,
    withCloseButton: true,
    closeButtonProps: { 'aria-label': i18next.t('common.close') },
  });
}

/** A short notice that something is done. */
export function showNotice(message: string, id?: string): void {
  notifications.show({
    ...(id === undefined ? {} : { id }),
    message,
    icon: <IconInfoCircle size={18} aria-hidden />,
    autoClose: 5000,
    closeButtonProps: { 'aria-label': i18next.t('common.close') },
  });
}
