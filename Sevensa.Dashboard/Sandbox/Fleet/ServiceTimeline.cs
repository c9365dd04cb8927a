namespace Sevensa.Dashboard.Sandbox.Fleet;

/// <summary>A stretch of time in which a service behaves the same way.</summary>
/// <remarks>Process: When the process that serves began; its counters count from then. Replicas: Containers that share the work.</remarks>
internal readonly record struct Era(double From, double To, double Process, int Replicas, Behaviour Behaviour);

/// <summary>
/// The eras of one service over all its containers. Built once per change of the fleet; a few dozen entries, whatever
/// the length of history.
/// </summary>
internal sealed class ServiceTimeline
{
    /// <summary>Seconds from the process' start until it takes requests.</summary>
    public const double WarmUp = 12;
    private static readonly double[] Stages = [0, 3600, 2 * 3600, 3 * 3600];
    private readonly Era[] _eras;
    private readonly (double From, double To)[] _integrals;

    private ServiceTimeline(ServiceProfile profile, Era[] eras)
    {
        Profile = profile;
        _eras = eras;
        _integrals = [.. eras.Select(e => (Rhythm.Integral(e.From), Rhythm.Integral(e.To)))];
        Seed = Noise.Seed(profile.Key);
    }

    public ServiceProfile Profile { get; }
    public ulong Seed { get; }
    public ReadOnlySpan<Era> Eras => _eras;

    public static ServiceTimeline Of(ServiceProfile profile, IEnumerable<FleetContainer> containers)
    {
        var runs = containers
            .Where(c => c.Tenant == profile.Tenant && c.Service == profile.Service)
            .SelectMany(c =>
                c.Lifespans.Select(l =>
                    (Image: c.ImageId, l.Start, Ready: l.Start + WarmUp, End: l.End ?? double.MaxValue)
                )
            )
            .Where(r => r.End > r.Ready)
            .ToArray();
        var faulty = new FleetImage("", "sevensa/rentguy-api", "2.4.1", 0, 0).Id;
        var cuts = runs.SelectMany(r => Stages.Select(s => r.Ready + s).Where(c => c < r.End).Append(r.End))
            .Distinct()
            .Order()
            .ToArray();
        var eras = new List<Era>(cuts.Length);
        for (var i = 0; i + 1 < cuts.Length; i++)
        {
            var (from, to) = (cuts[i], cuts[i + 1]);
            var alive = runs.Where(r => r.Ready <= from && r.End >= to).OrderBy(r => r.Start).ToArray();
            if (alive.Length == 0)
            {
                continue;
            }
            var primary = alive[0];
            var stage = Array.FindLastIndex(Stages, s => from >= primary.Ready + s);
            var behaviour = Behaviour.Of(profile, primary.Image == faulty, stage, alive.Length);
            if (
                eras.Count > 0
                && eras[^1] is var before
                && before.To == from
                && before.Process == primary.Ready
                && before.Replicas == alive.Length
                && before.Behaviour == behaviour
            )
            {
                eras[^1] = before with { To = to };
            }
            else
            {
                eras.Add(new Era(from, to, primary.Ready, alive.Length, behaviour));
            }
        }
        return new ServiceTimeline(profile, [.. eras]);
    }

    /// <summary>The index of the era at a time, or -1 when the service does not answer.</summary>
    public int IndexAt(double t)
    {
        for (var i = _eras.Length - 1; i >= 0; i--)
        {
            if (t >= _eras[i].From)
            {
                return t < _eras[i].To ? i : -1;
            }
        }
        return -1;
    }

    public bool Up(double t) => IndexAt(t) >= 0;

    /// <summary>What a counter gains per request of the rhythm in each era, outside and inside the midday trouble.</summary>
    public (double Calm, double Midday)[] Weights(Func<Behaviour, (double Calm, double Midday)> weight) =>
        [.. _eras.Select(e => weight(e.Behaviour))];

    /// <summary>
    /// A counter of the serving process at <paramref name="t"/>: what the rhythm brought since it began, in each era
    /// times that era's weights. NaN when the service does not answer.
    /// </summary>
    /// <param name="slow">For the buckets with an upper bound: they run a little behind the whole, by turns more and less, which is
    /// what makes a percentile breathe.</param>
    public double Counter(double t, double perSecond, (double Calm, double Midday)[] weights, bool slow = false)
    {
        var last = IndexAt(t);
        if (last < 0)
        {
            return double.NaN;
        }
        var process = _eras[last].Process;
        // The noise bends time, which keeps every counter rising and the buckets of a histogram in order.
        var bent = Math.Min(t + Wobble(Seed, t, t - process) - (slow ? Lag(Seed, t, t - process) : 0), _eras[last].To);
        double sum = 0;
        for (var i = last; i >= 0 && _eras[i].Process == process; i--)
        {
            var (from, to) = (_eras[i].From, i == last ? bent : Math.Min(bent, _eras[i].To));
            if (to <= from)
            {
                continue;
            }
            var (calm, midday) = weights[i];
            var integral = to == _eras[i].To ? _integrals[i].To : Rhythm.Integral(to);
            sum += calm * (integral - _integrals[i].From);
            if (midday != calm)
            {
                sum += (midday - calm) * (Rhythm.MiddayIntegral(to) - Rhythm.MiddayIntegral(from));
            }
        }
        return perSecond * sum;
    }

    /// <summary>Seconds, never negative, so that no bucket counts more than all requests.</summary>
    private static double Lag(ulong seed, double t, double age) =>
        1.6 * (1 + Noise.Smooth(seed + 2, t / 240)) * Math.Clamp(age / 1800, 0, 1);

    /// <summary>Seconds by which a counter is ahead or behind; its slope stays above -1.</summary>
    public static double Wobble(ulong seed, double t, double age)
    {
        var wobble = (8 * Noise.Smooth(seed, t / 60)) + (50 * Noise.Smooth(seed + 1, t / 700));
        return wobble * Math.Clamp(age / 1800, 0, 1);
    }
}
