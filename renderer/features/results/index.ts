export { ResultsPlace } from './results-place.tsx';
