import { arn } from './arn.ts'
import type { ResourceModel } from './resource-model.ts'

const topicId = ({ region, account, name }: { region: string; account: string; name: string }) =>
  `arn:aws:sns:${region}:${account}:${name}`

/** Logs, alarms, events and who hears of them. */
export const OBSERVATION: Readonly<Record<string, ResourceModel>> = {
  'aws:cloudwatch/logGroup:LogGroup': {
    name: 'name',
    arn: arn('logs', ({ name }) => `log-group:${name}`),
    replaces: ['logGroupClass', 'name', 'namePrefix'],
  },
  'aws:cloudwatch/logMetricFilter:LogMetricFilter': { name: 'name', replaces: ['logGroupName', 'name'] },
  'aws:cloudwatch/logResourcePolicy:LogResourcePolicy': { replaces: ['policyName', 'resourceArn'] },
  'aws:cloudwatch/metricAlarm:MetricAlarm': {
    name: 'name',
    arn: arn('cloudwatch', ({ name }) => `alarm:${name}`),
    replaces: ['name'],
  },
  'aws:cloudwatch/compositeAlarm:CompositeAlarm': {
    arn: arn('cloudwatch', ({ inputs }) => `alarm:${inputs.alarmName}`),
    replaces: ['actionsSuppressor', 'alarmName'],
  },
  'aws:cloudwatch/dashboard:Dashboard': {
    id: ({ inputs }) => String(inputs.dashboardName),
    outputs: ({ account, inputs }) => ({
      dashboardArn: `arn:aws:cloudwatch::${account}:dashboard/${inputs.dashboardName}`,
    }),
    replaces: ['dashboardName'],
  },
  'aws:cloudwatch/eventRule:EventRule': {
    name: 'name',
    arn: arn('events', ({ name }) => `rule/${name}`),
    replaces: ['eventBusName', 'name', 'namePrefix'],
  },
  'aws:cloudwatch/eventTarget:EventTarget': {
    id: ({ inputs, hex }) => `${inputs.rule}-${inputs.targetId ?? hex(26)}`,
    outputs: ({ hex }) => ({ targetId: hex(26) }),
    replaces: ['eventBusName', 'rule', 'targetId'],
  },
  'aws:cloudwatch/eventBus:EventBus': {
    name: 'name',
    arn: arn('events', ({ name }) => `event-bus/${name}`),
    replaces: ['eventSourceName', 'name'],
  },
  'aws:sns/topic:Topic': {
    name: 'name',
    id: topicId,
    arn: topicId,
    outputs: ({ account }) => ({ owner: account }),
    replaces: ['contentBasedDeduplication', 'fifoTopic', 'name', 'namePrefix'],
  },
  'aws:sns/topicPolicy:TopicPolicy': {
    id: ({ inputs }) => String(inputs.arn),
    outputs: ({ account }) => ({ owner: account }),
    replaces: ['arn'],
  },
  'aws:sns/topicSubscription:TopicSubscription': {
    id: ({ inputs, hex }) => `${inputs.topic}:${hex(36)}`,
    arn: ({ id }) => id,
    outputs: ({ account }) => ({ ownerId: account }),
    replaces: ['endpoint', 'protocol', 'topic'],
  },
  'aws:sqs/queue:Queue': {
    name: 'name',
    id: ({ region, account, name }) => `https://sqs.${region}.amazonaws.com/${account}/${name}`,
    arn: arn('sqs', ({ name }) => name),
    outputs: ({ id }) => ({ url: id }),
    replaces: ['fifoQueue', 'name', 'namePrefix'],
  },
  'aws:sqs/queuePolicy:QueuePolicy': { replaces: ['queueUrl'] },
  'aws:ssm/parameter:Parameter': {
    name: 'name',
    arn: arn('ssm', ({ name }) => `parameter/${name.replace(/^\//, '')}`),
    outputs: () => ({ version: 1 }),
    replaces: ['dataType', 'name'],
  },
}
