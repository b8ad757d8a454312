/** The part of all engine calls that goes wrong unless a test says it itself: `DOPQ_TROUBLE` in percent. */
export const TROUBLE_RATE = Number(process.env['DOPQ_TROUBLE'] ?? 0) / 100;

/** Everything is waited for so much longer where calls are lost: each may cost a time-out of the server's. */
export const PATIENCE = TROUBLE_RATE > 0 ? 5 : 1;
