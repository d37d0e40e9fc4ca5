import { Button, Group, Modal, Slider, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client, studio } from '../../api/index.ts';
import { useActions } from '../../app/actions/index.ts';
import { useFormats } from '../../app/language/use-formats.ts';
import { showFailure, showNotice } from '../../app/notices.tsx';
import { useSettings } from '../../app/use-settings.ts';
import { CacheSection } from './cache-section.tsx';
import { ComputingSection } from './computing-section.tsx';
import { LanguageControl, ThemeControl, useUpdateSettings } from './preferences.tsx';

function Row({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <Group justify="space-between" gap="md">
      <Text size="sm">{label}</Text>
      {children}
    </Group>
  );
}

function Author() {
  const { t } = useTranslation();
  const settings = useSettings();
  const update = useUpdateSettings();
  const [author, setAuthor] = useState(settings.author);
  return (
    <TextInput
      label={t('common.settings.author')}
      placeholder={t('common.settings.authorPlaceholder')}
      value={author}
      maxLength={100}
      onChange={(event) => setAuthor(event.currentTarget.value)}
      onBlur={() => update({ author: author.trim() })}
    />
  );
}

function Surround() {
  const { t } = useTranslation();
  const settings = useSettings();
  const update = useUpdateSettings();
  const [grey, setGrey] = useState(settings.surround);
  return (
    <div>
      <Text size="sm">{t('common.settings.surround')}</Text>
      <Text size="xs" c="dimmed" mb="xs">
        {t('common.settings.surroundWhy')}
      </Text>
      <Group gap="md" wrap="nowrap">
        <Slider
          flex={1}
          label={null}
          min={0}
          max={255}
          value={grey}
          onChange={setGrey}
          onChangeEnd={(surround) => update({ surround })}
          thumbLabel={t('common.settings.surround')}
        />
        <span
          aria-hidden="true"
          style={{ width: 40, height: 24, borderRadius: 6, background: `rgb(${grey} ${grey} ${grey})` }}
        />
      </Group>
    </div>
  );
}

function Diagnostics() {
  const { t } = useTranslation();
  const formats = useFormats();
  const info = useQuery(studio.system.info.queryOptions()).data;
  const save = async () => {
    const target = await client.system.pickSave({
      purpose: 'diagnostics',
      suggestedName: 'enxerto-diagnostics.json',
    });
    if (target === null) return;
    const { bytes } = await client.system.diagnostics({ target: target.id });
    showNotice(t('common.settings.diagnosticsSaved', { size: formats.bytes(bytes) }));
  };
  return (
    <Group justify="space-between" gap="md">
      <div>
        <Text size="sm">{t('common.settings.about', { version: info?.version ?? '' })}</Text>
        <Text size="xs" c="dimmed" maw="18rem">
          {t('common.settings.diagnosticsWhy')}
        </Text>
      </div>
      <Button variant="default" size="xs" onClick={() => void save().catch(showFailure)}>
        {t('common.settings.diagnostics')}
      </Button>
    </Group>
  );
}

/** Everything that a person may set, in one dialog. */
export function SettingsDialog() {
  const { t } = useTranslation();
  const [isOpen, { open, close }] = useDisclosure(false);
  useActions([{ id: 'settings', run: open }]);
  return (
    <Modal
      opened={isOpen}
      onClose={close}
      size="lg"
      title={t('common.settings.title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Stack gap="lg">
        <Row label={t('common.settings.language')}>
          <LanguageControl />
        </Row>
        <Row label={t('common.settings.theme')}>
          <ThemeControl />
        </Row>
        <Surround />
        <Author />
        <ComputingSection />
        <CacheSection />
        <Diagnostics />
      </Stack>
    </Modal>
  );
}
