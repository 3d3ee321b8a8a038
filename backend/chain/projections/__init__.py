"""What the chain says of insurers, indemnity policies, claims, disputes and payouts, as rows that leave with their
block. One file of makers a subject; `policies_read` and `claims_read` put the rows together for whoever asks."""
