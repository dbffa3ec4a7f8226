import {
  CreateClusterCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { awsEnvironment, CANARY, type Emulator, moto, REGION, startEmulator } from '../harness/aws.ts'
import { startCli } from '../harness/cli.ts'

/** Of what the emulator has from the beginning; EC2's own client is more than it takes to ask. */
async function anIdOf({ url }: Emulator, action: string, pattern: RegExp): Promise<string> {
  const authorization = `AWS4-HMAC-SHA256 Credential=x/20260101/${REGION}/ec2/aws4_request, SignedHeaders=host, Signature=0`
  const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' }
  const body = `Action=${action}&Version=2016-11-15`
  const answer = await (await fetch(url, { method: 'POST', headers, body })).text()
  return pattern.exec(answer)?.[0] ?? 'none'
}

/** What an emulator written by others makes of our requests: it knows tasks, not what becomes of their containers. */
describe.skipIf(!moto)(
  "ecs run, before an emulator of ECS (needs moto_server: pip install 'moto[server]')",
  () => {
    let aws: Emulator
    let ecs: ECSClient
    let places: readonly string[]
    beforeAll(async () => {
      aws = await startEmulator()
      ecs = new ECSClient({ region: REGION, endpoint: aws.url, credentials: CANARY })
      await ecs.send(new CreateClusterCommand({ clusterName: 'shop' }))
      places = [
        ...['--subnets', await anIdOf(aws, 'DescribeSubnets', /subnet-\w+/)],
        ...['--security-groups', await anIdOf(aws, 'DescribeSecurityGroups', /sg-\w+/)],
      ]
      const containerDefinitions = [
        { name: 'runner', image: 'howdah:1', essential: true, memory: 512, cpu: 256 },
      ]
      const family = {
        family: 'migrate',
        requiresCompatibilities: ['FARGATE' as const],
        containerDefinitions,
      }
      for (let revision = 0; revision < 2; revision += 1)
        await ecs.send(new RegisterTaskDefinitionCommand(family))
    })
    afterAll(async () => {
      ecs?.destroy()
      await aws?.[Symbol.asyncDispose]()
    })

    const start = (...args: string[]) => {
      const env = { ...awsEnvironment(aws.url), AWS_REGION: REGION }
      return startCli(['ecs', 'run', '--task-definition', 'migrate', ...places, ...args], { env })
    }
    const tasks = async () => (await ecs.send(new ListTasksCommand({ cluster: 'shop' }))).taskArns ?? []

    test('a dry run finds the newest revision and starts nothing; --detach starts what it said', async () => {
      const dry = await start('--cluster', 'shop', '--dry-run', '--json', 'migrate', 'deploy').result
      expect(dry.exit, dry.stderr).toBe(0)
      expect(JSON.parse(dry.stdout).taskDefinition).toMatch(/migrate:2$/)
      expect(await tasks()).toEqual([])
      const detached = await start(
        '--cluster',
        'shop',
        '--detach',
        '--json',
        '--',
        'migrate',
        'deploy',
        '--dry-run',
      ).result
      expect(detached.exit, detached.stderr).toBe(0)
      const { task } = JSON.parse(detached.stdout)
      const [found] =
        (await ecs.send(new DescribeTasksCommand({ cluster: 'shop', tasks: [task] }))).tasks ?? []
      expect(found).toMatchObject({
        startedBy: 'howdah/ecs-run',
        launchType: 'FARGATE',
        overrides: { containerOverrides: [{ name: 'runner', command: ['migrate', 'deploy', '--dry-run'] }] },
      })
    })

    test('Ctrl-C stops the task there', async () => {
      const before = new Set(await tasks())
      const child = start('--cluster', 'shop', 'serve')
      onTestFinished(() => child.kill('SIGKILL'))
      const started = async () => (await tasks()).filter(arn => !before.has(arn))
      await expect.poll(started, { timeout: 20_000 }).toHaveLength(1)
      const [arn = ''] = await started()
      child.kill('SIGINT')
      const { exit, stderr } = await child.result
      // The emulator's containers always end with 0, and who was done is done.
      expect(exit, stderr).toBe(0)
      const [found] =
        (await ecs.send(new DescribeTasksCommand({ cluster: 'shop', tasks: [arn] }))).tasks ?? []
      expect(found).toMatchObject({
        desiredStatus: 'STOPPED',
        stoppedReason: 'howdah ecs run: interrupted by SIGINT',
      })
    })

    test('a cluster and a task definition that are not there are named', async () => {
      const elsewhere = await start('--cluster', 'nowhere', 'serve').result
      expect([elsewhere.exit, elsewhere.stderr]).toEqual([
        2,
        expect.stringContaining('there is no cluster "nowhere"'),
      ])
      const unknown = await start('--cluster', 'shop', '--task-definition', 'unknown', 'serve').result
      expect([unknown.exit, unknown.stderr]).toEqual([
        2,
        expect.stringContaining('error[ecs-task-definition-unusable]'),
      ])
    })
  },
)
