import { readDataDisk } from '../../postgres/disk-space.ts'
import { defineCollector } from '../collector.ts'
import { gauge } from '../exposition/metric.ts'

/**
 * The disk of a server on this machine. There are no series where it runs elsewhere, or where the role may not know its data
 * directory (pg_monitor may) or this process not see the server's (the same user and root do).
 */
export const dataDirectory = defineCollector({
  name: 'data-directory',
  tier: 'medium',
  metrics: {
    howdah_data_directory_size_bytes: gauge(
      "Size of the file system that has the server's data, less what only root may use.",
    ),
    howdah_data_directory_free_bytes: gauge("Bytes free on the file system that has the server's data."),
  },
  async collect(connection, _facts, emit) {
    const disk = await readDataDisk(connection)
    emit('howdah_data_directory_size_bytes', disk?.sizeBytes ?? null)
    emit('howdah_data_directory_free_bytes', disk?.freeBytes ?? null)
  },
})
