import { uuid } from '../pulumi-facts.ts'
import type { ResourceModel } from './resource-model.ts'

/**
 * The random and postgresql providers: `resource_*.go` of github.com/hashicorp/terraform-provider-random and
 * `postgresql/resource_postgresql_*.go` of github.com/cyrilgdn/terraform-provider-postgresql.
 */
const drawn = ['keepers', 'length', 'lower', 'minLower', 'minNumeric', 'minSpecial', 'minUpper', 'number']
const alsoDrawn = ['numeric', 'overrideSpecial', 'special', 'upper']

export const OTHERS: Readonly<Record<string, ResourceModel>> = {
  'random:index/randomString:RandomString': {
    outputs: ({ hex, inputs }) => ({ result: hex(Number(inputs.length)) }),
    replaces: [...drawn, ...alsoDrawn],
  },
  'random:index/randomPassword:RandomPassword': {
    id: () => 'none',
    outputs: ({ hex, inputs }) => ({ result: hex(Number(inputs.length)), bcryptHash: hex(60) }),
    replaces: [...drawn, ...alsoDrawn],
  },
  'random:index/randomId:RandomId': {
    outputs: ({ hex, inputs }) => ({ hex: hex(2 * Number(inputs.byteLength)) }),
    replaces: ['byteLength', 'keepers', 'prefix'],
  },
  'random:index/randomBytes:RandomBytes': {
    outputs: ({ hex, inputs }) => ({ hex: hex(2 * Number(inputs.length)) }),
    replaces: ['keepers', 'length'],
  },
  'random:index/randomInteger:RandomInteger': {
    outputs: ({ inputs }) => ({ result: inputs.min }),
    replaces: ['keepers', 'max', 'min', 'seed'],
  },
  'random:index/randomUuid:RandomUuid': {
    outputs: ({ hex }) => ({ result: uuid(hex(32)) }),
    replaces: ['keepers'],
  },
  'postgresql:index/role:Role': { name: 'name', replaces: [] },
  'postgresql:index/database:Database': {
    name: 'name',
    replaces: ['encoding', 'lcCollate', 'lcCtype', 'template'],
  },
  'postgresql:index/schema:Schema': { name: 'name', replaces: ['database'] },
  'postgresql:index/extension:Extension': { name: 'name', replaces: ['createCascade', 'database', 'name'] },
  'postgresql:index/grant:Grant': {
    id: ({ inputs }) =>
      [inputs.role, inputs.database, inputs.schema, inputs.objectType].filter(Boolean).join('_'),
    replaces: ['columns', 'database', 'objectType', 'objects', 'role', 'schema', 'withGrantOption'],
  },
  'postgresql:index/grantRole:GrantRole': {
    id: ({ inputs }) => `${inputs.role}_${inputs.grantRole}_${inputs.withAdminOption ?? false}`,
    replaces: ['grantRole', 'role', 'withAdminOption'],
  },
  'postgresql:index/defaultPrivileges:DefaultPrivileges': {
    id: ({ inputs }) =>
      [inputs.role, inputs.database, inputs.schema ?? 'noschema', inputs.owner, inputs.objectType].join('_'),
    replaces: ['database', 'objectType', 'owner', 'role', 'schema', 'withGrantOption'],
  },
}
