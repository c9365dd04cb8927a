using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets.Vault;

/// <summary>
/// The token the dashboard shows to Vault, from a file or from an AppRole login, renewed before it ends; and what has to be
/// remembered between requests.
/// </summary>
internal sealed class VaultSession(IOptions<SecretsOptions> options, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan CheckEvery = TimeSpan.FromMinutes(10);

    private readonly SemaphoreSlim gate = new(1, 1);
    private volatile Held? held;
    private DateTimeOffset? checkedAt;

    internal TimeProvider Time => time;

    internal VaultIndex Index { get; } = new(time);

    internal VaultPauses Pauses { get; } = new(time);

    internal VaultEngine Engine { get; } = new(time);

    /// <summary>Whether it is time to ask Vault about the token again: it was long ago, or went wrong.</summary>
    internal bool IsCheckDue => HasCredential && (checkedAt is not { } at || time.GetUtcNow() - at > CheckEvery);

    private bool HasCredential =>
        options.Value is { SandboxToken: not null } or { TokenFile: not null } or { RoleIdFile: not null };

    internal void Checked() => checkedAt = time.GetUtcNow();

    /// <summary>The next look at Vault's health asks about the token too.</summary>
    internal void Doubt() => checkedAt = null;

    public async ValueTask<string?> TokenAsync(VaultClient vault, CancellationToken cancellation)
    {
        var settings = options.Value;
        if (settings.SandboxToken is { } sandbox)
        {
            return sandbox;
        }
        if (settings.TokenFile is { } file)
        {
            return await ReadAsync(file, cancellation);
        }
        if (settings.RoleIdFile is null || settings.SecretIdFile is null)
        {
            return null;
        }
        if (held is { } current && time.GetUtcNow() < current.RenewAt)
        {
            return current.Token;
        }
        await gate.WaitAsync(cancellation);
        try
        {
            if (held is { } meanwhile && time.GetUtcNow() < meanwhile.RenewAt)
            {
                return meanwhile.Token;
            }
            held =
                await RenewedAsync(vault, cancellation)
                ?? Held.Of(
                    await vault.LoginAsync(
                        await ReadAsync(settings.RoleIdFile, cancellation),
                        await ReadAsync(settings.SecretIdFile, cancellation),
                        cancellation
                    ),
                    time.GetUtcNow()
                );
            return held.Token;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Vault no longer knows this token; the next request reads the file anew or logs in again.</summary>
    public void Forget(string? token)
    {
        if (held is { } current && current.Token == token)
        {
            held = null;
        }
        Doubt();
    }

    /// <summary>
    /// Renews the token of the file when two thirds of its time are over; one that somebody else put there is looked up first.
    /// An agent that does the same in front of the file does not mind.
    /// </summary>
    /// <returns>When to look again, and when it ends for good if it can't be renewed any more.</returns>
    /// <exception cref="UpstreamException">Vault does not know it, or did not answer.</exception>
    internal async Task<(DateTimeOffset LookAgain, DateTimeOffset? LastEnd)> KeepAsync(
        VaultClient vault,
        CancellationToken cancellation
    )
    {
        var now = time.GetUtcNow();
        if (options.Value is not { SandboxToken: null, TokenFile: { } file })
        {
            return (DateTimeOffset.MaxValue, null);
        }
        var token = await ReadAsync(file, cancellation);
        if (token.Length == 0)
        {
            return (now.AddSeconds(5), null);
        }
        if (held is not { } known || known.Token != token)
        {
            var self = await vault.LookupSelfAsync(cancellation);
            var life = TimeSpan.FromSeconds(Math.Max(self.Ttl, self.CreationTtl));
            var ends = self.Ttl > 0 ? now.AddSeconds(self.Ttl) : DateTimeOffset.MaxValue;
            var renewable = self.Renewable && self.Ttl > 0;
            held = known = new Held(
                token,
                renewable,
                renewable ? ends - (life / 3) : DateTimeOffset.MaxValue,
                ends,
                life
            );
        }
        if (known.RenewAt <= now)
        {
            var renewed = Held.Of(await vault.RenewSelfAsync(token, cancellation), now);
            // At its longest life a renewal gives nothing more.
            held = known =
                renewed.EndsAt - known.EndsAt < TimeSpan.FromSeconds(1)
                    ? renewed with
                    {
                        Renewable = false,
                        RenewAt = DateTimeOffset.MaxValue,
                    }
                    : renewed;
        }
        return (known.RenewAt, known.Renewable || known.EndsAt == DateTimeOffset.MaxValue ? null : known.EndsAt);
    }

    public void Dispose() => gate.Dispose();

    private async Task<Held?> RenewedAsync(VaultClient vault, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (held is not { Renewable: true } old || now >= old.EndsAt)
        {
            return null;
        }
        try
        {
            var renewed = Held.Of(await vault.RenewSelfAsync(old.Token, cancellation), now);
            // Near its longest life a token is renewed for ever shorter times: log in again instead.
            return (renewed.EndsAt - now) * 2 < old.Life ? null : renewed with { Life = old.Life };
        }
        catch (UpstreamException exception) when (exception.Status is >= 400 and < 500)
        {
            return null;
        }
    }

    private static async Task<string> ReadAsync(string file, CancellationToken cancellation)
    {
        try
        {
            return (await File.ReadAllTextAsync(file, cancellation)).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UpstreamException(
                VaultClient.Name,
                UpstreamFault.Unreachable,
                $"The dashboard's credential for Vault can't be read: {exception.Message}",
                remedy: "Check Vault:TokenFile, Vault:RoleIdFile and Vault:SecretIdFile.",
                inner: exception
            );
        }
    }

    private sealed record Held(
        string Token,
        bool Renewable,
        DateTimeOffset RenewAt,
        DateTimeOffset EndsAt,
        TimeSpan Life
    )
    {
        public static Held Of(VaultAuth auth, DateTimeOffset now)
        {
            var life = TimeSpan.FromSeconds(auth.LeaseDuration);
            return auth.LeaseDuration <= 0
                ? new Held(auth.ClientToken, false, DateTimeOffset.MaxValue, DateTimeOffset.MaxValue, life)
                : new Held(auth.ClientToken, auth.Renewable, now + (life * 2 / 3), now + life, life);
        }

        public override string ToString() => "a Vault token";
    }
}
