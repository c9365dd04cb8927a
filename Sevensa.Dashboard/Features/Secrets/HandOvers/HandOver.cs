using System.Globalization;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Platform.Http;
using static Sevensa.Dashboard.Features.Secrets.RotationWords;

namespace Sevensa.Dashboard.Features.Secrets.HandOvers;

/// <param name="Path">Of the secret, below the tenant.</param>
/// <param name="Reason">For the record.</param>
/// <param name="TtlSeconds">How long the token may wait to be used; five minutes when left out.</param>
/// <param name="StepUp">The proof of <c>/secrets/step-up</c>.</param>
internal sealed record HandOverWish(string? Path, string? Reason, int? TtlSeconds, string? StepUp);

/// <summary>What the person gets, once. No record, so that nothing prints it.</summary>
internal sealed class HandedOver
{
    public required string Path { get; init; }

    public required int Version { get; init; }

    /// <summary>Good for one look at the values, by whoever has it.</summary>
    public required string Token { get; init; }

    /// <summary>Names the token in Vault's record without being it.</summary>
    public required string? Accessor { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>What to do with it, in words.</summary>
    public string Unwrap =>
        $"{Command} (paste the token, so that no history keeps it; with OpenBao: bao unwrap). {HandOver.Advice}";

    /// <summary>What opens it, for a shell.</summary>
    internal required string Command { get; init; }
}

/// <summary>
/// Gives an administrator a single-use token by which Vault shows a secret to whoever has it. The values do not come through here:
/// Vault puts them aside under the token, and neither is kept.
/// </summary>
internal sealed class HandOver(
    SecretDeeds deeds,
    Func<VaultClient> clients,
    IOptions<SecretsOptions> options,
    IAuditLog audit,
    TimeProvider time
)
{
    public const int UsualSeconds = 300;
    public const int ShortestSeconds = 60;
    public const int LongestSeconds = 3600;
    public const int LongestReason = 500;

    internal const string Advice =
        "It works once; when it says that the token is not valid, somebody else used it: rotate the secret.";

    /// <exception cref="Tenants.Contracts.UnknownTenantException">404</exception>
    /// <exception cref="ForbiddenException">403</exception>
    /// <exception cref="SecretDeedException">404, 409 or 422</exception>
    /// <exception cref="UpstreamException">Vault did not do it.</exception>
    public async Task<HandedOver> GiveAsync(
        Caller caller,
        string tenant,
        HandOverWish wish,
        CancellationToken cancellation
    )
    {
        var path = await deeds.PathAsync(caller, tenant, wish.Path ?? "", cancellation);
        var reason = TextLimits.Check(wish.Reason?.Trim(), "The reason", LongestReason) ?? "";
        var seconds = wish.TtlSeconds ?? UsualSeconds;
        if (reason.Length == 0)
        {
            throw new SecretDeedException(422, "reason", "Say why it is handed over: that is kept in the record.");
        }
        if (seconds is < ShortestSeconds or > LongestSeconds)
        {
            throw new SecretDeedException(
                422,
                "ttl",
                Text($"ttlSeconds is from {ShortestSeconds} to {LongestSeconds}; {seconds} is not.")
            );
        }
        var vault = clients();
        var metadata = await vault.MetadataAsync(path.Full, cancellation);
        if (
            metadata?.Versions.GetValueOrDefault(metadata.CurrentVersion.ToString(CultureInfo.InvariantCulture))
                is not { Destroyed: false } current
            || current.EndsAt <= time.GetUtcNow()
        )
        {
            throw Gone(tenant, path);
        }
        var version = metadata.CurrentVersion;
        await deeds.RedeemAsync(caller, tenant, SecretDeeds.HandOver, path, wish.StepUp, cancellation);
        await RecordAsync(
            "secret.handOver",
            Text($"version {version}, by a token for {seconds} s: {reason}"),
            cancellation
        );
        var wrapped = await vault.WrapAsync(path.Full, version, seconds, cancellation) ?? throw Gone(tenant, path);
        var expires = time.GetUtcNow().AddSeconds(Math.Min(wrapped.Ttl, seconds));
        // By its accessor Vault's own record tells who used it.
        await RecordAsync(
            "secret.handedOver",
            Text($"version {version}, until {expires:u}, accessor {wrapped.Accessor ?? "not told"}"),
            CancellationToken.None
        );
        return new HandedOver
        {
            Path = path.Relative,
            Version = version,
            Token = wrapped.Token!,
            Accessor = wrapped.Accessor,
            ExpiresAt = expires,
            Command =
                $"read -rs VAULT_TOKEN && export VAULT_TOKEN && VAULT_ADDR={options.Value.Address!.TrimEnd('/')} vault unwrap",
        };

        Task RecordAsync(string action, string detail, CancellationToken token) =>
            audit.AppendAsync(new AuditEntry(caller.Actor(), action, tenant, path.Relative, Detail: detail), token);
    }

    private static SecretDeedException Gone(string tenant, SecretPath path) =>
        new(
            404,
            "noSuchSecret",
            $"{tenant} has no living version of {path.Relative}, or its engine keeps no versions. Nothing was handed over."
        );
}
