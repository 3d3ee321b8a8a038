"""Evidence of claims as the insurer takes it in: uploads, sealed dossiers, and the store that nodes read."""
