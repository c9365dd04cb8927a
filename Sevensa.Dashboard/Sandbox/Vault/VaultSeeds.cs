using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;

namespace Sevensa.Dashboard.Sandbox.Vault;

/// <summary>What lies in the Sandbox's Vault at the start. No value in it opens anything.</summary>
internal static class VaultSeeds
{
    /// <summary>Path under <c>secret/</c>, days since each version (oldest first), days it may live, who reads it, keys.</summary>
    private static readonly (string Path, int[] Ages, int DueDays, string Consumers, string[] Keys)[] Secrets =
    [
        ("rentguy/api/database", [220, 131, 41], 90, "api", ["username", "password"]),
        ("rentguy/api/jwt-signing-key", [192, 12], 180, "api", ["key"]),
        ("rentguy/web/payment-provider", [250, 75], 60, "web,api", ["publishable_key", "secret_key"]),
        ("rentguy/worker/smtp", [118, 28], 90, "worker", ["username", "password"]),
        ("psra-ltsd/api/database", [200, 110, 20], 90, "api,certificate-worker", ["username", "password"]),
        ("psra-ltsd/api/customs-api", [175, 115, 55], 60, "api", ["client_id", "client_secret"]),
        ("psra-ltsd/certificate-worker/signing-key", [190], 365, "certificate-worker", ["key", "passphrase"]),
        ("witcom/psra-api/database", [277, 97], 90, "psra-api", ["username", "password"]),
        ("witcom/psra-api/api-key", [189, 99, 9], 90, "psra-api", ["key"]),
        ("platform/traefik/dns-challenge", [130], 180, "traefik", ["token"]),
        ("platform/n8n/encryption-key", [210], 180, "n8n", ["key"]),
        ("platform/claude-chat/model-api-key", [123, 33], 90, "claude-chat", ["key"]),
        ("platform/langgraph/model-api-key", [123, 33], 90, "langgraph", ["key"]),
        ("platform/postgres/superuser", [152, 62], 90, "postgres", ["username", "password"]),
    ];

    /// <summary>Each secret with one service that reads it.</summary>
    public static IEnumerable<(string Path, string Consumer)> Readers =>
        Secrets.SelectMany(secret => secret.Consumers.Split(',').Select(consumer => (secret.Path, consumer)));

    public static void Plant(SimulatedFleet fleet, VaultKv kv, VaultDatabase database, VaultTokens tokens)
    {
        double Ago(double days) => fleet.Midnight - (days * Rhythm.Day) + (10 * 3600) + (7 * 60);

        foreach (var (path, ages, due, consumers, keys) in Secrets)
        {
            kv.Plant(
                path,
                [
                    .. ages.Select(
                        (age, n) =>
                            (
                                Ago(age),
                                new JsonObject(
                                    keys.Select(k =>
                                        KeyValuePair.Create(k, (JsonNode?)$"sandbox-{Noise.Hex($"{path} {k} {n}", 20)}")
                                    )
                                )
                            )
                    ),
                ],
                new JsonObject
                {
                    ["consumers"] = consumers,
                    ["due_days"] = due.ToString(System.Globalization.CultureInfo.InvariantCulture),
                    ["owner"] = path.Split('/')[0],
                }
            );
        }

        database.PlantRole("rentguy-app", "platform-postgres", 3600);
        database.PlantRole("psra-ltsd-app", "platform-postgres", 3600);
        database.PlantStatic("rentguy-report", "platform-postgres", "rentguy_report", Ago(22), 30 * 86400);
        database.PlantStatic("witcom-psra-api", "witcom-psra-db", "witcom_psra_api", Ago(97), 365 * 86400);
        database.PlantLease("rentguy-app", fleet.StartedAt - 1240);
        database.PlantLease("rentguy-app", fleet.StartedAt - 380);
        database.PlantLease("psra-ltsd-app", fleet.StartedAt - 2100);

        tokens.SetPolicy(
            "dashboard",
            "path \"secret/*\" { capabilities = [\"create\", \"read\", \"update\", \"list\"] }\n"
                + "path \"database/*\" { capabilities = [\"read\", \"list\", \"update\"] }\n"
                + "path \"sys/leases/*\" { capabilities = [\"read\", \"list\", \"update\"] }"
        );
        tokens.PlantRole("dashboard", ["dashboard"], "sandbox-role-id", "sandbox-secret-id");
    }
}
