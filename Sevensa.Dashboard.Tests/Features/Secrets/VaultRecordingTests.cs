using System.Text.Json;
using Sevensa.Dashboard.Features.Secrets;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>Every exchange with a real server, read by the part of the client that asks such a thing.</summary>
public class VaultRecordingTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("vault", 75)]
    [InlineData("openbao", 400)]
    public async Task Every_answer_is_read_or_told_in_the_servers_own_words(string server, int atLeast)
    {
        var wrong = new List<string>();
        var unasked = new HashSet<string>();
        var read = 0;
        foreach (var exchange in Recorded.Of(server))
        {
            if (exchange.Method is "HEAD" or "OPTIONS")
            {
                unasked.Add(exchange.Name);
                continue;
            }
            var stub = VaultStub.Answering(exchange.Status, exchange.Body);
            // The pause that a 429 asks for is not waited for here.
            var client = new VaultStub(asked => stub.Says(asked)) { Header = _ => ("Retry-After", "60") }.Client();
            try
            {
                var outcome = await AskAsync(client, exchange);
                read++;
                if (outcome == NotAsked)
                {
                    unasked.Add(exchange.Name);
                }
                if (
                    exchange.Status is >= 400 and not 404
                    && !IsHealth(exchange)
                    && outcome != "refused as a matter of course"
                )
                {
                    wrong.Add($"{exchange.Name}: {exchange.Status} was taken for an answer ({outcome})");
                }
                if (exchange.Status == 404 && Words(exchange).Length > 0)
                {
                    wrong.Add($"{exchange.Name}: the words {Words(exchange)[0]} were dropped");
                }
            }
            catch (UpstreamException exception)
            {
                read++;
                if (exchange.Status is >= 200 and < 300)
                {
                    wrong.Add($"{exchange.Name}: {exception.Message}");
                }
                else if (!IsHealth(exchange) && exception.Status != exchange.Status)
                {
                    wrong.Add($"{exchange.Name}: {exception.Status} instead of {exchange.Status}");
                }
                foreach (
                    var word in Words(exchange)
                        .Where(word => !exception.Message.Contains(Line(word), StringComparison.Ordinal))
                )
                {
                    wrong.Add($"{exchange.Name}: \"{exception.Message}\" lacks \"{Line(word)}\"");
                }
            }
            catch (Exception exception) when (exception is not Xunit.Sdk.XunitException)
            {
                wrong.Add($"{exchange.Name}: {exception.GetType().Name} {exception.Message}");
            }
        }
        Assert.Empty(wrong);
        // A new one is either asked for or named.
        Assert.Equal(UnaskedOfVault.Of(server).Order(), unasked.Order());
        Assert.InRange(read, atLeast - 5, 500);
    }

    [Theory]
    [InlineData("expired token read", "ended or was revoked")]
    [InlineData("revoked token", "ended or was revoked")]
    [InlineData("one use: second", "ended or was revoked")]
    [InlineData("limited denied", "policy")]
    [InlineData("limited scan", "policy")]
    [InlineData("namespace unknown", "Vault:Namespace")]
    [InlineData("read when sealed", "vault operator unseal")]
    [InlineData("approle login bad secret id", "Vault:SecretIdFile")]
    [InlineData("rate limited 2", "quota")]
    [InlineData("audit disk full: read", "audit")]
    public async Task What_to_do_follows_from_the_answer(string name, string remedy)
    {
        var exchange = Recorded.Of("openbao").First(found => found.Name == name);
        var stub = new VaultStub(_ => (exchange.Status, exchange.Body)) { Header = _ => ("Retry-After", "60") };
        var options = new SecretsOptions
        {
            Address = "http://vault.test",
            SandboxToken = "t",
            TokenFile = "/run/token",
            Namespace = "nobody",
        };
        var exception = await Assert.ThrowsAnyAsync<UpstreamException>(() =>
            stub.Client(options).MetadataAsync("rentguy/api", Cancellation)
        );
        Assert.Contains(remedy, exception.Remedy, StringComparison.Ordinal);
        Assert.Equal($"{exception.Message.TrimEnd('.')}. {exception.Remedy}", exception.Told);
    }

    private static bool IsHealth(Recorded.Exchange exchange) =>
        exchange.Path.Contains("sys/health", StringComparison.Ordinal);

    private const string NotAsked = "not asked by it";

    private static async Task<string?> AskAsync(VaultClient client, Recorded.Exchange exchange)
    {
        var path = exchange.Path.Split('?')[0];
        bool Is(string method, string part) =>
            exchange.Method == method && path.Contains(part, StringComparison.Ordinal);
        var list = exchange.Method == "LIST" || exchange.Path.Contains("list=true", StringComparison.Ordinal);
        var scan = exchange.Method == "SCAN" || exchange.Path.Contains("scan=true", StringComparison.Ordinal);
        if (IsHealth(exchange))
        {
            return (await client.HealthAsync(Cancellation)).Version;
        }
        if (Is("GET", "auth/token/lookup-self") && exchange.Status < 300)
        {
            return (await client.LookupSelfAsync(Cancellation)).DisplayName;
        }
        if ((Is("POST", "approle/login") || Is("POST", "renew-self")) && exchange.Status < 300)
        {
            return (await client.RenewSelfAsync("t", Cancellation)).ClientToken;
        }
        if (Is("PUT", "sys/leases/lookup"))
        {
            var look = await client.LookAtLeaseAsync("database/creds/a/b", Cancellation);
            // Ended: that is what was asked.
            return look.Refusal is { } refusal
                ? throw refusal.Exception
                : look.Value?.Id ?? "refused as a matter of course";
        }
        if (Is("GET", "sys/internal/ui/mounts/") && exchange.Status < 300)
        {
            return $"version {await client.EngineVersionAsync(Cancellation)}";
        }
        if (Is("GET", "/secret/config") && exchange.Status < 300)
        {
            return $"keeps {await client.KeptVersionsAsync(Cancellation)}";
        }
        if (
            Is("POST", "/data/")
            && (exchange.Status >= 400 || exchange.Body.Contains("\"version\"", StringComparison.Ordinal))
        )
        {
            return await client.WriteAsync("rentguy/api", [], 1, Cancellation) is null
                ? "refused as a matter of course"
                : "written";
        }
        if (scan && path.Contains("detailed-metadata", StringComparison.Ordinal))
        {
            var tree = await client.ScanAsync("rentguy/", Cancellation);
            return exchange.Status < 300 && tree is null
                ? throw new InvalidOperationException("no tree was read")
                : "refused as a matter of course";
        }
        if (list && !path.Contains("detailed-metadata", StringComparison.Ordinal))
        {
            var names = await client.ListAsync("rentguy/", Cancellation);
            return exchange.Status < 300 && names.Count == 0
                ? throw new InvalidOperationException("no names were read")
                : "names";
        }
        if (Is("GET", "/metadata/") && exchange.Status < 300 && !scan)
        {
            return (await client.MetadataAsync("rentguy/api", Cancellation))!.CurrentVersion.ToString(
                System.Globalization.CultureInfo.InvariantCulture
            );
        }
        if (
            Is("GET", "/data/")
            && !exchange.Path.Contains("help=1", StringComparison.Ordinal)
            && !exchange.Body.Contains("wrap_info\": {", StringComparison.Ordinal)
        )
        {
            return (await client.DataAsync("rentguy/api", 1, Cancellation))?.Count.ToString(
                System.Globalization.CultureInfo.InvariantCulture
            );
        }
        // What the client never asks is still refused in the server's words.
        return exchange.Status < 400 ? NotAsked : (await client.MetadataAsync("rentguy/api", Cancellation))?.ToString();
    }

    private static string[] Words(Recorded.Exchange exchange)
    {
        if (!exchange.Body.StartsWith('{') || exchange.Status < 400)
        {
            return [];
        }
        using var body = JsonDocument.Parse(exchange.Body);
        return body.RootElement.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Array
            ? [.. errors.EnumerateArray().Select(error => error.GetString()!)]
            : [];
    }

    /// <summary>The last line of a bulleted list, which is where the reason stands.</summary>
    private static string Line(string error) =>
        error
            .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)[^1]
            .TrimStart('*', ' ');
}
