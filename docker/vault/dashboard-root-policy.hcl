# For rotations of the database engine's own login (secret.root), beside dashboard-policy.hcl. Write the connections and the
# dynamic roles that are meant in the place of "rentguy-main" and "rentguy-app": the login is made to see that Vault gets in, and given back.
path "database/rotate-root/rentguy-main" {
  capabilities = ["create", "update"]
}

path "database/creds/rentguy-app" {
  capabilities = ["read"]
}
