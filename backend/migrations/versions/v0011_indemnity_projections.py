"""Projections of insurers, indemnity insurance, claims, disputes, payouts, incidents and anchored heads.

Blocks are taken in anew: what was indexed before did not hold these events.
"""

from alembic import op

from backend.access.row_security import open_to_readers

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_TABLES = (
    "insurers",
    "insurer_treasuries",
    "indemnity_products",
    "indemnity_policies",
    "indemnity_changes",
    "policy_unearned",
    "premium_returns",
    "reserve_changes",
    "claim_payments",
    "surpluses",
    "treasury_pauses",
    "claims",
    "claim_steps",
    "disputes",
    "dispute_steps",
    "arbitrator_changes",
    "institution_changes",
    "disbursements",
    "disbursement_steps",
    "collections",
    "incidents",
    "anchored_heads",
)
_UP = """
CREATE TABLE insurers (
  insurer_id BYTEA NOT NULL, manager BYTEA NOT NULL, administrator BYTEA NOT NULL, founder BYTEA NOT NULL, name
  VARCHAR(256) NOT NULL, block_number BIGINT NOT NULL, log_index INTEGER NOT NULL, transaction_hash BYTEA NOT NULL,
  CONSTRAINT pk_insurers PRIMARY KEY (block_number, log_index), CONSTRAINT uq_insurers_insurer_id UNIQUE
  (insurer_id), CONSTRAINT fk_insurers_block_number FOREIGN KEY(block_number) REFERENCES blocks (number) ON DELETE
  CASCADE
);
CREATE TABLE insurer_treasuries (
  insurer_id BYTEA NOT NULL, treasury BYTEA NOT NULL, asset BYTEA NOT NULL, block_number BIGINT NOT NULL, log_index
  INTEGER NOT NULL, transaction_hash BYTEA NOT NULL, CONSTRAINT pk_insurer_treasuries PRIMARY KEY (block_number,
  log_index), CONSTRAINT uq_insurer_treasuries_treasury UNIQUE (treasury), CONSTRAINT
  fk_insurer_treasuries_block_number FOREIGN KEY(block_number) REFERENCES blocks (number) ON DELETE CASCADE
);
CREATE INDEX ix_insurer_treasuries_insurer_id ON insurer_treasuries (insurer_id);
CREATE TABLE indemnity_products (
  address BYTEA NOT NULL, treasury BYTEA NOT NULL, terms_hash BYTEA NOT NULL, terms JSONB NOT NULL, block_number
  BIGINT NOT NULL, log_index INTEGER NOT NULL, transaction_hash BYTEA NOT NULL, CONSTRAINT pk_indemnity_products
  PRIMARY KEY (block_number, log_index), CONSTRAINT uq_indemnity_products_address UNIQUE (address), CONSTRAINT
  fk_indemnity_products_block_number FOREIGN KEY(block_number) REFERENCES blocks (number) ON DELETE CASCADE
);
CREATE TABLE indemnity_policies (
  product BYTEA NOT NULL, policy_id BIGINT NOT NULL, application_id BYTEA NOT NULL, holder BYTEA NOT NULL,
  beneficiary BYTEA NOT NULL, starts_at BIGINT NOT NULL, ends_at BIGINT NOT NULL, sum_insured NUMERIC(39, 0) NOT
  NULL, premium NUMERIC(39, 0) NOT NULL, exclusions BIGINT NOT NULL, tier SMALLINT NOT NULL, is_renewal BOOLEAN NOT
  NULL, bound_at BIGINT NOT NULL, block_number BIGINT NOT NULL, log_index INTEGER NOT NULL, transaction_hash BYTEA
  NOT NULL, CONSTRAINT pk_indemnity_policies PRIMARY KEY (block_number, log_index), CONSTRAINT
  uq_indemnity_policies_product_policy_id UNIQUE (product, policy_id), CONSTRAINT fk_indemnity_policies_block_number
  FOREIGN KEY(block_number) REFERENCES blocks (number) ON DELETE CASCADE
);
CREATE INDEX ix_indemnity_policies_application_id ON indemnity_policies (application_id);
CREATE INDEX ix_indemnity_policies_holder ON indemnity_policies (holder);
CREATE TABLE indemnity_changes (
  product BYTEA NOT NULL, policy_id BIGINT NOT NULL, kind VARCHAR(12) NOT NULL, sequence BIGINT, sum_insured
  NUMERIC(39, 0), premium NUMERIC(39, 0), exclusions BIGINT, beneficiary BYTEA, ends_at BIGINT, premium_returned
  NUMERIC(39, 0), changed_at BIGINT NOT NULL, block_number BIGINT NOT NULL, log_index INTEGER NOT NULL,
  transaction_hash BYTEA NOT NULL, CONSTRAINT pk_indemnity_changes PRIMARY KEY (block_number, log_index), CONSTRAINT
  fk_indemnity_changes_block_number FOREIGN KEY(block_number) REFERENCES blocks (number) ON DELETE CASCADE
);
CREATE INDEX ix_indemnity_changes_policy ON indemnity_changes (product, policy_id);
CREATE TABLE policy_unearned (
  product BYTEA NOT NULL, policy_id BIGINT NOT NULL, unearned NUMERIC(39, 0) NOT NULL, block_number BIGINT NOT NULL,
  log_index INTEGER NOT NULL, transaction_hash BYTEA NOT NULL, CONSTRAINT pk_policy_unearned PRIMARY KEY
  (block_number, log_index), CONSTRAINT fk_policy_unearned_block_number FOREIGN KEY(block_number) REFERENCES blocks
  (number) ON DELETE CASCADE
);
CREATE INDEX ix_policy_unearned_policy ON policy_unearned (product, policy_id);
CREATE TABLE premium_returns (
  treasury BYTEA NOT NULL, product BYTEA NOT NULL, policy_id BYTEA NOT NULL, payee BYTEA NOT NULL, amount NUMERIC(39,
  0) NOT NULL, block_number BIGINT NOT NULL, log_index INTEGER NOT NULL, transaction_hash BYTEA NOT NULL, CONSTRAINT
  pk_premium_returns PRIMARY KEY (block_number, log_index), CONSTRAINT fk_premium_returns_block_number FOREIGN
  KEY(block_number) REFERENCES blocks (number) ON DELETE CASCADE
);
CREATE TABLE reserve_changes (
  treasury BYTEA NOT NULL, product BYTEA NOT NULL, claim_id BYTEA NOT NULL, reserve_before NUMERIC(39, 0) NOT NULL,
  reserve_after NUMERIC(39, 0) NOT NULL, block_number BIGINT NOT NULL, log_index INTEGER NOT NULL, transaction_hash
  BYTEA NOT NULL, CONSTRAINT pk_reserve_changes PRIMARY KEY (block_number, log_index), CONSTRAINT
  fk_reserve_changes_block_number FOREIGN KEY(block_number) REFERENCES blocks (number) ON DELETE CASCADE
);
CREATE INDEX ix_reserve_changes_claim_id ON reserve_changes (claim_id);
CREATE TABLE claim_payments (
  treasury BYTEA NOT NULL, product BYTEA NOT NULL, claim_id BYTEA NOT NULL, payee BYTEA NOT NULL, indemnity
  NUMERIC(39, 0) NOT NULL, interest NUMERIC(39, 0) NOT NULL, reserve_before NUMERIC(39, 0) NOT NULL, reserve_after
  NUMERIC(39, 0) NOT NULL, paid_at BIGINT NOT NULL, block_number BIGINT NOT NULL, log_index INTEGER NOT NULL,
  transaction_hash BYTEA NOT NULL, CONSTRAINT pk_claim_payments PRIMARY KEY (block_number, log_index), CONSTRAINT
  fk_claim_payments_block_number FOREIGN KEY(block_number) REFERENCES blocks (number) ON DELETE CASCADE
);
CREATE INDEX ix_claim_payments_claim_id ON claim_payments (claim_id);
CREATE INDEX ix_claim_payments_payee ON claim_payments (payee);
CREATE TABLE surpluses (
  treasury BYTEA NOT NULL, amount NUMERIC(39, 0) NOT NULL, block_number BIGINT NOT NULL, log_index INTEGER NOT NULL,
  transaction_hash BYTEA NOT NULL, CONSTRAINT pk_surpluses PRIMARY KEY (block_number, log_index), CONSTRAINT
  fk_surpluses_block_number FOREIGN KEY(block_number) REFERENCES blocks (number) ON DELETE CASCADE
);
CREATE TABLE treasury_pauses (
  treasury BYTEA NOT NULL, until BIGINT NOT NULL, block_number BIGINT NOT NULL, log_index INTEGER NOT NULL,
  transaction_hash BYTEA NOT NULL, CONSTRAINT pk_treasury_pauses PRIMARY KEY (block_number, log_index), CONSTRAINT
  fk_treasury_pauses_block_number FOREIGN KEY(block_number) REFERENCES blocks (number) ON DELETE CASCADE
);
CREATE TABLE claims (
  claim_id BYTEA NOT NULL, product BYTEA NOT NULL, policy_id BIGINT NOT NULL, claimant BYTEA NOT NULL, coverage
  SMALLINT NOT NULL, peril SMALLINT NOT NULL, occurred_at BIGINT NOT NULL, claimed NUMERIC(39, 0) NOT NULL,
  evidence_root BYTEA NOT NULL, notified_by BYTEA NOT NULL, noticed_at BIGINT NOT NULL, block_number BIGINT NOT NULL,
  log_index INTEGER NOT NULL, transaction_hash BYTEA NOT NULL, CONSTRAINT pk_claims PRIMARY KEY (block_number,
  log_index), CONSTRAINT uq_claims_claim_id UNIQUE (claim_id), CONSTRAINT fk_claims_block_number FOREIGN
  KEY(block_number) REFERENCES blocks (number) ON DELETE CASCADE
);
CREATE INDEX ix_claims_claimant ON claims (claimant);
CREATE INDEX ix_claims_policy ON claims (product, policy_id);
CREATE TABLE claim_steps (
  claim_id BYTEA NOT NULL, kind VARCHAR(24) NOT NULL, step_at BIGINT NOT NULL, state SMALLINT, outcome SMALLINT,
  actor BYTEA, amount NUMERIC(39, 0), reason_code SMALLINT, clause BYTEA, other_claim_id BYTEA, dispute_id BYTEA,
  institution BIGINT, block_number BIGINT NOT NULL, log_index INTEGER NOT NULL, transaction_hash BYTEA NOT NULL,
  CONSTRAINT pk_claim_steps PRIMARY KEY (block_number, log_index), CONSTRAINT fk_claim_steps_block_number FOREIGN
  KEY(block_number) REFERENCES blocks (number) ON DELETE CASCADE
);
CREATE INDEX ix_claim_steps_claim_id ON claim_steps (claim_id);
CREATE TABLE disputes (
  panel BYTEA NOT NULL, dispute_id BYTEA NOT NULL, claim_id BYTEA NOT NULL, claimant BYTEA NOT NULL, court BYTEA NOT
  NULL, token BYTEA NOT NULL, disputed NUMERIC(39, 0) NOT NULL, deposit NUMERIC(39, 0) NOT NULL, deposit_to BYTEA NOT
  NULL, opened_at BIGINT NOT NULL, block_number BIGINT NOT NULL, log_index INTEGER NOT NULL, transaction_hash BYTEA
  NOT NULL, CONSTRAINT pk_disputes PRIMARY KEY (block_number, log_index), CONSTRAINT uq_disputes_dispute_id UNIQUE
  (dispute_id), CONSTRAINT fk_disputes_block_number FOREIGN KEY(block_number) REFERENCES blocks (number) ON DELETE
  CASCADE
);
CREATE INDEX ix_disputes_claim_id ON disputes (claim_id);
CREATE TABLE dispute_steps (
  dispute_id BYTEA NOT NULL, kind VARCHAR(24) NOT NULL, step_at BIGINT NOT NULL, actor BYTEA, amount NUMERIC(39, 0),
  reason_code SMALLINT, clause BYTEA, until BIGINT, block_number BIGINT NOT NULL, log_index INTEGER NOT NULL,
  transaction_hash BYTEA NOT NULL, CONSTRAINT pk_dispute_steps PRIMARY KEY (block_number, log_index), CONSTRAINT
  fk_dispute_steps_block_number FOREIGN KEY(block_number) REFERENCES blocks (number) ON DELETE CASCADE
);
CREATE INDEX ix_dispute_steps_dispute_id ON dispute_steps (dispute_id);
CREATE TABLE arbitrator_changes (
  arbitrator BYTEA NOT NULL, kind VARCHAR(12) NOT NULL, consumer_advocate BOOLEAN NOT NULL, block_number BIGINT NOT
  NULL, log_index INTEGER NOT NULL, transaction_hash BYTEA NOT NULL, CONSTRAINT pk_arbitrator_changes PRIMARY KEY
  (block_number, log_index), CONSTRAINT fk_arbitrator_changes_block_number FOREIGN KEY(block_number) REFERENCES
  blocks (number) ON DELETE CASCADE
);
CREATE INDEX ix_arbitrator_changes_arbitrator ON arbitrator_changes (arbitrator);
CREATE TABLE institution_changes (
  institution BIGINT NOT NULL, kind VARCHAR(32) NOT NULL, body JSONB NOT NULL, block_number BIGINT NOT NULL,
  log_index INTEGER NOT NULL, transaction_hash BYTEA NOT NULL, CONSTRAINT pk_institution_changes PRIMARY KEY
  (block_number, log_index), CONSTRAINT fk_institution_changes_block_number FOREIGN KEY(block_number) REFERENCES
  blocks (number) ON DELETE CASCADE
);
CREATE INDEX ix_institution_changes_institution ON institution_changes (institution);
CREATE TABLE disbursements (
  instruction_id BYTEA NOT NULL, claim_id BYTEA NOT NULL, institution BIGINT NOT NULL, payee BYTEA NOT NULL, token
  BYTEA NOT NULL, amount NUMERIC(39, 0) NOT NULL, receipt_due BIGINT NOT NULL, opened_at BIGINT NOT NULL,
  block_number BIGINT NOT NULL, log_index INTEGER NOT NULL, transaction_hash BYTEA NOT NULL, CONSTRAINT
  pk_disbursements PRIMARY KEY (block_number, log_index), CONSTRAINT uq_disbursements_instruction_id UNIQUE
  (instruction_id), CONSTRAINT fk_disbursements_block_number FOREIGN KEY(block_number) REFERENCES blocks (number) ON
  DELETE CASCADE
);
CREATE INDEX ix_disbursements_claim_id ON disbursements (claim_id);
CREATE INDEX ix_disbursements_payee ON disbursements (payee);
CREATE TABLE disbursement_steps (
  instruction_id BYTEA NOT NULL, kind VARCHAR(24) NOT NULL, step_at BIGINT NOT NULL, state SMALLINT NOT NULL,
  institution BIGINT, actor BYTEA, amount NUMERIC(39, 0), currency VARCHAR(3), rate NUMERIC(39, 0), reference_hash
  BYTEA, reason_code SMALLINT, successor BYTEA, block_number BIGINT NOT NULL, log_index INTEGER NOT NULL,
  transaction_hash BYTEA NOT NULL, CONSTRAINT pk_disbursement_steps PRIMARY KEY (block_number, log_index), CONSTRAINT
  fk_disbursement_steps_block_number FOREIGN KEY(block_number) REFERENCES blocks (number) ON DELETE CASCADE
);
CREATE INDEX ix_disbursement_steps_instruction_id ON disbursement_steps (instruction_id);
CREATE TABLE collections (
  product BYTEA NOT NULL, application_id BYTEA NOT NULL, kind VARCHAR(12) NOT NULL, institution BIGINT, amount
  NUMERIC(39, 0) NOT NULL, block_number BIGINT NOT NULL, log_index INTEGER NOT NULL, transaction_hash BYTEA NOT NULL,
  CONSTRAINT pk_collections PRIMARY KEY (block_number, log_index), CONSTRAINT fk_collections_block_number FOREIGN
  KEY(block_number) REFERENCES blocks (number) ON DELETE CASCADE
);
CREATE INDEX ix_collections_application ON collections (product, application_id);
CREATE TABLE incidents (
  nullifier BYTEA NOT NULL, claim_id BYTEA NOT NULL, first_claim_id BYTEA NOT NULL, block_number BIGINT NOT NULL,
  log_index INTEGER NOT NULL, transaction_hash BYTEA NOT NULL, CONSTRAINT pk_incidents PRIMARY KEY (block_number,
  log_index), CONSTRAINT fk_incidents_block_number FOREIGN KEY(block_number) REFERENCES blocks (number) ON DELETE
  CASCADE
);
CREATE INDEX ix_incidents_claim_id ON incidents (claim_id);
CREATE INDEX ix_incidents_nullifier ON incidents (nullifier);
CREATE TABLE anchored_heads (
  log_id BYTEA NOT NULL, head_index BIGINT NOT NULL, tree_size NUMERIC(39, 0) NOT NULL, root_hash BYTEA NOT NULL,
  anchored_at BIGINT NOT NULL, block_number BIGINT NOT NULL, log_index INTEGER NOT NULL, transaction_hash BYTEA NOT
  NULL, CONSTRAINT pk_anchored_heads PRIMARY KEY (block_number, log_index), CONSTRAINT fk_anchored_heads_block_number
  FOREIGN KEY(block_number) REFERENCES blocks (number) ON DELETE CASCADE
);
CREATE UNIQUE INDEX uq_anchored_heads_log_index ON anchored_heads (log_id, head_index);
"""


def upgrade() -> None:
    """Create what it says, and forget the blocks taken in without it: the indexer reads them again."""
    op.execute(_UP)
    op.execute(open_to_readers(*_TABLES))
    op.execute("DELETE FROM blocks")


def downgrade() -> None:
    """Remove it again."""
    op.execute(f"DROP TABLE {', '.join(_TABLES)}")
