export { LanguageControl, PreferenceActions, ThemeControl } from './preferences.tsx';
export { SettingsDialog } from './settings-dialog.tsx';
