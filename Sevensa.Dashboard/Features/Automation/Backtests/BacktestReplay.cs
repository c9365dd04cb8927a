namespace Sevensa.Dashboard.Features.Automation.Backtests;

/// <summary>The engine's waiting, cooling down and counting, over steps that are all there at once.</summary>
/// <param name="servicePerHour">How often all policies together act on one place within an hour: one alone does no more.</param>
/// <param name="conditions">At which steps its conditions held; null where it has none.</param>
internal sealed class BacktestReplay(
    PolicyDefinition policy,
    DateTimeOffset from,
    int steps,
    TimeSpan step,
    int servicePerHour,
    bool[]? conditions = null
)
{
    private readonly Queue<int> hour = new();
    private readonly Queue<int> day = new();
    private readonly Dictionary<string, int> acted = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Queue<int>> places = new(StringComparer.Ordinal);

    public List<BacktestAct> Acts { get; } = [];
    public Dictionary<string, int> Held { get; } = [];
    public long HeldSteps { get; private set; }
    public int Episodes { get; private set; }

    /// <summary>At which it held for more services than can fail by themselves.</summary>
    public int TooManySteps { get; private set; }

    public void Run(TriggerCourse course, CancellationToken cancellation)
    {
        var subjects = course
            .Held.OrderBy(one => one.Key, StringComparer.Ordinal)
            .Select(one => new Subject(one.Key, one.Value))
            .ToList();
        for (var at = 0; at < steps; at++)
        {
            if (at % 1000 == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }
            // What holds for more services at once is no service's own trouble: the engine acts on none of them.
            if (subjects.Count > TriggerQueries.MostServices && TooMany(subjects, at))
            {
                TooManySteps++;
                foreach (var subject in subjects)
                {
                    (subject.Since, subject.Told, subject.Over) = (-1, null, -1);
                }
                continue;
            }
            foreach (var subject in subjects)
            {
                Look(subject, at);
            }
        }
    }

    private static bool TooMany(List<Subject> subjects, int at)
    {
        var holding = 0;
        foreach (var subject in subjects)
        {
            if (subject.Course.At(at) is not null && ++holding > TriggerQueries.MostServices)
            {
                return true;
            }
        }
        return false;
    }

    private void Look(Subject subject, int at)
    {
        if (subject.Course.At(at) is not { } value)
        {
            (subject.Since, subject.Told) = (-1, null);
            subject.Over = subject.Over < 0 ? at : subject.Over;
            if ((at - subject.Over) * step >= policy.Rearm)
            {
                subject.Disarmed = false;
            }
            return;
        }
        subject.Over = -1;
        HeldSteps++;
        if (subject.Since < 0)
        {
            (subject.Since, subject.Began) = (at, at);
            Episodes++;
        }
        if ((at - subject.Since) * step < policy.For)
        {
            return;
        }
        if (Objection(subject, at) is { } reason)
        {
            if (subject.Told != reason)
            {
                Held[reason] = Held.GetValueOrDefault(reason) + 1;
            }
            subject.Told = reason;
            return;
        }
        hour.Enqueue(at);
        day.Enqueue(at);
        if (!places.TryGetValue(Place(subject), out var place))
        {
            places[Place(subject)] = place = new Queue<int>();
        }
        place.Enqueue(at);
        var ends = subject.Course.End(at);
        Acts.Add(
            new BacktestAct(
                from + at * step,
                subject.Service,
                value,
                from + subject.Began * step,
                ends is { } end ? from + end * step : null,
                []
            )
        );
        acted[Place(subject)] = at;
        (subject.Since, subject.Told, subject.Disarmed) = (at, null, policy.Rearm > TimeSpan.Zero);
    }

    private string? Objection(Subject subject, int at)
    {
        if (
            acted.TryGetValue(Place(subject), out var last)
            && (at - last) * step < Max(policy.Cooldown, policy.Outcome.Within)
        )
        {
            return "cooldown";
        }
        if (subject.Disarmed)
        {
            return "rearm";
        }
        if (WindowTimes.Objection(policy.Windows, from + at * step) is not null)
        {
            return "window";
        }
        if (conditions is not null && !conditions[at])
        {
            return "condition";
        }
        if (
            places.TryGetValue(Place(subject), out var place)
            && Spent(place, at, TimeSpan.FromHours(1)) >= servicePerHour
        )
        {
            return "service";
        }
        return Spent(hour, at, TimeSpan.FromHours(1)) >= policy.Budget.PerHour ? "hourBudget"
            : Spent(day, at, TimeSpan.FromDays(1)) >= policy.Budget.PerDay ? "dayBudget"
            : null;
    }

    private int Spent(Queue<int> acts, int at, TimeSpan span)
    {
        while (acts.TryPeek(out var first) && (at - first) * step >= span)
        {
            acts.Dequeue();
        }
        return acts.Count;
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    /// <summary>With a target of its own it acts on that, whichever service set it off.</summary>
    private string Place(Subject subject) => policy.Action.Target ?? subject.Service;

    private sealed class Subject(string service, ServiceCourse course)
    {
        public string Service => service;
        public ServiceCourse Course => course;
        public int Since { get; set; } = -1;
        public int Began { get; set; } = -1;
        public string? Told { get; set; }

        /// <summary>The first step of those on end at which it does not hold.</summary>
        public int Over { get; set; } = -1;

        /// <summary>It acted here, and it was not over for long enough since.</summary>
        public bool Disarmed { get; set; }
    }
}
