export type { OpenImages } from './mistakes.tsx';
export { ResultsPlace } from './results-place.tsx';
