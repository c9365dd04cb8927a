using System.Collections.Concurrent;
using Sevensa.Dashboard.Features.Alerts.Alertmanager;

namespace Sevensa.Dashboard.Features.Alerts.Silences;

/// <summary>
/// Silences as they were last seen, while this program runs. Alertmanager writes them down every quarter of an hour only: one
/// that is killed has forgotten the newest, and tells nobody.
/// </summary>
internal sealed class SilenceMemory(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Kept> kept = new();

    /// <param name="Here">It was made by this program, which may ask for it again.</param>
    internal sealed record Kept(string Tenant, HeldSilence Silence, bool Here);

    public void Made(string tenant, HeldSilence silence) => kept[silence.Id] = new Kept(tenant, silence, Here: true);

    /// <summary>It was ended, or was made again under another id.</summary>
    public void Forget(string id) => kept.TryRemove(id, out _);

    /// <summary>Takes over what there is now, and gives what should be there and is not.</summary>
    public IReadOnlyList<Kept> Compare(string tenant, IReadOnlyList<HeldSilence> present)
    {
        var now = time.GetUtcNow();
        var there = present.ToDictionary(silence => silence.Id);
        var gone = new List<Kept>();
        foreach (var (id, known) in kept.Where(one => one.Value.Tenant == tenant))
        {
            if (known.Silence.EndsAt <= now || there.GetValueOrDefault(id) is { Status.State: "expired" })
            {
                kept.TryRemove(id, out _);
            }
            else if (!there.ContainsKey(id) && kept.TryRemove(id, out var vanished))
            {
                gone.Add(vanished);
            }
        }
        foreach (var silence in present.Where(silence => silence.Status.State != "expired"))
        {
            kept.AddOrUpdate(
                silence.Id,
                _ => new Kept(tenant, silence, Here: false),
                (_, before) => before with { Silence = silence }
            );
        }
        return gone;
    }
}
