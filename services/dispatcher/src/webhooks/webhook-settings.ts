export interface WebhookSettings {
  /** A receiver must answer within this; default 15 s. */
  readonly timeoutMs: number;
  /** How long nobody else sends what one dispatcher has begun to send; well above `timeoutMs`. Default 60 s. */
  readonly leaseMs: number;
  /** The wait after the first failure is at most this, and doubles; default 10 s. */
  readonly firstRetryMs: number;
  /** The longest wait between two attempts; default 4 h. */
  readonly maxRetryMs: number;
  /** Attempts before a delivery has failed; default 13, over some 7 hours. */
  readonly maxTries: number;
  /** How often due deliveries are looked for; default 1 s. */
  readonly lookEveryMs: number;
  /** Attempts under way at once in one dispatcher; default 32. */
  readonly seats: number;
  /** Of which a tenant whose receivers are slow may hold so many; default 8. */
  readonly seatsPerTenant: number;
  /** Ended deliveries stay in the log for this long, or until their job is removed; default 7 days. */
  readonly keepMs: number;
  /** For this long after a rotation the secret before signs as well; default 24 h. */
  readonly secretOverlapMs: number;
}

export const defaultWebhookSettings: WebhookSettings = {
  timeoutMs: 15_000,
  leaseMs: 60_000,
  firstRetryMs: 10_000,
  maxRetryMs: 4 * 3_600_000,
  maxTries: 13,
  lookEveryMs: 1_000,
  seats: 32,
  seatsPerTenant: 8,
  keepMs: 7 * 86_400_000,
  secretOverlapMs: 86_400_000,
};
