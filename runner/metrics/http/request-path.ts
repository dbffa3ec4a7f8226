/** What stands for every path there is no page for: a label must not grow with what strangers ask for. */
export const OTHER_ROUTE = 'other'

/** The path a request is about, also where it names the server (`GET http://host/metrics`), as RFC 9112, 3.2.2, demands. */
export function pathOf(target = '/'): string {
  const absolute = /^https?:\/\/[^/?#]*([^?#]*)/i.exec(target)
  return absolute ? absolute[1] || '/' : (target.split('?')[0] ?? '/')
}
