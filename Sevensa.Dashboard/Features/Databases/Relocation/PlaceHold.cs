using Npgsql;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases.Relocation;

/// <summary>
/// Keeps two dashboards from one action: as long as one is at work on it, a session of it holds a lock by the action's id at the
/// instance where the place lies. A lease may lapse while its holder is paused; with the lock goes the session.
/// </summary>
internal sealed class PlaceHold : IAsyncDisposable
{
    /// <summary>Of advisory locks, so that no other's are met: "plac".</summary>
    private const int Space = 0x706c6163;

    private readonly PostgresDoor door;
    private readonly Instance instance;
    private readonly string action;
    private AdminSession admin;

    private PlaceHold(PostgresDoor door, Instance instance, string action, AdminSession admin) =>
        (this.door, this.instance, this.action, this.admin) = (door, instance, action, admin);

    /// <summary>What becomes of an action that is not held. Nothing is told of its steps: that is for whoever is at work on it.</summary>
    public static ActionOutcome Lost() =>
        new(
            ProposalState.Unknown,
            "Another dashboard is at work on it, or the session that keeps others from it was lost. It goes on by itself."
        );

    /// <returns>Null when another dashboard is at work on it.</returns>
    /// <exception cref="UpstreamException">The instance can't be signed in to.</exception>
    public static async Task<PlaceHold?> TakeAsync(PostgresDoor door, Instance instance, string action)
    {
        var admin = await AdminSession.OpenAsync(door, instance, instance.Database, CancellationToken.None);
        try
        {
            if (
                await admin.ValueAsync<bool>(
                    "select pg_try_advisory_lock(@space, hashtext(@action))",
                    CancellationToken.None,
                    ("space", Space),
                    ("action", action)
                )
            )
            {
                return new PlaceHold(door, instance, action, admin);
            }
        }
        catch
        {
            await admin.DisposeAsync();
            throw;
        }
        await admin.DisposeAsync();
        return null;
    }

    /// <summary>Whether it is still held. Where it is not, another may be at work: nothing may be done any more.</summary>
    public async Task<bool> HoldsAsync()
    {
        try
        {
            return await admin.ValueAsync<bool>("select true", CancellationToken.None);
        }
        catch (Exception exception) when (exception is NpgsqlException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Whether it is still held, or held again after the session was cut: a wait may take longer than a session lasts.</summary>
    /// <exception cref="UpstreamException">The instance can't be signed in to.</exception>
    public async Task<bool> RegainsAsync()
    {
        if (await HoldsAsync())
        {
            return true;
        }
        if (await TakeAsync(door, instance, action) is not { } again)
        {
            return false;
        }
        await admin.DisposeAsync();
        admin = again.admin;
        return true;
    }

    /// <summary>Given back at once: the server may take a while to see that a session is over.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await admin.RunAsync(["select pg_advisory_unlock_all()"], null, CancellationToken.None);
        }
        catch (Exception exception) when (exception is NpgsqlException or InvalidOperationException)
        {
            // It is gone, and the lock with it.
        }
        await admin.DisposeAsync();
    }
}
