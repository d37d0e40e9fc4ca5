import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';
import { useActions } from './actions/index.ts';

/** The five places, in the order of the work. */
export const places = ['images', 'label', 'train', 'results', 'use'] as const;
export type Place = (typeof places)[number];

interface Navigation {
  readonly place: Place;
  readonly go: (place: Place) => void;
  /** To the place one came from. */
  readonly back: () => void;
}

const Context = createContext<Navigation | null>(null);

/** Where the person is, and the way to another place. */
export function useNavigation(): Navigation {
  const navigation = useContext(Context);
  if (navigation === null) throw new Error('useNavigation is used outside NavigationProvider');
  return navigation;
}

/** Keeps the current place and the way back, and offers the places as actions. */
export function NavigationProvider({ children }: { readonly children: ReactNode }) {
  const [trail, setTrail] = useState<readonly Place[]>(['images']);
  const place = trail.at(-1) ?? 'images';
  const go = useCallback((next: Place) => {
    setTrail((before) => (before.at(-1) === next ? before : [...before.slice(-20), next]));
  }, []);
  const back = useCallback(() => {
    setTrail((before) => (before.length > 1 ? before.slice(0, -1) : before));
  }, []);
  useActions([
    { id: 'goImages', run: () => go('images') },
    { id: 'goLabel', run: () => go('label') },
    { id: 'goTrain', run: () => go('train') },
    { id: 'goResults', run: () => go('results') },
    { id: 'goUse', run: () => go('use') },
    ...(trail.length > 1 ? [{ id: 'back' as const, run: back }] : []),
  ]);
  const value = useMemo(() => ({ place, go, back }), [place, go, back]);
  return <Context value={value}>{children}</Context>;
}
