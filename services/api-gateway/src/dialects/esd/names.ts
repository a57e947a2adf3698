import { z } from 'zod';

/** Of a user or role: the auth service takes no longer ones. */
export const accountName = z.string().min(1).max(100);
