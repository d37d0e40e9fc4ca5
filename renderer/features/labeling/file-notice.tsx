import { Alert, Button, Group } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { ImageRow } from '../../../shared/contract/images.ts';
import { client, newCommandId } from '../../api/index.ts';
import { showFailure, showNotice } from '../../app/notices.tsx';
import { useFileCommands } from '../gallery/index.ts';

/** Says that the file is not as it was, what is safe and what can be done. */
export function FileNotice({ row }: { readonly row: ImageRow }) {
  const { t } = useTranslation();
  const { recheck, relink } = useFileCommands();
  if (row.file === 'ok') return null;
  const accept = () =>
    void client.images
      .acceptChanged({ commandId: newCommandId(), ids: [row.id] })
      .then(() => showNotice(t('images.accepted')))
      .catch(showFailure);
  return (
    <Alert
      color="yellow"
      variant="light"
      radius={0}
      icon={<IconAlertTriangle aria-hidden />}
      title={t(`images.${row.file}`)}
    >
      <Group justify="space-between" gap="sm">
        <span>{t(`images.fileNote.${row.file}`)}</span>
        <Group gap="sm">
          {row.file === 'changed' && (
            <Button size="xs" onClick={accept}>
              {t('images.acceptChanged')}
            </Button>
          )}
          {row.file === 'missing' && (
            <Button size="xs" onClick={relink}>
              {t('images.relink')}
            </Button>
          )}
          <Button size="xs" variant="default" onClick={recheck}>
            {t('images.recheck')}
          </Button>
        </Group>
      </Group>
    </Alert>
  );
}
