/**
 * The one place of this workspace that waits without waiting for anything: everything that is due in the event loop (input,
 * output, timers) runs before this resolves. It reads no clock.
 */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
