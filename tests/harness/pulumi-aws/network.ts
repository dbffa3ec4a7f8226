import { arn, ec2Id } from './arn.ts'
import type { ResourceModel } from './resource-model.ts'

/** VPCs and what is in them, load balancers, names. */
export const NETWORK: Readonly<Record<string, ResourceModel>> = {
  'aws:ec2/vpc:Vpc': {
    id: ec2Id('vpc'),
    arn: arn('ec2', ({ id }) => `vpc/${id}`),
    outputs: ({ hex }) => ({
      mainRouteTableId: `rtb-${hex(17)}`,
      defaultRouteTableId: `rtb-${hex(17)}`,
      defaultSecurityGroupId: `sg-${hex(17)}`,
      defaultNetworkAclId: `acl-${hex(17)}`,
    }),
    replaces: ['cidrBlock', 'ipv4IpamPoolId', 'ipv4NetmaskLength'],
  },
  'aws:ec2/subnet:Subnet': {
    id: ec2Id('subnet'),
    arn: arn('ec2', ({ id }) => `subnet/${id}`),
    replaces: ['availabilityZone', 'availabilityZoneId', 'cidrBlock', 'ipv6Native', 'outpostArn', 'vpcId'],
  },
  'aws:ec2/internetGateway:InternetGateway': { id: ec2Id('igw'), replaces: [] },
  'aws:ec2/natGateway:NatGateway': {
    id: ec2Id('nat'),
    replaces: ['allocationId', 'connectivityType', 'privateIp', 'subnetId'],
  },
  'aws:ec2/eip:Eip': { id: ec2Id('eipalloc'), replaces: ['address', 'customerOwnedIpv4Pool', 'domain'] },
  'aws:ec2/routeTable:RouteTable': { id: ec2Id('rtb'), replaces: ['vpcId'] },
  'aws:ec2/route:Route': {
    id: ec2Id('r-rtb'),
    replaces: ['destinationCidrBlock', 'destinationIpv6CidrBlock', 'destinationPrefixListId', 'routeTableId'],
  },
  'aws:ec2/routeTableAssociation:RouteTableAssociation': {
    id: ec2Id('rtbassoc'),
    replaces: ['gatewayId', 'subnetId'],
  },
  'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup': { id: ec2Id('sg'), replaces: ['vpcId'] },
  'aws:ec2/defaultRouteTable:DefaultRouteTable': { id: ec2Id('rtb'), replaces: ['defaultRouteTableId'] },
  'aws:ec2/defaultNetworkAcl:DefaultNetworkAcl': { id: ec2Id('acl'), replaces: ['defaultNetworkAclId'] },
  'aws:ec2/securityGroup:SecurityGroup': {
    name: 'name',
    id: ec2Id('sg'),
    arn: arn('ec2', ({ id }) => `security-group/${id}`),
    replaces: ['description', 'name', 'namePrefix', 'vpcId'],
  },
  'aws:ec2/securityGroupRule:SecurityGroupRule': {
    id: ec2Id('sgrule'),
    replaces: [
      'cidrBlocks',
      'fromPort',
      'ipv6CidrBlocks',
      'prefixListIds',
      'protocol',
      'securityGroupId',
      'self',
      'sourceSecurityGroupId',
      'toPort',
      'type',
    ],
  },
  'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule': {
    id: ec2Id('sgr'),
    replaces: ['securityGroupId'],
  },
  'aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule': {
    id: ec2Id('sgr'),
    replaces: ['securityGroupId'],
  },
  'aws:ec2/vpcEndpoint:VpcEndpoint': {
    id: ec2Id('vpce'),
    arn: arn('ec2', ({ id }) => `vpc-endpoint/${id}`),
    outputs: ({ hex }) => ({ prefixListId: `pl-${hex(8)}`, state: 'available' }),
    replaces: ['serviceName', 'serviceRegion', 'vpcEndpointType', 'vpcId'],
  },
  'aws:ec2/flowLog:FlowLog': {
    id: ec2Id('fl'),
    arn: arn('ec2', ({ id }) => `vpc-flow-log/${id}`),
    replaces: [
      'deliverCrossAccountRole',
      'destinationOptions',
      'eniId',
      'iamRoleArn',
      'logDestination',
      'logDestinationType',
      'logFormat',
      'maxAggregationInterval',
      'subnetId',
      'trafficType',
      'transitGatewayAttachmentId',
      'transitGatewayId',
      'vpcId',
    ],
  },
  'aws:lb/loadBalancer:LoadBalancer': {
    name: 'name',
    id: ({ region, account, name, hex }) =>
      `arn:aws:elasticloadbalancing:${region}:${account}:loadbalancer/net/${name}/${hex(16)}`,
    arn: ({ id }) => id,
    outputs: ({ name, hex, region }) => ({
      arnSuffix: `net/${name}/${hex(16)}`,
      dnsName: `${name}-${hex(16)}.elb.${region}.amazonaws.com`,
      zoneId: 'Z3F0SRJ5LGBH90',
    }),
    replaces: ['customerOwnedIpv4Pool', 'internal', 'loadBalancerType', 'name', 'namePrefix'],
  },
  'aws:lb/targetGroup:TargetGroup': {
    name: 'name',
    id: ({ region, account, name, hex }) =>
      `arn:aws:elasticloadbalancing:${region}:${account}:targetgroup/${name}/${hex(16)}`,
    arn: ({ id }) => id,
    outputs: ({ name, hex }) => ({ arnSuffix: `targetgroup/${name}/${hex(16)}` }),
    replaces: [
      'ipAddressType',
      'name',
      'namePrefix',
      'port',
      'protocol',
      'protocolVersion',
      'targetType',
      'vpcId',
    ],
  },
  'aws:lb/listener:Listener': {
    id: ({ region, account, hex }) =>
      `arn:aws:elasticloadbalancing:${region}:${account}:listener/net/${hex(16)}/${hex(16)}`,
    arn: ({ id }) => id,
    replaces: ['loadBalancerArn'],
  },
  'aws:route53/zone:Zone': {
    id: ({ hex }) => `Z${hex(20).toUpperCase()}`,
    replaces: ['delegationSetId', 'name'],
  },
  'aws:route53/record:Record': {
    id: ({ inputs }) => `${inputs.zoneId}_${inputs.name}_${inputs.type}`,
    outputs: ({ inputs }) => ({ fqdn: inputs.name }),
    replaces: ['name', 'zoneId'],
  },
  'aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace': {
    name: 'name',
    id: ({ hex }) => `ns-${hex(16)}`,
    arn: arn('servicediscovery', ({ id }) => `namespace/${id}`),
    replaces: ['name', 'vpc'],
  },
  'aws:servicediscovery/service:Service': {
    name: 'name',
    id: ({ hex }) => `srv-${hex(16)}`,
    arn: arn('servicediscovery', ({ id }) => `service/${id}`),
    replaces: ['healthCheckCustomConfig', 'name', 'namespaceId', 'type'],
  },
}
