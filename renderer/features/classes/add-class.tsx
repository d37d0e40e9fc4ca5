import { TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client, newCommandId } from '../../api/index.ts';
import { keysOf, useActions } from '../../app/actions/index.ts';
import { showFailure } from '../../app/notices.tsx';
import { Keys } from '../../ui/keys.tsx';

/** A field that makes a class on Enter and is ready for the next name at once. */
export function AddClass() {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const input = useRef<HTMLInputElement>(null);
  useActions([{ id: 'addClass', run: () => input.current?.focus() }]);
  const add = async () => {
    const wanted = name.trim();
    if (wanted === '') return;
    setName('');
    try {
      await client.classes.create({ commandId: newCommandId(), name: wanted });
    } catch (error) {
      setName((typed) => (typed === '' ? wanted : typed));
      showFailure(error);
    }
  };
  return (
    <TextInput
      ref={input}
      size="xs"
      value={name}
      maxLength={200}
      aria-label={t('classes.add')}
      placeholder={t('classes.addPlaceholder')}
      leftSection={<IconPlus size={14} aria-hidden />}
      rightSection={name === '' ? <Keys keys={keysOf('addClass')} /> : null}
      onChange={(event) => setName(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === 'Enter') void add();
        if (event.key === 'Escape') {
          event.preventDefault();
          setName('');
          event.currentTarget.blur();
        }
      }}
    />
  );
}
