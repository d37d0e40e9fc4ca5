import { Group, Modal, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { Keys } from '../ui/keys.tsx';
import { type ActionId, actionGroups, actionSpec, catalogue, keysOf, useActions } from './actions/index.ts';
import styles from './shortcut-sheet.module.css';

const ids = Object.keys(catalogue) as readonly ActionId[];

function Row({ id }: { readonly id: ActionId }) {
  const { t } = useTranslation();
  const { chords } = actionSpec(id);
  const ends = [chords[0], chords.at(-1)];
  const shown = chords.length > 4 ? ends : chords;
  return (
    <div className={styles.row}>
      <Text size="sm">{t(`actions.title.${id}`)}</Text>
      <Group gap="xs" wrap="nowrap">
        {shown.map((chord, index) => (
          <Group key={chord} gap="xs" wrap="nowrap">
            {chords.length > 4 && index === 1 && <Text size="xs">–</Text>}
            <Keys keys={keysOf(id, chord)} />
          </Group>
        ))}
      </Group>
    </div>
  );
}

/** Every shortcut on one sheet, from the same table that the keys are read from. */
export function ShortcutSheet() {
  const { t } = useTranslation();
  const [isOpen, { open, close }] = useDisclosure(false);
  useActions([{ id: 'shortcuts', run: open }]);
  return (
    <Modal
      opened={isOpen}
      onClose={close}
      title={t('actions.sheetTitle')}
      size="xl"
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Text size="sm" c="dimmed" mb="md">
        {t('actions.sheetNote')}
      </Text>
      <div className={styles.columns}>
        {actionGroups.map((group) => (
          <Stack key={group} gap={0} className={styles.group}>
            <Title order={3} mb="xs">
              {t(`actions.group.${group}`)}
            </Title>
            {ids
              .filter((id) => actionSpec(id).group === group && actionSpec(id).chords.length > 0)
              .map((id) => (
                <Row key={id} id={id} />
              ))}
          </Stack>
        ))}
      </div>
    </Modal>
  );
}
