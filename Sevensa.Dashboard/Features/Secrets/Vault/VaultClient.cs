using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Security;

namespace Sevensa.Dashboard.Features.Secrets.Vault;

/// <summary>
/// Typed client of Vault's HTTP API (v1): key/value version 2, leases, AppRole. What does not exist is null or empty;
/// every failure is an <see cref="UpstreamException"/> with the status and Vault's own words, and never a value.
/// </summary>
internal sealed partial class VaultClient(
    HttpClient http,
    IOptions<SecretsOptions> options,
    VaultSession session,
    Upstreams upstreams,
    KnownSecrets? known = null
)
{
    public const string Name = "Vault";

    public bool IsConfigured => options.Value.IsConfigured;

    /// <summary>How it is, sealed or not; needs no token. Tells the upstreams' states.</summary>
    public async Task<VaultHealth> HealthAsync(CancellationToken cancellation)
    {
        var health = await StateAsync(cancellation);
        if (IsServing(health))
        {
            upstreams.Good(Name);
        }
        return health;
    }

    /// <summary>How it is, and every now and then whether it still knows the dashboard's token and namespace.</summary>
    internal async Task ProbeAsync(CancellationToken cancellation)
    {
        const string self = "auth/token/lookup-self";
        if (!IsServing(await StateAsync(cancellation)))
        {
            return;
        }
        if (session.IsCheckDue)
        {
            using var reply = await AskWithTokenAsync(
                token => Request(HttpMethod.Get, self, token),
                self,
                cancellation
            );
            // A policy may deny the look; that says nothing of the token. What fails inside Vault is no matter of this path.
            if (reply.Refusal is { } refusal && (!refusal.IsOfThePathAlone || refusal.Status >= 500))
            {
                throw Told(refusal.Exception);
            }
            session.Checked();
        }
        upstreams.Good(Name);
    }

    private static bool IsServing(VaultHealth health) => health is { Sealed: false, Initialized: true };

    private async Task<VaultHealth> StateAsync(CancellationToken cancellation)
    {
        using var answer = await SendAsync(
            () => Request(HttpMethod.Get, "sys/health", null, everywhere: true),
            cancellation
        );
        if ((int)answer.StatusCode is not (200 or 429 or 472 or 473 or 501 or 503))
        {
            throw Told((await VaultRefusal.ReadAsync(answer, "sys/health", options.Value, cancellation)).Exception);
        }
        // These are states, not failures: the body is the same.
        var health = await ReadAsync(answer, VaultJson.Default.VaultHealth, cancellation);
        if (health.Initialized is not { } initialized)
        {
            throw Told(Garbled("no word of its health"));
        }
        if (!IsServing(health))
        {
            upstreams.Bad(
                new UpstreamException(
                    Name,
                    UpstreamFault.Failed,
                    initialized ? "Vault is sealed" : "Vault is not initialized",
                    (int)answer.StatusCode,
                    initialized ? SealedRemedy : "Initialise it (`vault operator init`), then unseal it."
                )
            );
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

    /// <summary>As <see cref="ListAsync"/>, with a refusal of this folder alone told beside.</summary>
    /// <param name="version">Of the engine: 1 or 2.</param>
    internal async Task<VaultLook<IReadOnlyList<string>>> LookIntoAsync(
        string folder,
        int version,
        CancellationToken cancellation
    )
    {
        var below = version == 1 ? "" : "metadata/";
        var look = await LookAsync(
            $"{options.Value.Mount}/{below}{Escape(folder)}?list=true",
            VaultJson.Default.VaultAnswerVaultKeys,
            cancellation
        );
        return new VaultLook<IReadOnlyList<string>>(look.Value?.Data?.Keys, look.Refusal);
    }

    /// <summary>As <see cref="MetadataAsync"/>, with a refusal of this secret alone told beside.</summary>
    internal async Task<VaultLook<VaultMetadata>> LookAtAsync(string path, CancellationToken cancellation)
    {
        var look = await LookAsync(
            $"{options.Value.Mount}/metadata/{Escape(path)}",
            VaultJson.Default.VaultAnswerVaultMetadata,
            cancellation
        );
        return new VaultLook<VaultMetadata>(look.Value?.Data, look.Refusal);
    }

    /// <summary>
    /// The metadata of everything below a folder, by the path below it, in one request. Null when this server can't (Vault) or
    /// the policy does not let it, and when there is nothing.
    /// </summary>
    internal async Task<IReadOnlyDictionary<string, VaultMetadata>?> ScanAsync(
        string folder,
        CancellationToken cancellation
    )
    {
        if (!session.Engine.MayScan)
        {
            return null;
        }
        VaultLook<VaultAnswer<VaultTree>> look;
        try
        {
            look = await LookAsync(
                $"{options.Value.Mount}/detailed-metadata/{Escape(folder)}?scan=true",
                VaultJson.Default.VaultAnswerVaultTree,
                cancellation
            );
        }
        catch (UpstreamException exception)
            when (exception is ForeignAnswer || exception.Status == 404 || exception.Fault == UpstreamFault.Garbled)
        {
            session.Engine.NoScan();
            return null;
        }
        if (
            look.Refusal is { Status: not 429 }
            || look is { Refusal: null, Value: not null and not { Data.KeyInfo: not null } }
        )
        {
            session.Engine.NoScan();
        }
        return look.Value?.Data?.KeyInfo;
    }

    /// <summary>1 or 2: whether the engine at the mount keeps versions. 2 where it can't be told.</summary>
    internal async Task<int> EngineVersionAsync(CancellationToken cancellation)
    {
        if (session.Engine.Version is { } known)
        {
            return known;
        }
        // Allowed to every token that may do something below the mount.
        var look = await LookIfLetThroughAsync(
            $"sys/internal/ui/mounts/{options.Value.Mount}",
            VaultJson.Default.VaultAnswerVaultMount,
            cancellation
        );
        if (look.Value?.Data is not { Type: "kv" or "generic" } mount)
        {
            return 2;
        }
        var version = mount.Options?.GetValueOrDefault("version") == "2" ? 2 : 1;
        session.Engine.Version = version;
        return version;
    }

    /// <summary>How many versions the engine keeps of a secret that says nothing of it. Null when the policy does not let it be asked.</summary>
    internal async Task<int?> KeptVersionsAsync(CancellationToken cancellation)
    {
        if (session.Engine.Kept is { } known)
        {
            return known;
        }
        var look = await LookIfLetThroughAsync(
            $"{options.Value.Mount}/config",
            VaultJson.Default.VaultAnswerVaultKvConfig,
            cancellation
        );
        if (look.Value?.Data is not { } config)
        {
            return null;
        }
        // 0 is Vault's own default.
        session.Engine.Kept = config.MaxVersions == 0 ? 10 : config.MaxVersions;
        return session.Engine.Kept;
    }

    /// <summary>Tells the upstreams' states that this refusal is more than one path's: nothing could be read.</summary>
    internal UpstreamException Told(VaultRefusal refusal) => Told(refusal.Exception);

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
        (await ReadDataAsync(path, version, cancellation))?.Keys.Order(StringComparer.Ordinal).ToList();

    /// <summary>The values of a version, for the rotation and for signing in to a database. Null when it does not exist, or was deleted or destroyed.</summary>
    internal async Task<Dictionary<string, JsonElement>?> DataAsync(
        string path,
        int version,
        CancellationToken cancellation
    )
    {
        var data = await ReadDataAsync(path, version, cancellation);
        known?.Remember(data ?? [], OwnerOf(path));
        return data;
    }

    private async Task<Dictionary<string, JsonElement>?> ReadDataAsync(
        string path,
        int version,
        CancellationToken cancellation
    )
    {
        var place = string.Create(
            CultureInfo.InvariantCulture,
            $"{options.Value.Mount}/data/{Escape(path)}?version={version}"
        );
        return (await GetAsync(place, VaultJson.Default.VaultAnswerVaultData, cancellation))?.Data?.Data;
    }

    /// <summary>Name and password of a static role of the database engine, for a sign-in. Null when there is none.</summary>
    internal Task<VaultGivenLogin?> StaticLoginAsync(string path, CancellationToken cancellation) =>
        GivenAsync(Escape(path), cancellation);

    private async Task<VaultGivenLogin?> GivenAsync(string place, CancellationToken cancellation) =>
        (await GetAsync(place, VaultJson.Default.VaultAnswerVaultGivenLogin, cancellation))?.Data;

    /// <summary>Writes a new version if <paramref name="cas"/> is still the current one.</summary>
    /// <param name="unsaid">A value in it that no refusal may repeat.</param>
    /// <returns>The number of the new version, or null when another version is current: nothing was written.</returns>
    internal async Task<int?> WriteAsync(
        string path,
        Dictionary<string, JsonElement> data,
        int cas,
        CancellationToken cancellation,
        string? unsaid = null
    )
    {
        known?.Remember(data, OwnerOf(path));
        Remember(unsaid, OwnerOf(path));
        var body = new VaultWrite { Data = data, Options = new VaultWriteOptions(cas) };
        var place = $"{options.Value.Mount}/data/{Escape(path)}";
        using var reply = await AskWithTokenAsync(
            token =>
            {
                var request = Request(
                    HttpMethod.Post,
                    place,
                    token,
                    JsonContent.Create(body, VaultJson.Default.VaultWrite)
                );
                if (unsaid is not null)
                {
                    request.Options.Set(UnsaidSecrets.Carried, unsaid);
                }
                return request;
            },
            place,
            cancellation
        );
        if (reply.Refusal is { } refusal)
        {
            return refusal.Says("check-and-set parameter did not match") ? null : throw ToldUnlessOfThePath(refusal);
        }
        var written = await ReadAsync(reply.Answer, VaultJson.Default.VaultAnswerVaultWritten, cancellation);
        upstreams.Good(Name);
        return written.Data?.Version ?? throw Told(Garbled("no version"));
    }

    /// <summary>Roles of the database engine that have leases, each with a trailing slash.</summary>
    internal Task<IReadOnlyList<string>> LeasedRolesAsync(CancellationToken cancellation) =>
        KeysAsync("sys/leases/lookup/database/creds/", cancellation);

    internal async Task<VaultLook<IReadOnlyList<string>>> LookIntoLeasesAsync(
        string role,
        CancellationToken cancellation
    )
    {
        var look = await LookAsync(
            $"sys/leases/lookup/database/creds/{Uri.EscapeDataString(role)}?list=true",
            VaultJson.Default.VaultAnswerVaultKeys,
            cancellation
        );
        return new VaultLook<IReadOnlyList<string>>(look.Value?.Data?.Keys, look.Refusal);
    }

    /// <summary>Neither a value nor a refusal when it ended meanwhile.</summary>
    internal async Task<VaultLook<VaultLease>> LookAtLeaseAsync(string id, CancellationToken cancellation)
    {
        Reply asked;
        try
        {
            asked = await AskWithTokenAsync(
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
                "sys/leases/lookup",
                cancellation
            );
        }
        catch (UpstreamException exception) when (exception.Status == 429)
        {
            return new VaultLook<VaultLease>(null, new VaultRefusal(exception, [exception.Message], false));
        }
        using var reply = asked;
        if (reply.Refusal is { } refusal)
        {
            return refusal.Says("invalid lease") || refusal.Says("lease not found") ? default
                : refusal.IsOfThePathAlone ? new VaultLook<VaultLease>(null, refusal)
                : throw Told(refusal.Exception);
        }
        return new VaultLook<VaultLease>(
            (await ReadAsync(reply.Answer, VaultJson.Default.VaultAnswerVaultLease, cancellation)).Data,
            null
        );
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
            "auth/approle/login",
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
            "auth/token/renew-self",
            cancellation
        );

    private async Task<VaultAuth> AuthAsync(
        Func<HttpRequestMessage> request,
        string path,
        CancellationToken cancellation
    )
    {
        using var reply = await ReplyAsync(request, path, cancellation);
        if (reply.Refusal is { } refusal)
        {
            throw Told(refusal.Exception);
        }
        return (await ReadAsync(reply.Answer, VaultJson.Default.VaultAnswerVaultKeys, cancellation)).Auth
            ?? throw Told(Garbled("no auth"));
    }

    private async Task<IReadOnlyList<string>> KeysAsync(string path, CancellationToken cancellation) =>
        // The query form of LIST: proxies know GET, and it may be repeated.
        (await GetAsync($"{path}?list=true", VaultJson.Default.VaultAnswerVaultKeys, cancellation))
            ?.Data
            ?.Keys
        ?? [];
}
