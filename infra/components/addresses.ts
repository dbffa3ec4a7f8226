/**
 * One of the equal parts of a range of addresses: `10.64.0.0/16` in parts of /20, the third of which is `10.64.32.0/20`.
 * @throws RangeError when there are not that many parts
 */
export function partOfRange(range: string, partBits: number, index: number): string {
  const [address = '', bitsText = ''] = range.split('/')
  const bits = Number(bitsText)
  if (partBits < bits || partBits > 28 || index >= 2 ** (partBits - bits))
    throw new RangeError(`${range} has no part ${index} of /${partBits}`)
  const octets = address.split('.').map(Number)
  const number = octets.reduce((sum, octet) => sum * 256 + octet, 0)
  const network = number - (number % 2 ** (32 - bits))
  const start = network + index * 2 ** (32 - partBits)
  return `${[24, 16, 8, 0].map(shift => Math.floor(start / 2 ** shift) % 256).join('.')}/${partBits}`
}
