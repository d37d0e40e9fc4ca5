export { ClassMark } from './class-mark.tsx';
export { ClassesPanel } from './classes-panel.tsx';
export { useClasses, useClassMap } from './use-classes.ts';
