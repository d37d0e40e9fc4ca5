import { createContext, type ReactNode, useContext, useState } from 'react';
import { createPortal } from 'react-dom';

const Context = createContext<{
  readonly slot: HTMLElement | null;
  readonly setSlot: (slot: HTMLElement | null) => void;
} | null>(null);

/** Keeps the one spot, top right, where each place puts its primary action. */
export function PrimarySlotProvider({ children }: { readonly children: ReactNode }) {
  const [slot, setSlot] = useState<HTMLElement | null>(null);
  return <Context value={{ slot, setSlot }}>{children}</Context>;
}

/** The spot itself; the frame shows it once. */
export function PrimarySlot({ className }: { readonly className: string | undefined }) {
  return <div ref={useContext(Context)?.setSlot} className={className} />;
}

/** Puts a place's primary action where it always is. */
export function PrimaryAction({ children }: { readonly children: ReactNode }) {
  const slot = useContext(Context)?.slot ?? null;
  return slot === null ? null : createPortal(children, slot);
}
