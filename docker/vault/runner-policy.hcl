# What a host's runner may read in Vault where it hands secrets to its containers as files (docs/secrets.md). One rule for each
# secret of Runner__Secrets: write them in the place of these, and give each host a policy and an AppRole of its own.
path "secret/metadata/rentguy/api/database" {
  capabilities = ["read"]
}

path "secret/data/rentguy/api/database" {
  capabilities = ["read"]
}

# A login that the database engine keeps as a static role (rentguy/database/static-creds/rentguy-report).
path "database/static-creds/rentguy-report" {
  capabilities = ["read"]
}
