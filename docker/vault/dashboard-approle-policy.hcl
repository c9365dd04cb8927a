# For rotations of AppRoles' secret ids, beside dashboard-policy.hcl. Whoever may make a secret id of a role can become that
# role: write the roles that are meant in the place of "rentguy-ci", one block of these for each, and none that may do more than the
# dashboard.
path "auth/approle/role/rentguy-ci/role-id" {
  capabilities = ["read"]
}

path "auth/approle/role/rentguy-ci/secret-id" {
  capabilities = ["create", "update", "list"]
}

path "auth/approle/role/rentguy-ci/secret-id/lookup" {
  capabilities = ["create", "update"]
}

path "auth/approle/role/rentguy-ci/secret-id-accessor/lookup" {
  capabilities = ["create", "update"]
}

path "auth/approle/role/rentguy-ci/secret-id-accessor/destroy" {
  capabilities = ["create", "update"]
}
