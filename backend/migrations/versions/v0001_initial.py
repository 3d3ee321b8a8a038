"""Tables of the first version."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_UP = """
CREATE SEQUENCE stream_sequence;
CREATE TABLE blocks (
  number BIGINT NOT NULL, hash BYTEA NOT NULL, parent_hash BYTEA NOT NULL, timestamp BIGINT NOT NULL, CONSTRAINT
  pk_blocks PRIMARY KEY (number), CONSTRAINT uq_blocks_hash UNIQUE (hash)
);
CREATE TABLE chain_identity (
  chain_id BIGSERIAL NOT NULL, factory BYTEA NOT NULL, block_hash VARCHAR(66) NOT NULL, CONSTRAINT pk_chain_identity
  PRIMARY KEY (chain_id)
);
CREATE TABLE quote_batches (
  batch_id UUID NOT NULL, product BYTEA NOT NULL, chain_id BIGINT NOT NULL, signer_epoch BIGINT NOT NULL,
  observed_at BIGINT NOT NULL, valid_until BIGINT NOT NULL, model_hash BYTEA NOT NULL, signatures BYTEA[] NOT NULL,
  CONSTRAINT pk_quote_batches PRIMARY KEY (batch_id)
);
CREATE TABLE rollbacks (
  sequence BIGINT DEFAULT nextval('stream_sequence') NOT NULL, ancestor BIGINT NOT NULL, tip BIGINT NOT NULL,
  noticed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, CONSTRAINT pk_rollbacks PRIMARY KEY (sequence)
);
CREATE TABLE sealed_records (
  application_id BYTEA NOT NULL, key_id VARCHAR(16) NOT NULL, wrapped_key BYTEA NOT NULL, nonce BYTEA NOT NULL,
  ciphertext BYTEA NOT NULL, CONSTRAINT pk_sealed_records PRIMARY KEY (application_id)
);
CREATE TABLE sender_intents (
  chain_id BIGINT NOT NULL, key VARCHAR(120) NOT NULL, sender BYTEA NOT NULL, nonce BIGINT NOT NULL, final BOOLEAN
  NOT NULL, hash BYTEA, block_number BIGINT, block_hash BYTEA, succeeded BOOLEAN, gas_used BIGINT, contract BYTEA,
  CONSTRAINT pk_sender_intents PRIMARY KEY (chain_id, key)
);
CREATE INDEX ix_sender_intents_unfinal ON sender_intents (chain_id, sender) WHERE NOT final;
CREATE UNIQUE INDEX uq_sender_intents_lane_nonce ON sender_intents (chain_id, sender, nonce);
CREATE TABLE submissions (
  key VARCHAR(120) NOT NULL, kind VARCHAR(16) NOT NULL, product BYTEA NOT NULL, calldata BYTEA NOT NULL, gas BIGINT
  NOT NULL, status VARCHAR(16) NOT NULL, transaction_hash BYTEA, block_number BIGINT, failure_code VARCHAR(80),
  failure_detail TEXT, created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, CONSTRAINT pk_submissions PRIMARY
  KEY (key)
);
CREATE INDEX ix_submissions_block_number ON submissions (block_number);
CREATE INDEX ix_submissions_status ON submissions (status);
CREATE TABLE capital_moves (
  treasury BYTEA NOT NULL, kind VARCHAR(10) NOT NULL, owner BYTEA NOT NULL, assets NUMERIC(39, 0) NOT NULL, shares
  NUMERIC(39, 0) NOT NULL, block_number BIGINT NOT NULL, log_index INTEGER NOT NULL, transaction_hash BYTEA NOT
  NULL, CONSTRAINT pk_capital_moves PRIMARY KEY (block_number, log_index), CONSTRAINT fk_capital_moves_block_number
  FOREIGN KEY(block_number) REFERENCES blocks (number) ON DELETE CASCADE
);
CREATE TABLE chain_events (
  sequence BIGINT DEFAULT nextval('stream_sequence') NOT NULL, address BYTEA NOT NULL, name VARCHAR(64) NOT NULL,
  body JSONB NOT NULL, block_number BIGINT NOT NULL, log_index INTEGER NOT NULL, transaction_hash BYTEA NOT NULL,
  CONSTRAINT pk_chain_events PRIMARY KEY (block_number, log_index), CONSTRAINT uq_chain_events_sequence UNIQUE
  (sequence), CONSTRAINT fk_chain_events_block_number FOREIGN KEY(block_number) REFERENCES blocks (number) ON DELETE
  CASCADE
);
CREATE TABLE event_closures (
  product BYTEA NOT NULL, event_id BYTEA NOT NULL, outcome SMALLINT NOT NULL, value INTEGER NOT NULL, share_bps
  INTEGER NOT NULL, closed_at BIGINT NOT NULL, block_number BIGINT NOT NULL, log_index INTEGER NOT NULL,
  transaction_hash BYTEA NOT NULL, CONSTRAINT pk_event_closures PRIMARY KEY (block_number, log_index), CONSTRAINT
  uq_event_closures_product_event_id UNIQUE (product, event_id), CONSTRAINT fk_event_closures_block_number FOREIGN
  KEY(block_number) REFERENCES blocks (number) ON DELETE CASCADE
);
CREATE TABLE exposure_changes (
  treasury BYTEA NOT NULL, product BYTEA NOT NULL, locked NUMERIC(39, 0) NOT NULL, released NUMERIC(39, 0) NOT NULL,
  paid NUMERIC(39, 0) NOT NULL, held NUMERIC(39, 0) NOT NULL, block_number BIGINT NOT NULL, log_index INTEGER NOT
  NULL, transaction_hash BYTEA NOT NULL, CONSTRAINT pk_exposure_changes PRIMARY KEY (block_number, log_index),
  CONSTRAINT fk_exposure_changes_block_number FOREIGN KEY(block_number) REFERENCES blocks (number) ON DELETE CASCADE
);
CREATE TABLE held_payments (
  treasury BYTEA NOT NULL, payee BYTEA NOT NULL, recipient BYTEA NOT NULL, amount NUMERIC(39, 0) NOT NULL,
  block_number BIGINT NOT NULL, log_index INTEGER NOT NULL, transaction_hash BYTEA NOT NULL, CONSTRAINT
  pk_held_payments PRIMARY KEY (block_number, log_index), CONSTRAINT fk_held_payments_block_number FOREIGN
  KEY(block_number) REFERENCES blocks (number) ON DELETE CASCADE
);
CREATE TABLE held_payouts (
  treasury BYTEA NOT NULL, product BYTEA NOT NULL, policy_id BYTEA NOT NULL, payee BYTEA NOT NULL, amount
  NUMERIC(39, 0) NOT NULL, block_number BIGINT NOT NULL, log_index INTEGER NOT NULL, transaction_hash BYTEA NOT
  NULL, CONSTRAINT pk_held_payouts PRIMARY KEY (block_number, log_index), CONSTRAINT fk_held_payouts_block_number
  FOREIGN KEY(block_number) REFERENCES blocks (number) ON DELETE CASCADE
);
CREATE INDEX ix_held_payouts_policy ON held_payouts (product, policy_id);
CREATE TABLE insured_events (
  product BYTEA NOT NULL, event_id BYTEA NOT NULL, insured_event VARCHAR(128) NOT NULL, occurs_at BIGINT NOT NULL,
  block_number BIGINT NOT NULL, log_index INTEGER NOT NULL, transaction_hash BYTEA NOT NULL, CONSTRAINT
  pk_insured_events PRIMARY KEY (block_number, log_index), CONSTRAINT uq_insured_events_product_event_id UNIQUE
  (product, event_id), CONSTRAINT fk_insured_events_block_number FOREIGN KEY(block_number) REFERENCES blocks
  (number) ON DELETE CASCADE
);
CREATE INDEX ix_insured_events_occurs_at ON insured_events (occurs_at);
CREATE TABLE payments (
  product BYTEA NOT NULL, policy_id BYTEA NOT NULL, payee BYTEA NOT NULL, amount NUMERIC(39, 0) NOT NULL, paid_at
  BIGINT NOT NULL, block_number BIGINT NOT NULL, log_index INTEGER NOT NULL, transaction_hash BYTEA NOT NULL,
  CONSTRAINT pk_payments PRIMARY KEY (block_number, log_index), CONSTRAINT uq_payments_product_policy_id UNIQUE
  (product, policy_id), CONSTRAINT fk_payments_block_number FOREIGN KEY(block_number) REFERENCES blocks (number) ON
  DELETE CASCADE
);
CREATE INDEX ix_payments_payee ON payments (payee);
CREATE TABLE policies (
  product BYTEA NOT NULL, policy_id BYTEA NOT NULL, event_id BYTEA NOT NULL, ordinal BIGINT NOT NULL, application_id
  BYTEA NOT NULL, holder BYTEA NOT NULL, underwriter BYTEA NOT NULL, sum_insured NUMERIC(39, 0) NOT NULL, premium
  NUMERIC(39, 0) NOT NULL, bound_at BIGINT NOT NULL, block_number BIGINT NOT NULL, log_index INTEGER NOT NULL,
  transaction_hash BYTEA NOT NULL, CONSTRAINT pk_policies PRIMARY KEY (block_number, log_index), CONSTRAINT
  uq_policies_product_policy_id UNIQUE (product, policy_id), CONSTRAINT fk_policies_block_number FOREIGN
  KEY(block_number) REFERENCES blocks (number) ON DELETE CASCADE
);
CREATE INDEX ix_policies_application_id ON policies (application_id);
CREATE INDEX ix_policies_event ON policies (product, event_id, ordinal);
CREATE INDEX ix_policies_holder ON policies (holder);
CREATE INDEX ix_policies_policy_id ON policies (policy_id);
CREATE TABLE premiums (
  treasury BYTEA NOT NULL, product BYTEA NOT NULL, premium NUMERIC(39, 0) NOT NULL,
  block_number BIGINT NOT NULL, log_index INTEGER NOT NULL, transaction_hash BYTEA NOT NULL, CONSTRAINT pk_premiums
  PRIMARY KEY (block_number, log_index), CONSTRAINT fk_premiums_block_number FOREIGN KEY(block_number) REFERENCES
  blocks (number) ON DELETE CASCADE
);
CREATE TABLE products (
  address BYTEA NOT NULL, treasury BYTEA NOT NULL, terms_hash BYTEA NOT NULL, terms JSONB NOT NULL, block_number
  BIGINT NOT NULL, log_index INTEGER NOT NULL, transaction_hash BYTEA NOT NULL, CONSTRAINT pk_products PRIMARY KEY
  (block_number, log_index), CONSTRAINT uq_products_address UNIQUE (address), CONSTRAINT fk_products_block_number
  FOREIGN KEY(block_number) REFERENCES blocks (number) ON DELETE CASCADE
);
CREATE TABLE quotes (
  quote_id BYTEA NOT NULL, batch_id UUID NOT NULL, position SMALLINT NOT NULL, product BYTEA NOT NULL, holder BYTEA
  NOT NULL, underwriter BYTEA NOT NULL, insured_event VARCHAR(128) NOT NULL, event_id BYTEA NOT NULL, occurs_at
  BIGINT NOT NULL, sum_insured NUMERIC(39, 0) NOT NULL, premium NUMERIC(39, 0) NOT NULL, valid_until BIGINT NOT
  NULL, expected_share_ppb BIGINT NOT NULL, sum_insured_cap NUMERIC(39, 0) NOT NULL, commitment BYTEA NOT NULL,
  underwriter_signature BYTEA NOT NULL, CONSTRAINT pk_quotes PRIMARY KEY (quote_id), CONSTRAINT fk_quotes_batch_id
  FOREIGN KEY(batch_id) REFERENCES quote_batches (batch_id)
);
CREATE INDEX ix_quotes_batch_id ON quotes (batch_id);
CREATE TABLE reports (
  product BYTEA NOT NULL, kind VARCHAR(8) NOT NULL, digest BYTEA NOT NULL, signer_epoch BIGINT NOT NULL, observed_at
  BIGINT NOT NULL, valid_until BIGINT NOT NULL, origin_hash BYTEA NOT NULL, subjects INTEGER NOT NULL, signers
  BYTEA[] NOT NULL, block_number BIGINT NOT NULL, log_index INTEGER NOT NULL, transaction_hash BYTEA NOT NULL,
  CONSTRAINT pk_reports PRIMARY KEY (block_number, log_index), CONSTRAINT fk_reports_block_number FOREIGN
  KEY(block_number) REFERENCES blocks (number) ON DELETE CASCADE
);
CREATE INDEX ix_reports_digest ON reports (digest);
CREATE TABLE required_ratios (
  treasury BYTEA NOT NULL, ratio_bps INTEGER NOT NULL, block_number BIGINT NOT NULL, log_index INTEGER NOT NULL,
  transaction_hash BYTEA NOT NULL, CONSTRAINT pk_required_ratios PRIMARY KEY (block_number, log_index), CONSTRAINT
  fk_required_ratios_block_number FOREIGN KEY(block_number) REFERENCES blocks (number) ON DELETE CASCADE
);
CREATE TABLE sales_suspensions (
  product BYTEA NOT NULL, suspended BOOLEAN NOT NULL, block_number BIGINT NOT NULL, log_index INTEGER NOT NULL,
  transaction_hash BYTEA NOT NULL, CONSTRAINT pk_sales_suspensions PRIMARY KEY (block_number, log_index), CONSTRAINT
  fk_sales_suspensions_block_number FOREIGN KEY(block_number) REFERENCES blocks (number) ON DELETE CASCADE
);
CREATE INDEX ix_sales_suspensions_product ON sales_suspensions (product);
CREATE TABLE sender_attempts (
  chain_id BIGINT NOT NULL, key VARCHAR(120) NOT NULL, attempt INTEGER NOT NULL, recipient BYTEA, raw BYTEA NOT
  NULL, hash BYTEA NOT NULL, gas BIGINT NOT NULL, max_fee NUMERIC(39, 0) NOT NULL, priority_fee NUMERIC(39, 0) NOT
  NULL, created_at DOUBLE PRECISION NOT NULL, CONSTRAINT pk_sender_attempts PRIMARY KEY (chain_id, key, attempt),
  CONSTRAINT fk_sender_attempts_chain_id_key FOREIGN KEY(chain_id, key) REFERENCES sender_intents (chain_id, key)
);
CREATE TABLE settlement_steps (
  product BYTEA NOT NULL, event_id BYTEA NOT NULL, first_ordinal BIGINT NOT NULL, end_ordinal BIGINT NOT NULL,
  exposure NUMERIC(39, 0) NOT NULL, paid NUMERIC(39, 0) NOT NULL, block_number BIGINT NOT NULL, log_index INTEGER
  NOT NULL, transaction_hash BYTEA NOT NULL, CONSTRAINT pk_settlement_steps PRIMARY KEY (block_number, log_index),
  CONSTRAINT fk_settlement_steps_block_number FOREIGN KEY(block_number) REFERENCES blocks (number) ON DELETE CASCADE
);
CREATE INDEX ix_settlement_steps_event ON settlement_steps (product, event_id, end_ordinal);
CREATE TABLE signer_sets (
  quorum BYTEA NOT NULL, epoch BIGINT NOT NULL, signers BYTEA[] NOT NULL, faults SMALLINT NOT NULL, threshold
  SMALLINT NOT NULL, previous_retires_at BIGINT NOT NULL, block_number BIGINT NOT NULL, log_index INTEGER NOT NULL,
  transaction_hash BYTEA NOT NULL, CONSTRAINT pk_signer_sets PRIMARY KEY (block_number, log_index), CONSTRAINT
  fk_signer_sets_block_number FOREIGN KEY(block_number) REFERENCES blocks (number) ON DELETE CASCADE
);
CREATE TABLE submission_events (
  submission_key VARCHAR(120) NOT NULL, event_id BYTEA NOT NULL, product BYTEA NOT NULL, active BOOLEAN NOT NULL,
  CONSTRAINT pk_submission_events PRIMARY KEY (submission_key, event_id), CONSTRAINT
  fk_submission_events_submission_key FOREIGN KEY(submission_key) REFERENCES submissions (key) ON DELETE CASCADE
);
CREATE UNIQUE INDEX uq_submission_events_active ON submission_events (product, event_id) WHERE active;
CREATE TABLE bind_intents (
  intent_id UUID NOT NULL, quote_id BYTEA NOT NULL, acceptance BYTEA NOT NULL, permit JSONB, status VARCHAR(16) NOT
  NULL, attempts SMALLINT NOT NULL, submission_key VARCHAR(120), failure_code VARCHAR(80), failure_detail TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, CONSTRAINT pk_bind_intents PRIMARY KEY (intent_id),
  CONSTRAINT uq_bind_intents_quote_id UNIQUE (quote_id), CONSTRAINT fk_bind_intents_quote_id FOREIGN KEY(quote_id)
  REFERENCES quotes (quote_id), CONSTRAINT fk_bind_intents_submission_key FOREIGN KEY(submission_key) REFERENCES
  submissions (key)
);
CREATE INDEX ix_bind_intents_status ON bind_intents (status);
CREATE INDEX ix_bind_intents_submission_key ON bind_intents (submission_key);
"""
_DOWN = """
DROP TABLE bind_intents, submission_events, signer_sets, settlement_steps, sender_attempts, sales_suspensions,
  required_ratios, reports, quotes, products, premiums, policies, payments, insured_events, held_payouts,
  held_payments, exposure_changes, event_closures, chain_events, capital_moves, submissions, sender_intents,
  sealed_records, rollbacks, quote_batches, chain_identity, blocks;
DROP SEQUENCE stream_sequence;
"""


def upgrade() -> None:
    """Make the tables."""
    op.execute(_UP)


def downgrade() -> None:
    """Drop them, and with them quotes and sealed records: back them up first."""
    op.execute(_DOWN)
