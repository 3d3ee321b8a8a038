export interface Flight {
  carrier: string;
  number: string;
  origin: string;
  dest: string;
}

const FLIGHT = /^flight\/([A-Z0-9]{2})\/([1-9][0-9]{0,3})\/([A-Z]{3})\/([A-Z]{3})\/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}Z$/;

/** Reads the canonical text of an insured flight; null when it is not one. */
export function parseFlight(insuredEvent: string): Flight | null {
  const match = FLIGHT.exec(insuredEvent);
  if (!match) return null;
  const [, carrier = '', number = '', origin = '', dest = ''] = match;
  return { carrier, number, origin, dest };
}
