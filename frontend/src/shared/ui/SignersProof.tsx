import type { QuorumProof, RecoveredSigner } from '../chain/signers';
import { useQuorumProof, type AnyReport } from '../chain/useProof';
import { HexValue } from './HexValue';
import { useWords } from './useWords';

function Signer({ signer, setSize }: { signer: RecoveredSigner; setSize: number }) {
  const { t, count } = useWords();
  if (signer.address === null) return <li className="bad-text">{t.signatureUnreadable}</li>;
  const place = signer.place === null ? t.signerStranger : t.signerPlace(count(signer.place), count(setSize));
  return (
    <li>
      <HexValue value={signer.address} label={place} />{' '}
      <span className={signer.place === null ? 'bad-text' : 'muted'}>{place}</span>
    </li>
  );
}

function Verdict({ proof }: { proof: QuorumProof }) {
  const { t, count } = useWords();
  const members = proof.signers.filter(({ place }) => place !== null).length;
  const say = proof.reached ? t.quorumReached : t.quorumMissed;
  return (
    <p className={proof.reached ? 'good-text' : 'bad-text'}>
      <span aria-hidden="true">{proof.reached ? '✓' : '✗'}</span>{' '}
      {say(count(members), count(proof.threshold), count(proof.epoch))}
    </p>
  );
}

/** Who signed a report: recovered from the signatures here, and held against the signer set on the chain. */
export function SignersProof({ report }: { report: AnyReport }) {
  const { t } = useWords();
  const proof = useQuorumProof(report);
  if (proof.status === 'pending') return <p className="muted">{t.recovering}</p>;
  if (proof.status === 'failed') return <p className="bad-text">{t.recoveryFailed}</p>;
  const { digestAgrees, signers, setSize } = proof.value;
  return (
    <div className="signers">
      <h3>{t.signersTitle}</h3>
      <Verdict proof={proof.value} />
      <ul>
        {signers.map((signer, i) => (
          <Signer key={`${signer.address ?? ''}${i}`} signer={signer} setSize={setSize} />
        ))}
      </ul>
      <p className="small">
        {t.digest} <HexValue value={report.record.digest} label={t.digest} digits={6} />{' '}
        <span className={digestAgrees ? 'muted' : 'bad-text'}>{digestAgrees ? t.digestAgrees : t.digestDiffers}</span>
      </p>
    </div>
  );
}
