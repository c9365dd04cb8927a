using System.Buffers.Text;
using System.Security.Cryptography;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Hosts.Across;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Hosts;

/// <param name="Token">Shown once; stored as a hash only.</param>
internal sealed record IssuedToken(string Token, DateTimeOffset ExpiresAt);

/// <summary>Letting hosts in and putting them out. Each is in the record before it takes effect.</summary>
internal sealed class Enrolments(
    HostsStore store,
    Fleet fleet,
    RunnerConnections connections,
    ActionSigner signer,
    ITenants tenants,
    HeldHosts held,
    IStepUp stepUp,
    IAuditLog audit,
    TimeProvider time,
    ILogger<Enrolments> log
) : IEnrolmentTokens, IDisposable
{
    private static readonly TimeSpan Life = TimeSpan.FromHours(1);
    private const string TokenPrefix = "sre_";
    private const int TokenBytes = 32;
    private const int MostNameCharacters = 63;

    /// <summary>A name is looked for and taken in one turn.</summary>
    private readonly SemaphoreSlim naming = new(1, 1);

    /// <summary>For a person to carry to a host.</summary>
    /// <param name="bound">Ids of the tenants whose containers the host may report; null for any.</param>
    /// <exception cref="ForbiddenException">The caller is no administrator, or their session is in doubt.</exception>
    /// <exception cref="EnrolmentRefusedException">There is no such tenant, or none is named.</exception>
    public async Task<IssuedToken> IssueAsync(
        Caller caller,
        IReadOnlyList<string>? bound,
        CancellationToken cancellation
    )
    {
        RequireAdmin(caller, "issue enrolment tokens");
        await stepUp.RequireClearAsync(caller, "runner.token", cancellation);
        bound = await CheckedAsync(bound, cancellation);
        await audit.AppendAsync(
            new AuditEntry(
                ActorOf(caller),
                "runner.tokenIssued",
                Detail: $"A single-use enrolment token, good for an hour, for a host that may report {Words(bound)}."
            ),
            cancellation
        );
        return await IssueAsync(caller.Name, null, bound, cancellation);
    }

    public async Task<string> IssueForOwnRunnerAsync(string hostName, CancellationToken cancellation) =>
        (await IssueAsync("dashboard", hostName, null, cancellation)).Token;

    /// <summary>Says whose containers an enrolled host may report from now on; what it told of others is not shown any more.</summary>
    /// <param name="bound">Ids of tenants; null for any.</param>
    /// <exception cref="ForbiddenException">The caller is no administrator, or widens it in a session in doubt.</exception>
    /// <exception cref="UnknownHostException">No such host, or it was revoked.</exception>
    /// <exception cref="EnrolmentRefusedException">There is no such tenant, or none is named.</exception>
    public async Task BindAsync(
        Caller caller,
        string hostId,
        IReadOnlyList<string>? bound,
        CancellationToken cancellation
    )
    {
        RequireAdmin(caller, "bind hosts to tenants");
        bound = await CheckedAsync(bound, cancellation);
        if (await store.FindAsync(hostId, cancellation) is not { RevokedAt: null } host)
        {
            throw new UnknownHostException(hostId);
        }
        var before = HostsStore.TenantsFromJson(host.Tenants);
        if (before is not null && (bound is null || bound.Except(before, StringComparer.Ordinal).Any()))
        {
            await stepUp.RequireClearAsync(caller, "runner.bind", cancellation);
        }
        await audit.AppendAsync(
            new AuditEntry(
                ActorOf(caller),
                "runner.bound",
                Target: host.Name,
                Detail: $"It may report {Words(bound)}; before, {Words(before)}."
            ),
            cancellation
        );
        await store.BindAsync(hostId, bound, cancellation);
        fleet.Bind(hostId, bound);
        held.RowChanged(hostId);
    }

    /// <exception cref="EnrolmentRefusedException">The token is not good (any more), or the name is taken.</exception>
    public async Task<Enrolled> EnrolAsync(EnrolRequest request, CancellationToken cancellation)
    {
        await naming.WaitAsync(cancellation);
        try
        {
            return await EnrolInTurnAsync(request, cancellation);
        }
        finally
        {
            naming.Release();
        }
    }

    private async Task<Enrolled> EnrolInTurnAsync(EnrolRequest request, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var hash = HostsStore.HashOf(request.Token);
        if (await store.FindTokenAsync(hash, now, cancellation) is not { } token)
        {
            return await AgainAsync(hash, request.PublicKey, now, cancellation);
        }
        RequireGoodKey(request.PublicKey);
        var name = request.Facts.Name;
        if (name is not { Length: > 0 and <= MostNameCharacters })
        {
            throw new EnrolmentRefusedException("The host has no name, or one of more than 63 characters.");
        }
        if (token.HostName is { } bound && bound != name)
        {
            throw new EnrolmentRefusedException($"The enrolment token is for {bound}, not for {name}.");
        }
        var before = await store.FindByNameAsync(name, cancellation);
        if (before is not null && token.HostName is null)
        {
            throw new EnrolmentRefusedException(
                $"A host named {name} is enrolled already. Revoke it on the Hosts page, or give this one another name with --name."
            );
        }
        var key = await signer.KeyAsync(cancellation);
        var host = new HostRow
        {
            Id = Guid.NewGuid().ToString("n"),
            Name = name,
            PublicKey = request.PublicKey,
            EnrolledAt = now,
            EnrolledBy = token.CreatedBy,
            ActionKeyId = key.Id,
            // A runner of this process that begins anew is bound as the one before.
            Tenants = token.Tenants ?? before?.Tenants,
        };
        var reports = HostsStore.TenantsFromJson(host.Tenants);
        var entry = new AuditEntry(
            new AuditActor("runner", host.Id, name),
            "runner.enrolled",
            Target: name,
            Detail: $"With a token issued by {token.CreatedBy}. Key {ActionKeyId.Of(request.PublicKey)}. It may report {Words(reports)}."
        );
        await audit.AppendAsync(entry, cancellation);
        // From here on it is done to its end, whoever has hung up: half of it would cost the token and leave no host.
        await PutAsync(hash, host, before?.Id, now, entry);
        if (before is not null)
        {
            connections.Abort(before.Id);
            fleet.Revoked(before.Id);
            held.RowChanged(before.Id);
        }
        fleet.Put(
            new DockerHost(host.Id, name, HostPresence.Never, now, null, null, null, 0, null) { Tenants = reports }
        );
        held.RowChanged(host.Id);
        log.Enrolled(name, host.Id);
        return new Enrolled(host.Id, key.Id, key.PublicKey);
    }

    /// <summary>The record has said that the host comes; where it does not, the record says that too.</summary>
    private async Task PutAsync(string hash, HostRow host, string? insteadOf, DateTimeOffset now, AuditEntry said)
    {
        try
        {
            if (await store.EnrolAsync(hash, host, insteadOf, now, CancellationToken.None))
            {
                return;
            }
        }
        catch (Exception exception)
        {
            log.NotEnrolled(exception, host.Name);
            // A commit whose answer was lost may have been one.
            await TakeBackAsync(
                AuditOutcome.Failed,
                "The store failed at it: the Hosts page shows whether it is there."
            );
            throw;
        }
        await TakeBackAsync(AuditOutcome.Refused, "Not enrolled: its token was used a moment before.");
        throw new EnrolmentRefusedException("The enrolment token was used a moment ago.");

        async Task TakeBackAsync(AuditOutcome outcome, string why)
        {
            try
            {
                await audit.AppendAsync(said with { Outcome = outcome, Detail = why }, CancellationToken.None);
            }
            catch (AuditUnavailableException exception)
            {
                log.AuditFailed(exception, said.Action);
            }
        }
    }

    /// <summary>The host that used this token before and never had the answer gets it again.</summary>
    private async Task<Enrolled> AgainAsync(
        string hash,
        byte[] publicKey,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        var host =
            await store.FindEnrolledAsync(hash, publicKey, now, cancellation)
            ?? throw new EnrolmentRefusedException(
                "The enrolment token was used, or has expired. Issue a new one on the Hosts page."
            );
        var key = await signer.KeyAsync(cancellation);
        if (host.ActionKeyId != key.Id)
        {
            await store.PinnedAsync(host.Id, key.Id, cancellation);
        }
        return new Enrolled(host.Id, key.Id, key.PublicKey);
    }

    public void Dispose() => naming.Dispose();

    /// <exception cref="ForbiddenException">The caller is no administrator.</exception>
    /// <exception cref="UnknownHostException">No such host.</exception>
    public async Task RevokeAsync(Caller caller, string hostId, CancellationToken cancellation)
    {
        RequireAdmin(caller, "revoke hosts");
        var host = await store.FindAsync(hostId, cancellation) ?? throw new UnknownHostException(hostId);
        if (host.RevokedAt is not null)
        {
            return;
        }
        await audit.AppendAsync(
            new AuditEntry(
                ActorOf(caller),
                "runner.revoked",
                Target: host.Name,
                Detail: "Its key is not taken any more; actions can't be sent to it."
            ),
            cancellation
        );
        await RevokeAsync(hostId, cancellation);
    }

    private async Task RevokeAsync(string hostId, CancellationToken cancellation)
    {
        await store.RevokeAsync(hostId, time.GetUtcNow(), cancellation);
        connections.Abort(hostId);
        fleet.Revoked(hostId);
        held.RowChanged(hostId);
    }

    private async Task<IssuedToken> IssueAsync(
        string by,
        string? hostName,
        IReadOnlyList<string>? bound,
        CancellationToken cancellation
    )
    {
        var now = time.GetUtcNow();
        var token = TokenPrefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));
        await store.AddTokenAsync(
            new EnrolmentTokenRow
            {
                Hash = HostsStore.HashOf(token),
                CreatedAt = now,
                ExpiresAt = now + Life,
                CreatedBy = by,
                HostName = hostName,
                Tenants = HostsStore.TenantsToJson(bound),
            },
            cancellation
        );
        return new IssuedToken(token, now + Life);
    }

    private async Task<IReadOnlyList<string>?> CheckedAsync(
        IReadOnlyList<string>? bound,
        CancellationToken cancellation
    )
    {
        if (bound is null)
        {
            return null;
        }
        var known = (await tenants.AllAsync(cancellation)).Select(tenant => tenant.Id).ToList();
        if (bound.FirstOrDefault(id => !known.Contains(id, StringComparer.Ordinal)) is { } stranger)
        {
            throw new EnrolmentRefusedException(
                $"There is no tenant \"{stranger}\". There are {string.Join(", ", known)}."
            );
        }
        return bound.Count > 0
            ? [.. bound.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]
            : throw new EnrolmentRefusedException(
                "Name at least one tenant that the host may report, or leave tenants out for any."
            );
    }

    private static string Words(IReadOnlyList<string>? bound) =>
        bound is null ? "any tenant" : string.Join(", ", bound);

    internal static void RequireGoodKey(byte[] publicKey)
    {
        const int P256Bits = 256;
        try
        {
            using var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(publicKey, out _);
            if (key.KeySize == P256Bits)
            {
                return;
            }
        }
        catch (CryptographicException) { }
        throw new EnrolmentRefusedException("The host's key is not an ECDSA P-256 key.");
    }

    private static void RequireAdmin(Caller caller, string what)
    {
        if (!caller.IsAdmin)
        {
            throw new ForbiddenException($"Only an administrator may {what}.");
        }
    }

    private static AuditActor ActorOf(Caller caller) =>
        new(caller.IsPerson ? "person" : "client", caller.Subject, caller.Name);
}
