import { Button, Group, Progress, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ComputingState } from '../../../shared/contract/computing.ts';
import { client, studio } from '../../api/index.ts';
import { useFormats } from '../../app/language/use-formats.ts';
import { showFailure } from '../../app/notices.tsx';

/** When this computer was measured, and a button to do it again; it can be stopped, and then nothing changes. */
export function Measurement({ state }: { readonly state: ComputingState }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { isOwn, measure, stop } = useMeasurement();
  const { measuring, measuredAt } = state;
  if (measuring === null && !isOwn) {
    return (
      <Group justify="space-between" gap="md">
        <Text size="xs" c="dimmed">
          {measuredAt === null
            ? t('computing.never')
            : t('computing.measuredAt', { time: formats.dateTime(measuredAt) })}
          . {t('computing.ratesWhy')}
        </Text>
        <Button variant="default" size="xs" onClick={measure}>
          {t('computing.measure')}
        </Button>
      </Group>
    );
  }
  const { done = 0, total = 0, title = '' } = measuring ?? {};
  return (
    <Group gap="md" wrap="nowrap">
      <div style={{ flex: 1 }}>
        <Text size="xs" role="status">
          {title === '' ? t('computing.measuringStart') : t('computing.measuring', { title })}
        </Text>
        <Progress
          value={total === 0 ? 0 : (100 * done) / total}
          size="sm"
          animated
          aria-label={t('computing.progress')}
        />
      </div>
      {isOwn && (
        <Button variant="default" size="xs" onClick={stop}>
          {t('computing.stop')}
        </Button>
      )}
    </Group>
  );
}

function useMeasurement() {
  const queries = useQueryClient();
  const [isOwn, setOwn] = useState(false);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const measure = () => {
    const controller = new AbortController();
    running.current = controller;
    setOwn(true);
    const follow = async () => {
      const { signal } = controller;
      for await (const step of await client.computing.measure(undefined, { signal })) {
        if (step.type === 'done') queries.setQueryData(studio.computing.state.queryKey(), step.result);
      }
    };
    follow()
      .catch((error: unknown) => {
        if (!controller.signal.aborted) showFailure(error);
      })
      .finally(() => {
        setOwn(false);
        void queries.invalidateQueries({ queryKey: studio.computing.state.key() });
      });
  };
  return { isOwn, measure, stop: () => running.current?.abort() };
}
