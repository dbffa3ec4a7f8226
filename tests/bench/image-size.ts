import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CHECKOUT } from '../harness/cli.ts'
import { buildImage, buildRunner, docker, imageSize } from '../harness/images.ts'

/**
 * How large the runner's image is beside one in which Prisma's CLI can run `migrate deploy`, both built here and now, on the same base.
 *   node tests/bench/image-size.ts
 * Prisma's schema engine (about 20 MB more) is fetched from Prisma's servers by a script of its package: it is left out here, in Prisma's favour.
 */
const { devDependencies } = JSON.parse(await readFile(join(CHECKOUT, 'package.json'), 'utf8')) as {
  devDependencies: { prisma: string }
}

const PRISMA = `FROM node:24-trixie-slim
WORKDIR /app
RUN --mount=type=secret,id=ca,target=/run/secrets/ca --mount=type=secret,id=npmrc,target=/run/secrets/npmrc \\
    if [ -f /run/secrets/ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/ca; fi \\
 && npm init -y >/dev/null \\
 && NPM_CONFIG_USERCONFIG=/run/secrets/npmrc npm install --ignore-scripts --omit=dev prisma@${devDependencies.prisma} \\
 && rm -rf /root/.npm
USER 1000
ENTRYPOINT ["npx", "prisma"]
`

const context = await mkdtemp(join(tmpdir(), 'howdah-prisma-image-'))
try {
  await writeFile(join(context, 'Dockerfile'), PRISMA)
  await using prisma = await buildImage({ context })
  await using runner = await buildRunner({ target: 'migrations' })
  const base = await imageSize('debian:trixie-slim')
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`
  const packages = async (tag: string, folder: string) =>
    (await docker('run', '--rm', '--entrypoint', 'sh', tag, '-c', `du -sm ${folder} | cut -f 1`)).trim()
  const rows = [
    ['', 'whole', 'without the base', 'node_modules'],
    ...(await Promise.all(
      (
        [
          ['howdah, with its migrations', runner.tag, '/opt/howdah/node_modules'],
          [`Prisma's CLI ${devDependencies.prisma}`, prisma.tag, '/app/node_modules'],
        ] as const
      ).map(async ([name, tag, folder]) => {
        const size = await imageSize(tag)
        return [name, megabytes(size), megabytes(size - base), `${await packages(tag, folder)} MB`]
      }),
    )),
  ]
  for (const row of rows)
    process.stdout.write(
      `${row.map((cell, index) => (index === 0 ? cell.padEnd(30) : cell.padStart(18))).join('')}\n`,
    )
} finally {
  await rm(context, { recursive: true, force: true })
}
