using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets.Vault;

/// <summary>The token the dashboard shows to Vault: from a file, or from an AppRole login that is renewed before it ends.</summary>
public sealed class VaultSession(IOptions<SecretsOptions> options, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim gate = new(1, 1);
    private volatile Held? held;

    /// <summary>Whether a new token can be had when Vault refuses this one.</summary>
    public bool LogsIn => options.Value is { SandboxToken: null, RoleIdFile: not null };

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

    /// <summary>Vault refused this token; the next request logs in again.</summary>
    public void Forget(string? token)
    {
        if (held is { } current && current.Token == token)
        {
            held = null;
        }
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
