import { formatMoment, isoMoment } from '../format/time';
import { useLanguage } from '../i18n/Language';

/** A moment of chain time, in UTC and in New York. */
export function Moment({ at }: { at: bigint | number }) {
  const { strings: t, locale } = useLanguage();
  const seconds = BigInt(at);
  return (
    <time dateTime={isoMoment(seconds)} className="moment">
      <span>
        {formatMoment(seconds, 'utc', locale)} <span className="zone">{t.utc}</span>
      </span>
      <span className="muted">
        {formatMoment(seconds, 'newYork', locale)} <span className="zone">{t.newYork}</span>
      </span>
    </time>
  );
}
