import { useElementSize, useMergedRef } from '@mantine/hooks';
import { type PointerEvent, useEffect, useRef, useState } from 'react';
import { useActions } from '../../app/actions/index.ts';
import { centred, fitted, pan, resized, type Size, type Viewport, zoomAt } from './viewport.ts';

const step = 1.25;
/** A notch of a wheel is about 100 units; this makes it one step. */
const wheelRate = Math.log(step) / 100;

interface State {
  readonly image: Size;
  readonly screen: Size;
  readonly view: Viewport;
  /** The whole image is shown, and stays so when the window or the image changes. */
  readonly isFitted: boolean;
}

const isSame = (a: Size, b: Size): boolean => a.width === b.width && a.height === b.height;

/** The state for an image and a window size: kept where it means the same, fitted anew where it does not. */
function adjusted(state: State | null, image: Size, screen: Size): State {
  if (state === null || state.isFitted || !isSame(state.image, image)) {
    return { image, screen, view: fitted(image, screen), isFitted: true };
  }
  return { ...state, screen, view: resized(state.view, state.screen, screen, image) };
}

/** Zoom and position of an image on screen, with the wheel, the pointer and the keys that change them. */
export function useViewport(image: Size | null) {
  const { ref: sizeRef, width, height } = useElementSize<HTMLDivElement>();
  const own = useRef<HTMLDivElement>(null);
  const ref = useMergedRef(own, sizeRef);
  const [state, setState] = useState<State | null>(null);
  const isMeasured = image !== null && width > 0 && height > 0 && image.width > 0;
  const needsUpdate =
    isMeasured && (state === null || !isSame(state.image, image) || !isSame(state.screen, { width, height }));
  if (needsUpdate) setState(adjusted(state, image, { width, height }));
  const change = (next: (now: State) => Viewport, isFitted = false) =>
    setState((now) => (now === null ? now : { ...now, view: next(now), isFitted }));
  const middle = ({ screen }: State) => ({ x: screen.width / 2, y: screen.height / 2 });
  const zoom = (factor: number) =>
    change((now) => zoomAt(now.view, factor, middle(now), now.image, now.screen));
  const fit = () => change((now) => fitted(now.image, now.screen), true);
  const actual = () => change((now) => centred(now.image, now.screen, 1 / window.devicePixelRatio));
  useActions([
    { id: 'zoomIn', run: () => zoom(step) },
    { id: 'zoomOut', run: () => zoom(1 / step) },
    { id: 'zoomFit', run: fit },
    { id: 'zoomActual', run: actual },
  ]);
  useWheel(own, (point, factor) => change((now) => zoomAt(now.view, factor, point, now.image, now.screen)));
  const drag = usePan((dx, dy) => change((now) => pan(now.view, dx, dy, now.image, now.screen)));
  return { ref, view: isMeasured ? (state?.view ?? null) : null, zoom, fit, actual, drag, step };
}

function useWheel(
  element: React.RefObject<HTMLDivElement | null>,
  onZoom: (point: { readonly x: number; readonly y: number }, factor: number) => void,
): void {
  const latest = useRef(onZoom);
  useEffect(() => {
    latest.current = onZoom;
  });
  useEffect(() => {
    const target = element.current;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const box = target?.getBoundingClientRect();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 33 : 1;
      // A pinch on a touch pad comes as a wheel with Ctrl and small steps.
      const rate = event.ctrlKey ? wheelRate * 6 : wheelRate;
      const factor = Math.exp(-event.deltaY * lines * rate);
      latest.current({ x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) }, factor);
    };
    // React's wheel listeners are passive; zooming must keep the page from scrolling.
    target?.addEventListener('wheel', onWheel, { passive: false });
    return () => target?.removeEventListener('wheel', onWheel);
  }, [element]);
}

function usePan(onPan: (dx: number, dy: number) => void) {
  const last = useRef<{ readonly x: number; readonly y: number } | null>(null);
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.button > 1) return;
      event.preventDefault();
      event.currentTarget.setPointerCapture(event.pointerId);
      last.current = { x: event.clientX, y: event.clientY };
    },
    onPointerMove: (event: PointerEvent) => {
      if (last.current === null) return;
      onPan(event.clientX - last.current.x, event.clientY - last.current.y);
      last.current = { x: event.clientX, y: event.clientY };
    },
    onPointerUp: () => {
      last.current = null;
    },
    onPointerCancel: () => {
      last.current = null;
    },
  };
}
