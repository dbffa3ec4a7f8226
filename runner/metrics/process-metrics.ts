import { collectDefaultMetrics, Registry } from 'prom-client'
import { counter, gauge, histogram } from './exposition/metric.ts'

const CPU = 'CPU time the exporter has used'
const DELAY = 'of how late its event loop came round since the last scrape'
const HEAP = "in a space of V8's heap"

/**
 * What prom-client says of the exporter's own process. Names, types and labels are prom-client's, and a test holds this table
 * against it. What comes from /proc is there on Linux alone.
 */
export const PROCESS_METRICS = {
  process_cpu_user_seconds_total: counter(`${CPU} in its own code.`),
  process_cpu_system_seconds_total: counter(`${CPU} in the kernel.`),
  process_cpu_seconds_total: counter(`${CPU}.`),
  process_start_time_seconds: gauge('When the exporter was started, in seconds since 1970.'),
  process_resident_memory_bytes: gauge('Memory of the exporter in RAM.'),
  process_virtual_memory_bytes: gauge('Address space of the exporter; much larger than what it uses.'),
  process_heap_bytes: gauge('Data segment of the exporter.'),
  process_open_fds: gauge('File descriptors the exporter has open.'),
  process_max_fds: gauge('File descriptors the exporter may have open.'),
  nodejs_eventloop_lag_seconds: gauge(
    'How late the event loop came round at this scrape; the scrape itself is in it, so alert on the p99.',
  ),
  nodejs_eventloop_lag_min_seconds: gauge(`The minimum ${DELAY}.`),
  nodejs_eventloop_lag_max_seconds: gauge(`The maximum ${DELAY}.`),
  nodejs_eventloop_lag_mean_seconds: gauge(`The mean ${DELAY}.`),
  nodejs_eventloop_lag_stddev_seconds: gauge(`The standard deviation ${DELAY}.`),
  nodejs_eventloop_lag_p50_seconds: gauge(`The median ${DELAY}.`),
  nodejs_eventloop_lag_p90_seconds: gauge(`The 90th percentile ${DELAY}.`),
  nodejs_eventloop_lag_p99_seconds: gauge(`The 99th percentile ${DELAY}.`),
  nodejs_active_resources: gauge('What keeps the event loop going, by kind.', ['type']),
  nodejs_active_resources_total: gauge('What keeps the event loop going.'),
  nodejs_active_handles: gauge('Open handles (sockets, timers…), by kind.', ['type']),
  nodejs_active_handles_total: gauge('Open handles (sockets, timers…).'),
  nodejs_active_requests: gauge('Requests to the operating system under way, by kind.', ['type']),
  nodejs_active_requests_total: gauge('Requests to the operating system under way.'),
  nodejs_heap_size_total_bytes: gauge("Size of V8's heap."),
  nodejs_heap_size_used_bytes: gauge("What of V8's heap is in use."),
  nodejs_external_memory_bytes: gauge("Memory of objects outside of V8's heap, buffers above all."),
  nodejs_heap_space_size_total_bytes: gauge(`Bytes ${HEAP}.`, ['space']),
  nodejs_heap_space_size_used_bytes: gauge(`Bytes in use ${HEAP}.`, ['space']),
  nodejs_heap_space_size_available_bytes: gauge(`Bytes free ${HEAP}.`, ['space']),
  nodejs_version_info: gauge('Version of Node.js, as labels; the value is always 1.', [
    'version',
    'major',
    'minor',
    'patch',
  ]),
  nodejs_gc_duration_seconds: histogram(
    'How long garbage collections took: major, minor, incremental or weakcb.',
    ['kind'],
  ),
} as const

/** Metrics of the exporter's own process (`process_*`, `nodejs_*`), as prom-client knows them. */
export function processMetrics(): Registry {
  const register = new Registry()
  collectDefaultMetrics({ register })
  return register
}
