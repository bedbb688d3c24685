export { doPiece as default } from './mini-job.ts';
