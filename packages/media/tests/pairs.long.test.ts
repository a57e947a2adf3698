import { everyPair, exercisePairs } from './exercise-pairs.js';

exercisePairs(everyPair);
