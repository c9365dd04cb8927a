using System.Globalization;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;

namespace Sevensa.Dashboard.Sandbox.Vault;

/// <summary>Limits on how often paths may be asked.</summary>
internal sealed class VaultQuotas(SimulatedFleet fleet)
{
    private readonly Dictionary<string, Quota> _quotas = new(StringComparer.Ordinal);
    private bool _tells;

    /// <exception cref="VaultRefusal">It was asked too often.</exception>
    public void Check(HttpContext context, string route)
    {
        if (route.StartsWith("sys/", StringComparison.Ordinal))
        {
            return;
        }
        foreach (var quota in _quotas.Values.Where(q => route.StartsWith(q.Path, StringComparison.Ordinal)))
        {
            if (fleet.Now - quota.Since >= quota.Interval)
            {
                (quota.Since, quota.Asked) = (fleet.Now, 0);
            }
            if (++quota.Asked <= quota.Rate)
            {
                continue;
            }
            if (_tells)
            {
                var left = Math.Ceiling(quota.Since + quota.Interval - fleet.Now)
                    .ToString(CultureInfo.InvariantCulture);
                context.Response.Headers.RetryAfter = left;
                context.Response.Headers["X-Ratelimit-Limit"] = quota.Rate.ToString(CultureInfo.InvariantCulture);
                context.Response.Headers["X-Ratelimit-Remaining"] = "0";
                context.Response.Headers["X-Ratelimit-Reset"] = left;
            }
            throw new VaultRefusal(429, $"request path \"{route}\": rate limit quota exceeded");
        }
    }

    public VaultAnswer Answer(string method, string[] path, JsonObject body) =>
        (method, path) switch
        {
            ("GET", ["config"]) => VaultAnswer.Of(
                new JsonObject
                {
                    ["enable_rate_limit_audit_logging"] = false,
                    ["enable_rate_limit_response_headers"] = _tells,
                    ["rate_limit_exempt_paths"] = new JsonArray("sys/health", "sys/seal-status", "sys/unseal"),
                }
            ),
            ("POST" or "PUT", ["config"]) => Tell((bool?)body["enable_rate_limit_response_headers"] == true),
            ("POST" or "PUT", ["rate-limit", var name]) => Set(name, body),
            ("GET", ["rate-limit", var name]) when _quotas.TryGetValue(name, out var quota) => VaultAnswer.Of(
                new JsonObject
                {
                    ["block_interval"] = 0,
                    ["inheritable"] = false,
                    ["interval"] = quota.Interval,
                    ["name"] = name,
                    ["path"] = quota.Path,
                    ["rate"] = quota.Rate,
                    ["role"] = "",
                    ["type"] = "rate-limit",
                }
            ),
            ("DELETE", ["rate-limit", var name]) => Remove(name),
            _ => throw new VaultRefusal(404, "1 error occurred:\n\t* unsupported path\n\n"),
        };

    private VaultAnswer Tell(bool tells)
    {
        _tells = tells;
        return VaultAnswer.Done;
    }

    private VaultAnswer Set(string name, JsonObject body)
    {
        _quotas[name] = new Quota
        {
            Path = (string?)body["path"] ?? "",
            Rate = (int)body["rate"]!,
            Interval = VaultSystem.Seconds(body["interval"]?.ToString() ?? "1s"),
        };
        return VaultAnswer.Done;
    }

    private VaultAnswer Remove(string name)
    {
        _quotas.Remove(name);
        return VaultAnswer.Done;
    }

    private sealed class Quota
    {
        public required string Path { get; init; }
        public required int Rate { get; init; }
        public required long Interval { get; init; }
        public double Since { get; set; }
        public int Asked { get; set; }
    }
}
