import { ActionIcon, ColorSwatch, Menu, Tooltip, UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconDots, IconPencil, IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { ImageClass } from '../../../shared/contract/images.ts';
import { client, newCommandId } from '../../api/index.ts';
import { showFailure } from '../../app/notices.tsx';
import styles from './classes-panel.module.css';

/** Twelve colours that stay apart under the common colour-vision deficiencies; each class has a shape besides. */
const palette = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#cc79a7',
  '#56b4e9',
  '#d55e00',
  '#f0e442',
  '#6a3d9a',
  '#8c6d31',
  '#525252',
  '#a6d854',
  '#e7298a',
] as const;
const digits = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

interface ClassMenuProps {
  readonly imageClass: ImageClass;
  readonly onRename: () => void;
  readonly onRemove: () => void;
  readonly onMove: (step: -1 | 1) => void;
}

function update(imageClass: ImageClass, change: { colour?: string; shortcut?: number | null }): void {
  client.classes.update({ commandId: newCommandId(), id: imageClass.id, ...change }).catch(showFailure);
}

function Colours({ imageClass }: { readonly imageClass: ImageClass }) {
  const { t } = useTranslation();
  return (
    <fieldset className={styles.colours} aria-label={t('classes.colour', { name: imageClass.name })}>
      {palette.map((colour) => (
        <UnstyledButton
          key={colour}
          aria-label={t('common.colour', { value: colour })}
          aria-pressed={colour === imageClass.colour}
          className={styles.colour}
          onClick={() => update(imageClass, { colour })}
        >
          <ColorSwatch color={colour} size={20} radius="sm" withShadow={false} />
        </UnstyledButton>
      ))}
    </fieldset>
  );
}

function Shortcuts({ imageClass }: { readonly imageClass: ImageClass }) {
  const { t } = useTranslation();
  return (
    <fieldset className={styles.digits} aria-label={t('classes.shortcutOf')}>
      {digits.map((digit) => (
        <UnstyledButton
          key={digit}
          className={styles.digit}
          aria-label={t('classes.shortcut', { digit })}
          aria-pressed={digit === imageClass.shortcut}
          onClick={() => update(imageClass, { shortcut: digit === imageClass.shortcut ? null : digit })}
        >
          {digit}
        </UnstyledButton>
      ))}
    </fieldset>
  );
}

/** Everything that can be done with one class. */
export function ClassMenu({ imageClass, onRename, onRemove, onMove }: ClassMenuProps) {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-end" width="16rem">
      <Menu.Target>
        <Tooltip label={t('common.more')}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            className={styles.more}
            aria-label={t('classes.menu', { name: imageClass.name })}
          >
            <IconDots size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={onRename}>
          {t('common.rename')}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconArrowUp size={16} aria-hidden />}
          closeMenuOnClick={false}
          onClick={() => onMove(-1)}
        >
          {t('classes.moveUp')}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconArrowDown size={16} aria-hidden />}
          closeMenuOnClick={false}
          onClick={() => onMove(1)}
        >
          {t('classes.moveDown')}
        </Menu.Item>
        <Menu.Label>{t('classes.shortcutOf')}</Menu.Label>
        <Shortcuts imageClass={imageClass} />
        <Menu.Label>{t('classes.colour', { name: imageClass.name })}</Menu.Label>
        <Colours imageClass={imageClass} />
        <Menu.Divider />
        <Menu.Item
          c="var(--studio-danger)"
          leftSection={<IconTrash size={16} aria-hidden />}
          onClick={onRemove}
        >
          {t('classes.remove')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
