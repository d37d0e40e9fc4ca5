export { ImportDialog } from './import-dialog.tsx';
export { ImportButton, ImportEmpty } from './import-entry.tsx';
export { ImportProvider, useImporting } from './import-state.tsx';
