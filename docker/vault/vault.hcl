# One node on its own disk. Reached by the dashboard alone; TLS by the certificate of make-secrets.
ui            = false
disable_mlock = true
api_addr      = "https://vault:8200"
cluster_addr  = "https://127.0.0.1:8201"

listener "tcp" {
  address         = "0.0.0.0:8200"
  cluster_address = "127.0.0.1:8201"
  tls_cert_file   = "/run/secrets/vault_tls_certificate"
  tls_key_file    = "/run/secrets/vault_tls_key"
  tls_min_version = "tls12"
}

storage "raft" {
  path    = "/vault/file"
  node_id = "vault-1"
}
