/** A long hash or address, short enough to read and long enough to compare: "0x1234…cdef". */
export function shortHex(hex: string, digits = 4): string {
  return hex.length <= 2 + 2 * digits ? hex : `${hex.slice(0, 2 + digits)}…${hex.slice(-digits)}`;
}
