export { LabelingPlace } from './labeling-place.tsx';
