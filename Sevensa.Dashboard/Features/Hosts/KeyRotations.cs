using System.Text.Json;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Security;

namespace Sevensa.Dashboard.Features.Hosts;

/// <param name="Pinned">Names of the hosts that trust the new key by now.</param>
/// <param name="Waiting">Names of those that are told when they connect; until then the old key signs for them.</param>
internal sealed record ActionKeyRotation(string KeyId, IReadOnlyList<string> Pinned, IReadOnlyList<string> Waiting);

/// <summary>
/// Replaces keys while everything goes on. A host is given the dashboard's new action key signed by the one it has pinned; a
/// host's own new key is made there and counts from the first connection that proves it.
/// </summary>
internal sealed class KeyRotations(
    HostsStore store,
    Fleet fleet,
    RunnerLink link,
    ActionSigner signer,
    IProductKeys keys,
    IStepUp stepUp,
    IAuditLog audit,
    ILogger<KeyRotations> log
)
{
    /// <exception cref="ForbiddenException">The caller is no administrator, or their session is in doubt.</exception>
    public async Task<ActionKeyRotation> RotateActionKeyAsync(Caller caller, CancellationToken cancellation)
    {
        RequireAdmin(caller);
        await stepUp.RequireClearAsync(caller, "actionKey.rotate", cancellation);
        var before = await signer.KeyAsync(cancellation);
        await audit.AppendAsync(
            new AuditEntry(
                caller.Actor(),
                "actionKey.rotated",
                Detail: "A new action key signs from now on; each host is given it, signed by the one it has pinned.",
                Before: Word(before.Id)
            ),
            cancellation
        );
        var fresh = await keys.RenewAsync(KeyPurposes.ActionSigning, cancellation);
        var hosts = (await store.AllAsync(cancellation)).Where(host => host.RevokedAt is null).ToList();
        await Task.WhenAll(hosts.Select(host => OfferAsync(host.Id, cancellation)));
        var now = (await store.AllAsync(cancellation)).Where(host => host.RevokedAt is null).ToList();
        return new ActionKeyRotation(
            fresh.Id,
            [.. now.Where(host => host.ActionKeyId == fresh.Id).Select(host => host.Name)],
            [.. now.Where(host => host.ActionKeyId != fresh.Id).Select(host => host.Name)]
        );
    }

    /// <summary>Has a host make a new key pair of its own.</summary>
    /// <exception cref="ForbiddenException">The caller is no administrator, or their session is in doubt.</exception>
    /// <exception cref="UnknownHostException">No such host, or it was revoked.</exception>
    /// <exception cref="RunnerUnreachableException">It is not connected.</exception>
    public async Task RotateHostKeyAsync(Caller caller, string hostId, CancellationToken cancellation)
    {
        RequireAdmin(caller);
        await stepUp.RequireClearAsync(caller, "runner.renewKey", cancellation);
        if (await store.FindAsync(hostId, cancellation) is not { RevokedAt: null } host)
        {
            throw new UnknownHostException(hostId);
        }
        var publicKey = await link.RenewKeyAsync(hostId, cancellation);
        Enrolments.RequireGoodKey(publicKey);
        await audit.AppendAsync(
            new AuditEntry(
                caller.Actor(),
                "runner.keyRenewed",
                Target: host.Name,
                Detail: "It made a new key pair; its connection is ended, so that it comes back with the new one.",
                Before: Word(ActionKeyId.Of(host.PublicKey)),
                After: Word(ActionKeyId.Of(publicKey))
            ),
            cancellation
        );
        await store.OfferedKeyAsync(hostId, publicKey, cancellation);
        // Said first: an aborted connection does not tell of its own end, and the next one may come at once.
        link.End(hostId);
    }

    /// <summary>A host said which action key it trusts: what an interrupted rotation left unsaid is learnt here.</summary>
    public void Greeted(string hostId, string? pinnedKeyId) => _ = Task.Run(() => GreetedAsync(hostId, pinnedKeyId));

    private async Task GreetedAsync(string hostId, string? pinnedKeyId)
    {
        try
        {
            if (pinnedKeyId is not null && await store.FindAsync(hostId, default) is { } host)
            {
                if (await keys.FindAsync(pinnedKeyId) is null)
                {
                    fleet.Refused(
                        hostId,
                        "This host trusts an action key that this dashboard does not have, so it would refuse every action. Revoke it and enrol it again."
                    );
                    return;
                }
                if (host.ActionKeyId != pinnedKeyId)
                {
                    await store.PinnedAsync(hostId, pinnedKeyId, default);
                }
            }
            await OfferAsync(hostId, default);
        }
        catch (Exception exception)
        {
            log.KeyNotOffered(exception, hostId);
        }
    }

    private async Task OfferAsync(string hostId, CancellationToken cancellation)
    {
        using var turn = await signer.TurnAsync(hostId, cancellation);
        var newest = await signer.KeyAsync(cancellation);
        if (
            !link.IsConnected(hostId)
            || await signer.PinnedByAsync(hostId, cancellation) is not { } pinned
            || pinned.Id == newest.Id
        )
        {
            return;
        }
        try
        {
            if (await link.PinKeyAsync(hostId, ActionSigner.Envelope(pinned, newest.PublicKey), cancellation))
            {
                await store.PinnedAsync(hostId, newest.Id, cancellation);
                var name = fleet.FindHost(hostId)?.Name ?? hostId;
                await audit.AppendAsync(
                    new AuditEntry(
                        new AuditActor("runner", hostId, name),
                        "runner.keyPinned",
                        Target: name,
                        Before: Word(pinned.Id),
                        After: Word(newest.Id)
                    ),
                    cancellation
                );
            }
        }
        catch (Exception exception) when (exception is RunnerUnreachableException or UpstreamException)
        {
            // It is offered again when the host is back; until then the key that it has pinned signs for it.
            log.KeyNotOffered(exception, hostId);
        }
    }

    private static JsonElement Word(string keyId) => JsonSerializer.SerializeToElement(new { keyId });

    private static void RequireAdmin(Caller caller)
    {
        if (!caller.IsAdmin)
        {
            throw new ForbiddenException("Only an administrator may rotate keys.");
        }
    }
}
