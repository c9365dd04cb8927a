namespace Sevensa.Dashboard.Sandbox.Fleet;

/// <summary>What a container uses, as cAdvisor names it. NaN while it does not run.</summary>
internal sealed class ContainerMetrics
{
    private const double MiB = 1024 * 1024;

    /// <summary>Growth of RentGuy's API 2.4.1: MiB per second, until the collector fights for every page.</summary>
    private const double LeakMiBPerSecond = 242.0 / (20 * 3600);
    private readonly FleetContainer _container;
    private readonly ServiceProfile _profile;
    private readonly ServiceTimeline _service;
    private readonly ulong _seed;
    private readonly bool _leaks;

    public ContainerMetrics(FleetContainer container, ServiceProfile profile, ServiceTimeline service)
    {
        _container = container;
        _profile = profile;
        _service = service;
        _seed = Noise.Seed(container.Id);
        _leaks = container.ImageId == new FleetImage("", "sevensa/rentguy-api", "2.4.1", 0, 0).Id;
    }

    public FleetContainer Container => _container;

    /// <summary>CPU seconds since the process began.</summary>
    public double Cpu(double t)
    {
        if (_container.At(t) is not { } run)
        {
            return double.NaN;
        }
        var start = 1.4 * Math.Min(1, (t - run.Start) / ServiceTimeline.WarmUp);
        return start + (_profile.Cpu.Idle * (t - run.Start)) + Work(t, run, _profile.Cpu.Busy, b => b.CpuFactor);
    }

    public double Memory(double t)
    {
        if (_container.At(t) is not { } run)
        {
            return double.NaN;
        }
        var age = t - run.Start;
        var warm = 0.62 + (0.38 * (1 - Math.Exp(-age / 240)));
        var breath = (0.05 * (Rhythm.At(t) - 1)) + (0.02 * Noise.Smooth(_seed, t / 90));
        var used = _profile.MemoryMiB * (warm + breath);
        if (_leaks)
        {
            const double knee = 262;
            const double ceiling = 300;
            var leak = LeakMiBPerSecond * Math.Max(0, age - 60);
            used += leak < knee ? leak : knee + ((ceiling - knee) * (1 - Math.Exp(-(leak - knee) / (ceiling - knee))));
        }
        var limit = _container.MemoryLimit > 0 ? _container.MemoryLimit / MiB * 0.992 : double.MaxValue;
        return Math.Floor(Math.Min(used, limit) * MiB / 4096) * 4096;
    }

    public double Limit(double t) => _container.At(t) is null ? double.NaN : _container.MemoryLimit;

    public double Received(double t) => Traffic(t, 41_000, 2_400, 11);

    public double Transmitted(double t) => Traffic(t, 118_000, 9_100, 11);

    public double Read(double t) => Traffic(t, 6_200, 310, 12);

    public double Written(double t) => Traffic(t, IsDatabase ? 96_000 : 4_800, 260, 13);

    public double LastSeen(double t) => _container.At(t) is null ? double.NaN : t;

    public double StartTime(double t) => _container.At(t)?.Start ?? double.NaN;

    public double Restarts(double t) => _container.At(t) is null ? double.NaN : _container.RestartsBefore(t);

    /// <summary>1 healthy, 0 not (yet); containers without a health check have no such series.</summary>
    public double Healthy(double t) =>
        _container.At(t) is { } run ? (t - run.Start >= FleetContainer.StartsHealthyAfter ? 1 : 0) : double.NaN;

    public double Processes(double t) => _container.At(t) is null ? double.NaN : 8 + Noise.Pick(_seed, 3, 30);

    private bool IsDatabase => _profile.Voice == LogVoice.Postgres;

    private double Traffic(double t, double busy, double idle, ulong salt)
    {
        if (_container.At(t) is not { } run)
        {
            return double.NaN;
        }
        var scale = 0.4 + (_profile.RequestsPerSecond / 10);
        return Math.Floor((idle * (t - run.Start)) + Work(t, run, busy * scale, _ => 1, salt));
    }

    /// <summary>This container's share of its service's work since its process began.</summary>
    private double Work(double t, Lifespan run, double perSecond, Func<Behaviour, double> factor, ulong salt = 0)
    {
        double sum = 0;
        var bent = t + ServiceTimeline.Wobble(_seed + salt, t, t - run.Start);
        var eras = _service.Eras;
        for (var i = eras.Length - 1; i >= 0 && eras[i].To > run.Start; i--)
        {
            var from = Math.Max(eras[i].From, run.Start);
            var to = Math.Min(eras[i].To, bent);
            if (to > from)
            {
                sum += factor(eras[i].Behaviour) / eras[i].Replicas * (Rhythm.Integral(to) - Rhythm.Integral(from));
            }
        }
        return perSecond * sum;
    }
}
