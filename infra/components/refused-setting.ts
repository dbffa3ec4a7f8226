import { RunError } from '@pulumi/pulumi'

/** A setting that no resource may be registered with. `RunError` is shown without a stack trace: the reader can do something about it. */
export class RefusedSetting extends RunError {
  /** Key of the setting, as in `Pulumi.<stack>.yaml`. */
  readonly setting: string

  constructor(setting: string, message: string) {
    super(`${setting}: ${message}`)
    this.name = 'RefusedSetting'
    this.setting = setting
  }
}
