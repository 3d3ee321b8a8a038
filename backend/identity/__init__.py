"""Who somebody is: people and their grants, passwords, second factors, sessions, keys of machines, wallets, OIDC."""
