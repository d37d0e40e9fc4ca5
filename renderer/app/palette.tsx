import { Spotlight, type SpotlightActionGroupData, spotlight } from '@mantine/spotlight';
import { IconSearch } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Keys } from '../ui/keys.tsx';
import {
  actionGroups,
  actionSpec,
  keysOf,
  type LiveAction,
  useActions,
  useLiveActions,
} from './actions/index.ts';

const accents = /\p{Diacritic}/gu;
const plain = (text: string): string => text.normalize('NFD').replace(accents, '').toLowerCase();

/** Shown nowhere in the palette: it is the palette, or a way of moving the hands. */
const hidden = new Set(['palette', 'moveInGrid', 'extendInGrid', 'jumpInGrid', 'toggleInGrid', 'panImage']);

/** Everything that can be done now, found by its words: Ctrl/Cmd+K. */
export function Palette() {
  const { t } = useTranslation();
  const live = useLiveActions();
  useActions([{ id: 'palette', run: spotlight.toggle }]);
  const groups = useMemo<SpotlightActionGroupData[]>(() => {
    const entry = (action: LiveAction) => ({
      id: `${action.id}/${action.variant ?? ''}`,
      label: action.title ?? t(`actions.title.${action.id}`),
      rightSection: <Keys keys={keysOf(action.id, (action.chords ?? actionSpec(action.id).chords)[0])} />,
      dimmedSections: false,
      onClick: action.run,
    });
    return actionGroups.map((group) => ({
      group: t(`actions.group.${group}`),
      actions: live
        .filter((action) => actionSpec(action.id).group === group && !hidden.has(action.id))
        .map(entry)
        .reverse(),
    }));
  }, [live, t]);
  return (
    <Spotlight
      actions={groups}
      shortcut={null}
      nothingFound={t('actions.paletteEmpty')}
      scrollable
      maxHeight="60vh"
      highlightQuery
      transitionProps={{ duration: 100, transition: 'fade' }}
      filter={(query, all) =>
        all.flatMap((item) => {
          if (!('actions' in item)) return [];
          const words = plain(query).split(/\s+/);
          const actions = item.actions.filter(({ label }) => {
            const title = plain(label ?? '');
            return words.every((word) => title.includes(word));
          });
          return actions.length > 0 ? [{ ...item, actions }] : [];
        })
      }
      searchProps={{
        leftSection: <IconSearch size={18} aria-hidden />,
        placeholder: t('actions.palettePlaceholder'),
        'aria-label': t('actions.palettePlaceholder'),
      }}
    />
  );
}
