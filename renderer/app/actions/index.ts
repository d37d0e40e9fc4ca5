export { type ActionId, actionGroups, actionSpec, catalogue } from './catalogue.ts';
export type { LiveAction } from './registry.ts';
export {
  isMac,
  keysOf,
  readKeyboardLayout,
  useActions,
  useKeyHandler,
  useLiveActions,
} from './use-actions.ts';
