import type { ReactNode } from 'react';

interface Props {
  tone: 'good' | 'bad' | 'plain';
  title?: string;
  children: ReactNode;
}

/** Something to know, in a sentence. Bad news is announced at once. */
export function Notice({ tone, title, children }: Props) {
  return (
    <div className={`notice notice-${tone}`} role={tone === 'bad' ? 'alert' : undefined}>
      {title ? <strong className="notice-title">{title}</strong> : null}
      <div>{children}</div>
    </div>
  );
}
