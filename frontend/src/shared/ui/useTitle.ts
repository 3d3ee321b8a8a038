import { useEffect } from 'react';

/** Names the browser's tab after the page shown. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Quittance`;
  }, [title]);
}
