import { useState } from 'react';
import { shortHex } from '../format/hex';
import { useLanguage } from '../i18n/Language';

function CopyIcon({ done }: { done: boolean }) {
  const shape = done ? 'M3 8.5l3.5 3.5L13 5' : 'M6 6h7v7H6zM10 6V3H3v7h3';
  return (
    <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      <path d={shape} fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" />
    </svg>
  );
}

/** A hash, id or address: shortened, whole in its title, and copied whole by its button. */
export function HexValue({ value, label, digits = 4 }: { value: string; label: string; digits?: number }) {
  const { strings: t } = useLanguage();
  const [copied, setCopied] = useState(false);
  const copy = () => {
    navigator.clipboard.writeText(value).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <span className="hex">
      <code title={value}>{shortHex(value, digits)}</code>
      <button type="button" className="copy" onClick={copy} aria-label={`${t.copy}: ${label}`} title={t.copy}>
        <CopyIcon done={copied} />
      </button>
      <span role="status" className="visually-hidden">
        {copied ? t.copied : ''}
      </span>
    </span>
  );
}
