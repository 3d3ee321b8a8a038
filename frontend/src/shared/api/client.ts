import createClient, { type Client } from 'openapi-fetch';
import type { paths } from '../../generated/api';

export type Api = Client<paths>;

/** A client of the backend this page came from. Types are generated from the API's description. */
export function apiClient(fetcher: typeof fetch = fetch): Api {
  const baseUrl = typeof location === 'undefined' ? 'http://localhost' : location.origin;
  return createClient<paths>({ baseUrl, fetch: (request) => fetcher(request), cache: 'no-store' });
}
