using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets.Vault;

/// <summary>
/// Typed client of Vault's HTTP API (v1): key/value version 2, leases, AppRole. What does not exist is null or empty;
/// every failure is an <see cref="UpstreamException"/> with the status and Vault's own words, and never a value.
/// </summary>
public sealed partial class VaultClient(
    HttpClient http,
    IOptions<SecretsOptions> options,
    VaultSession session,
    Upstreams upstreams
)
{
    public const string Name = "Vault";

    public bool IsConfigured => options.Value.IsConfigured;

    /// <summary>How it is, sealed or not; needs no token. Tells the upstreams' states.</summary>
    public async Task<VaultHealth> HealthAsync(CancellationToken cancellation)
    {
        using var answer = await AskAsync(() => Request(HttpMethod.Get, "sys/health", null), cancellation);
        // 429, 472, 473, 501 and 503 are states, not failures: the body is the same.
        var health = await ReadAsync(answer, VaultJson.Default.VaultHealth, cancellation);
        if (health.Sealed || !health.Initialized)
        {
            upstreams.Bad(
                new UpstreamException(
                    Name,
                    UpstreamFault.Failed,
                    health.Initialized ? "Vault is sealed" : "Vault is not initialized",
                    (int)answer.StatusCode,
                    SealedRemedy
                )
            );
        }
        else
        {
            upstreams.Good(Name);
        }
        return health;
    }

    /// <summary>The dashboard's own token as Vault sees it.</summary>
    public async Task<VaultSelf> LookupSelfAsync(CancellationToken cancellation) =>
        (await GetAsync("auth/token/lookup-self", VaultJson.Default.VaultAnswerVaultSelf, cancellation))?.Data
        ?? throw Told(Garbled("no data"));

    /// <summary>Names in a folder (those that end with a slash are folders); empty when there is no such folder.</summary>
    /// <param name="folder">Below the mount; empty or with a trailing slash.</param>
    public Task<IReadOnlyList<string>> ListAsync(string folder, CancellationToken cancellation) =>
        KeysAsync($"{options.Value.Mount}/metadata/{Escape(folder)}", cancellation);

    /// <summary>Versions and times; null when there is no such secret.</summary>
    public async Task<VaultMetadata?> MetadataAsync(string path, CancellationToken cancellation) =>
        (
            await GetAsync(
                $"{options.Value.Mount}/metadata/{Escape(path)}",
                VaultJson.Default.VaultAnswerVaultMetadata,
                cancellation
            )
        )?.Data;

    /// <summary>The names of the keys of one version; the values are dropped as they are read. Null when it is gone.</summary>
    public async Task<IReadOnlyList<string>?> KeyNamesAsync(string path, int version, CancellationToken cancellation) =>
        (await DataAsync(path, version, cancellation))?.Keys.Order(StringComparer.Ordinal).ToList();

    /// <summary>The values of a version. For the rotation alone. Null when it does not exist, or was deleted or destroyed.</summary>
    internal async Task<Dictionary<string, JsonElement>?> DataAsync(
        string path,
        int version,
        CancellationToken cancellation
    ) =>
        (
            await GetAsync(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{options.Value.Mount}/data/{Escape(path)}?version={version}"
                ),
                VaultJson.Default.VaultAnswerVaultData,
                cancellation
            )
        )
            ?.Data
            ?.Data;

    /// <summary>Writes a new version if <paramref name="cas"/> is still the current one.</summary>
    /// <returns>The number of the new version, or null when another version is current: nothing was written.</returns>
    internal async Task<int?> WriteAsync(
        string path,
        Dictionary<string, JsonElement> data,
        int cas,
        CancellationToken cancellation
    )
    {
        var body = new VaultWrite { Data = data, Options = new VaultWriteOptions(cas) };
        using var answer = await AskWithTokenAsync(
            token =>
                Request(
                    HttpMethod.Post,
                    $"{options.Value.Mount}/data/{Escape(path)}",
                    token,
                    JsonContent.Create(body, VaultJson.Default.VaultWrite)
                ),
            cancellation
        );
        if (!answer.IsSuccessStatusCode)
        {
            var refusal = await RefusalAsync(answer, cancellation);
            return refusal.Message.Contains("check-and-set parameter did not match", StringComparison.Ordinal)
                ? null
                : throw Told(refusal);
        }
        var written = await ReadAsync(answer, VaultJson.Default.VaultAnswerVaultWritten, cancellation);
        upstreams.Good(Name);
        return written.Data?.Version ?? throw Told(Garbled("no version"));
    }

    /// <summary>Roles of the database engine that have leases, each with a trailing slash.</summary>
    internal Task<IReadOnlyList<string>> LeasedRolesAsync(CancellationToken cancellation) =>
        KeysAsync("sys/leases/lookup/database/creds/", cancellation);

    internal Task<IReadOnlyList<string>> LeasesOfAsync(string role, CancellationToken cancellation) =>
        KeysAsync($"sys/leases/lookup/database/creds/{Uri.EscapeDataString(role)}", cancellation);

    /// <summary>Null when it ended meanwhile.</summary>
    internal async Task<VaultLease?> LeaseAsync(string id, CancellationToken cancellation)
    {
        using var answer = await AskWithTokenAsync(
            token =>
            {
                var request = Request(
                    HttpMethod.Put,
                    "sys/leases/lookup",
                    token,
                    JsonContent.Create(new VaultLeaseAsked(id), VaultJson.Default.VaultLeaseAsked)
                );
                request.Options.Set(UpstreamClients.MayRepeat, true);
                return request;
            },
            cancellation
        );
        if (answer.IsSuccessStatusCode)
        {
            return (await ReadAsync(answer, VaultJson.Default.VaultAnswerVaultLease, cancellation)).Data;
        }
        var refusal = await RefusalAsync(answer, cancellation);
        return refusal.Message.Contains("invalid lease", StringComparison.Ordinal) ? null : throw Told(refusal);
    }

    internal Task<VaultAuth> LoginAsync(string roleId, string secretId, CancellationToken cancellation) =>
        AuthAsync(
            () =>
                Request(
                    HttpMethod.Post,
                    "auth/approle/login",
                    null,
                    JsonContent.Create(
                        new VaultLogin { RoleId = roleId, SecretId = secretId },
                        VaultJson.Default.VaultLogin
                    )
                ),
            cancellation
        );

    internal Task<VaultAuth> RenewSelfAsync(string token, CancellationToken cancellation) =>
        AuthAsync(
            () =>
                Request(
                    HttpMethod.Post,
                    "auth/token/renew-self",
                    token,
                    new StringContent("{}", System.Text.Encoding.UTF8, "application/json")
                ),
            cancellation
        );

    private async Task<VaultAuth> AuthAsync(Func<HttpRequestMessage> request, CancellationToken cancellation)
    {
        using var answer = await AskAsync(request, cancellation);
        if (!answer.IsSuccessStatusCode)
        {
            throw Told(await RefusalAsync(answer, cancellation));
        }
        return (await ReadAsync(answer, VaultJson.Default.VaultAnswerVaultKeys, cancellation)).Auth
            ?? throw Told(Garbled("no auth"));
    }

    private async Task<IReadOnlyList<string>> KeysAsync(string path, CancellationToken cancellation) =>
        // The query form of LIST: proxies know GET, and it may be repeated.
        (await GetAsync($"{path}?list=true", VaultJson.Default.VaultAnswerVaultKeys, cancellation))
            ?.Data
            ?.Keys
        ?? [];
}
