using System.Collections.Concurrent;
using System.Security.Claims;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Wire;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>
/// Lets a runner in by a token that it signed with its enrolled key, good for one connection, or by an enrolment token, which
/// opens nothing but <see cref="IRunnerHub.Enrol"/>.
/// </summary>
internal sealed class RunnerAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logs,
    UrlEncoder encoder,
    HostsStore store,
    ShownNonces nonces,
    Fleet fleet,
    RefusedConnections refused,
    IAuditLog audit,
    TimeProvider time
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    public const string SchemeName = "Runner";
    public const string HostClaim = "sevensa:host";

    /// <summary>Hash of the enrolment token.</summary>
    public const string EnrolmentClaim = "sevensa:enrolment";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return AuthenticateResult.NoResult();
        }
        var token = header["Bearer ".Length..].Trim();
        return token.StartsWith(RunnerToken.Prefix, StringComparison.Ordinal)
            ? await ByKeyAsync(token)
            : await ByEnrolmentTokenAsync(token);
    }

    private async Task<AuthenticateResult> ByKeyAsync(string text)
    {
        if (RunnerToken.Read(text) is not { } token)
        {
            return await RefuseAsync("its token has not the form of one");
        }
        var host = await store.FindAsync(token.HostId, Context.RequestAborted);
        if (host is null)
        {
            return await RefuseAsync("no host of that id is enrolled", token.HostId);
        }
        var isNext = host.NextPublicKey is { } offered && token.IsSignedBy(offered);
        if (!isNext && !token.IsSignedBy(host.PublicKey))
        {
            return await RefuseAsync("its token is not signed with the enrolled key", host.Id, host.Name);
        }
        if (host.RevokedAt is not null)
        {
            return await RefuseAsync("this host was revoked", host.Id, host.Name);
        }
        var skew = token.At - time.GetUtcNow();
        if (skew.Duration() > RunnerToken.Window)
        {
            var why =
                $"its clock is {skew.Duration().TotalSeconds:0} s {(skew > TimeSpan.Zero ? "ahead" : "behind")}, more than the {RunnerToken.Window.TotalSeconds:0} s that are allowed";
            fleet.Refused(
                host.Id,
                $"The runner was refused: {why}. Let the host keep time (chrony or systemd-timesyncd)."
            );
            return await RefuseAsync(why, host.Id, host.Name);
        }
        if (!nonces.Show(token.Nonce, token.At))
        {
            return await RefuseAsync("its token was shown before", host.Id, host.Name);
        }
        if (isNext)
        {
            await TakeNextKeyAsync(host);
        }
        return Let(new Claim(HostClaim, host.Id));
    }

    /// <summary>It proved its next key: the one before opens nothing any more.</summary>
    private async Task TakeNextKeyAsync(HostRow host)
    {
        await audit.AppendAsync(
            new AuditEntry(
                new AuditActor("runner", host.Id, host.Name),
                "runner.keyRotated",
                Target: host.Name,
                Detail: $"Key {ActionKeyId.Of(host.NextPublicKey!)} instead of {ActionKeyId.Of(host.PublicKey)}."
            ),
            Context.RequestAborted
        );
        await store.TakeNextKeyAsync(host.Id, host.NextPublicKey!, Context.RequestAborted);
    }

    private async Task<AuthenticateResult> ByEnrolmentTokenAsync(string token)
    {
        var hash = HostsStore.HashOf(token);
        // One that was used opens nothing but the question of whom it was used for, with the same answer for that host only.
        return await store.IsTokenOfNowAsync(hash, time.GetUtcNow(), Context.RequestAborted)
            ? Let(new Claim(EnrolmentClaim, hash))
            : await RefuseAsync("its enrolment token is not known, or has expired");
    }

    private static AuthenticateResult Let(Claim claim) =>
        AuthenticateResult.Success(
            new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity([claim], SchemeName)), SchemeName)
        );

    private async Task<AuthenticateResult> RefuseAsync(string why, string? hostId = null, string? hostName = null)
    {
        await refused.TellAsync(Context.Connection.RemoteIpAddress?.ToString() ?? "unknown", why, hostId, hostName);
        return AuthenticateResult.Fail(why);
    }
}

/// <summary>The nonces of tokens that were shown, for as long as such a token could be shown again.</summary>
internal sealed class ShownNonces(TimeProvider time, DashboardWire wire) : IStartStep
{
    private const string Topic = "runner.nonce";

    private readonly ConcurrentDictionary<string, DateTimeOffset> shown = new(StringComparer.Ordinal);

    public Task RunAsync(CancellationToken cancellation)
    {
        // A token that was shown at one dashboard opens none of the others either.
        wire.Hear(Topic, (_, body) => Heard(Encoding.UTF8.GetString(body.Span)));
        return Task.CompletedTask;
    }

    /// <summary>How many are remembered.</summary>
    internal int Count => shown.Count;

    /// <summary>It was shown at another dashboard.</summary>
    internal void Heard(string nonce)
    {
        Forget();
        shown[nonce] = time.GetUtcNow();
    }

    /// <returns>False when it was shown before.</returns>
    public bool Show(string nonce, DateTimeOffset at)
    {
        Forget();
        if (!shown.TryAdd(nonce, at))
        {
            return false;
        }
        wire.Tell(Topic, Encoding.UTF8.GetBytes(nonce));
        return true;
    }

    private void Forget()
    {
        var tooOld = time.GetUtcNow() - RunnerToken.Window;
        foreach (var old in shown.Where(pair => pair.Value < tooOld).ToList())
        {
            shown.TryRemove(old.Key, out _);
        }
    }
}
