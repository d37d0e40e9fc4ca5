export { ImportDialog } from './import-dialog.tsx';
export { ImportButton, ImportEmpty } from './import-entry.tsx';
export { ImportProvider } from './import-state.tsx';
export { ProblemList } from './problem-list.tsx';
