using System.Buffers.Text;
using System.Security.Cryptography;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Hosts;

/// <param name="Token">Shown once; stored as a hash only.</param>
internal sealed record IssuedToken(string Token, DateTimeOffset ExpiresAt);

/// <summary>Letting hosts in and putting them out. Each is in the record before it takes effect.</summary>
internal sealed class Enrolments(
    HostsStore store,
    Fleet fleet,
    RunnerConnections connections,
    ActionSigner signer,
    IAuditLog audit,
    TimeProvider time,
    ILogger<Enrolments> log
) : IEnrolmentTokens
{
    private static readonly TimeSpan Life = TimeSpan.FromHours(1);
    private const string TokenPrefix = "sre_";
    private const int TokenBytes = 32;
    private const int MostNameCharacters = 63;

    /// <summary>For a person to carry to a host.</summary>
    /// <exception cref="ForbiddenException">The caller is no administrator.</exception>
    public async Task<IssuedToken> IssueAsync(Caller caller, CancellationToken cancellation)
    {
        RequireAdmin(caller, "issue enrolment tokens");
        await audit.AppendAsync(
            new AuditEntry(
                ActorOf(caller),
                "runner.tokenIssued",
                Detail: "A single-use enrolment token, good for an hour."
            ),
            cancellation
        );
        return await IssueAsync(caller.Name, null, cancellation);
    }

    public async Task<string> IssueForOwnRunnerAsync(string hostName, CancellationToken cancellation) =>
        (await IssueAsync("dashboard", hostName, cancellation)).Token;

    /// <exception cref="EnrolmentRefusedException">The token is not good (any more), or the name is taken.</exception>
    public async Task<Enrolled> EnrolAsync(EnrolRequest request, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var hash = HostsStore.HashOf(request.Token);
        var token =
            await store.FindTokenAsync(hash, now, cancellation)
            ?? throw new EnrolmentRefusedException(
                "The enrolment token was used, or has expired. Issue a new one on the Hosts page."
            );
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
        if (!await store.UseTokenAsync(hash, now, cancellation))
        {
            throw new EnrolmentRefusedException("The enrolment token was used a moment ago.");
        }
        var host = new HostRow
        {
            Id = Guid.NewGuid().ToString("n"),
            Name = name,
            PublicKey = request.PublicKey,
            EnrolledAt = now,
            EnrolledBy = token.CreatedBy,
            ActionKeyId = key.Id,
        };
        await audit.AppendAsync(
            new AuditEntry(
                new AuditActor("runner", host.Id, name),
                "runner.enrolled",
                Target: name,
                Detail: $"With a token issued by {token.CreatedBy}. Key {ActionKeyId.Of(request.PublicKey)}."
            ),
            cancellation
        );
        if (before is not null)
        {
            await RevokeAsync(before.Id, cancellation);
        }
        await store.AddAsync(host, cancellation);
        fleet.Put(new DockerHost(host.Id, name, HostPresence.Never, now, null, null, null, 0, null));
        log.Enrolled(name, host.Id);
        return new Enrolled(host.Id, key.Id, key.PublicKey);
    }

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
    }

    private async Task<IssuedToken> IssueAsync(string by, string? hostName, CancellationToken cancellation)
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
            },
            cancellation
        );
        return new IssuedToken(token, now + Life);
    }

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
