/** Resolves when the signal is aborted, and keeps the process alive until then. */
export async function untilAborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return undefined
  const heartbeat = setInterval(() => undefined, 60_000)
  try {
    await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
  } finally {
    clearInterval(heartbeat)
  }
  return undefined
}
