# What the dashboard's token may do. Values of the tenants' secrets can be written by an approved rotation and never read
# back, except where a rotation must keep the fields it does not change.
path "+/metadata/*" {
  capabilities = ["read", "list"]
}

path "+/data/*" {
  capabilities = ["create", "update", "read"]
}

# How many versions the engine keeps, which a plan of a rotation says.
path "+/config" {
  capabilities = ["read"]
}

path "database/static-roles/*" {
  capabilities = ["read", "list"]
}

# For rotations of a database's login: the password is written where the services read it, and tried.
path "database/static-creds/*" {
  capabilities = ["read"]
}

path "database/rotate-role/*" {
  capabilities = ["update"]
}

path "database/roles/*" {
  capabilities = ["read", "list"]
}

path "sys/policies/password/+/generate" {
  capabilities = ["read"]
}

path "sys/leases/lookup/*" {
  capabilities = ["list", "sudo"]
}

path "sys/leases/lookup" {
  capabilities = ["update"]
}

path "sys/leases/revoke" {
  capabilities = ["update"]
}

path "sys/mounts" {
  capabilities = ["read"]
}

path "auth/token/lookup-self" {
  capabilities = ["read"]
}

path "auth/token/renew-self" {
  capabilities = ["update"]
}
