export { transpose } from './convert/transpose';
