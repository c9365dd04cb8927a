# For OpenBao, beside dashboard-policy.hcl: the ages of a tenant's whole tree in one request instead of one for each secret.
# Vault knows no capability "scan" and refuses a policy that names it, so this is a policy of its own.
path "+/detailed-metadata/*" {
  capabilities = ["list", "scan"]
}
