using Sevensa.Dashboard.Features.Alerts.Alertmanager;

namespace Sevensa.Dashboard.Features.Alerts.Silences;

/// <summary>
/// Silences as they were last seen, in the store, so that a restart of ours forgets none. Alertmanager writes them down every
/// quarter of an hour only: one that is killed has forgotten the newest, and tells nobody.
/// </summary>
internal sealed class SilenceMemory(SilencesStore store, TimeProvider time)
{
    private static readonly TimeSpan SeenEvery = TimeSpan.FromHours(1);

    // Alertmanager drops a silence that was ended five days later: after a longer absence of ours it may have been.
    private static readonly TimeSpan Sure = TimeSpan.FromDays(4);
    private static readonly TimeSpan Between = TimeSpan.FromMinutes(1);

    /// <param name="Here">It was made by this program, which may ask for it again.</param>
    /// <param name="Told">The record says already that it is gone.</param>
    /// <param name="Trouble">Why it could not be made again, as the record says already.</param>
    internal sealed record Lost(HeldSilence Silence, bool Here, bool Told, string? Trouble);

    public Task MadeAsync(string tenant, HeldSilence silence, CancellationToken cancellation) =>
        store.KeepAsync([Row(tenant, silence, here: true)], cancellation);

    /// <summary>One of the tenant's that should be there, as it was last seen; null when none of that id is remembered.</summary>
    public async Task<HeldSilence?> FindAsync(string tenant, string id, CancellationToken cancellation) =>
        (await store.OfAsync(tenant, cancellation))
            .FirstOrDefault(row => row.Id == id && row.EndsAt > time.GetUtcNow())
            ?.Silence;

    /// <summary>It was ended, or was made again under another id.</summary>
    public Task ForgetAsync(string id, CancellationToken cancellation) => store.ForgetAsync([id], cancellation);

    /// <summary>
    /// Takes over what there is now, and gives what should be there and is not; again at each look, until it is forgotten.
    /// </summary>
    public async Task<IReadOnlyList<Lost>> CompareAsync(
        string tenant,
        IReadOnlyList<HeldSilence> present,
        CancellationToken cancellation
    )
    {
        var now = time.GetUtcNow();
        var there = present.ToDictionary(silence => silence.Id);
        var kept = (await store.OfAsync(tenant, cancellation)).ToDictionary(row => row.Id);
        var over = kept
            .Values.Where(row => row.EndsAt <= now || there.GetValueOrDefault(row.Id) is { Status.State: "expired" })
            .Select(row => row.Id)
            .ToList();
        await store.ForgetAsync(over, cancellation);
        await store.KeepAsync(
            [
                .. present
                    .Where(silence => silence.Status.State != "expired" && silence.EndsAt > now)
                    .Where(silence => IsNews(kept.GetValueOrDefault(silence.Id), silence, now))
                    .Select(silence => Row(tenant, silence, kept.GetValueOrDefault(silence.Id)?.Here ?? false)),
            ],
            cancellation
        );
        return
        [
            .. kept
                .Values.Where(row => !over.Contains(row.Id) && !there.ContainsKey(row.Id))
                .Select(row => new Lost(
                    row.Silence,
                    row.Here && (row.LostAt is not null || now - row.SeenAt < Sure),
                    row.LostAt is not null,
                    row.Trouble
                )),
        ];
    }

    /// <summary>Says that it is gone, unless another dashboard does.</summary>
    /// <param name="tell">Writes it into the record; where it can't, whoever looks next does.</param>
    /// <returns>Whether it was this one that said it.</returns>
    public async Task<bool> TellAsync(string id, Func<Task> tell, CancellationToken cancellation)
    {
        if (!await store.LoseAsync(id, time.GetUtcNow(), cancellation))
        {
            return false;
        }
        try
        {
            await tell();
        }
        catch
        {
            await store.UnloseAsync(id, CancellationToken.None);
            throw;
        }
        return true;
    }

    /// <summary>Whether it is to be asked for again now, by this dashboard.</summary>
    public Task<bool> ClaimAsync(string id, CancellationToken cancellation) =>
        store.ClaimAsync(id, time.GetUtcNow() - Between, time.GetUtcNow(), cancellation);

    /// <summary>The record says why it could not be made again.</summary>
    public Task TroubledAsync(string id, string trouble, CancellationToken cancellation) =>
        store.TroubledAsync(id, trouble, cancellation);

    private static bool IsNews(SilenceRow? before, HeldSilence silence, DateTimeOffset now) =>
        before is null
        || before.LostAt is not null
        || now - before.SeenAt >= SeenEvery
        || before.SilenceJson != SilenceRow.Json(silence);

    private SilenceRow Row(string tenant, HeldSilence silence, bool here) =>
        new()
        {
            Id = silence.Id,
            Tenant = tenant,
            SilenceJson = SilenceRow.Json(silence),
            Here = here,
            EndsAt = silence.EndsAt,
            SeenAt = time.GetUtcNow(),
        };
}
