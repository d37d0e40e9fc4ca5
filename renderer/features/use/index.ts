export { UsePlace } from './use-place.tsx';
