import { useEffect, useState } from 'react';

export type Promised<Value> = { status: 'pending' } | { status: 'done'; value: Value } | { status: 'failed' };

/** Runs something asynchronous whenever `key` changes; answers that come too late are dropped. */
export function usePromise<Value>(key: string, make: () => Promise<Value>): Promised<Value> {
  const [settled, setSettled] = useState<{ key: string; result: Promised<Value> } | null>(null);
  useEffect(() => {
    let current = true;
    make().then(
      (value) => current && setSettled({ key, result: { status: 'done', value } }),
      () => current && setSettled({ key, result: { status: 'failed' } }),
    );
    return () => {
      current = false;
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `key` names everything `make` depends on
  }, [key]);
  return settled?.key === key ? settled.result : { status: 'pending' };
}
