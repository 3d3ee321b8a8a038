import { useState } from 'react';
import { shortHex } from '../format/hex';
import { useLanguage } from '../i18n/Language';

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
        <span aria-hidden="true">{copied ? '✓' : '⧉'}</span>
      </button>
      <span role="status" className="visually-hidden">
        {copied ? t.copied : ''}
      </span>
    </span>
  );
}
