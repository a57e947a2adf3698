export { defineCall, type CallContract } from './call-contract.js';
