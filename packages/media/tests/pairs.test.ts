import { exercisePairs, ringOfPairs } from './exercise-pairs.js';

exercisePairs(ringOfPairs);
