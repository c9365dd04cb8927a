namespace Sevensa.Dashboard.Features.Secrets.Vault;

/// <summary>What was learnt of the key/value engine by asking it, for a while: it may be upgraded, or the policy changed.</summary>
internal sealed class VaultEngine(TimeProvider time)
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    private DateTimeOffset scanRefused = DateTimeOffset.MinValue;
    private (int? Version, DateTimeOffset At) version = (null, DateTimeOffset.MinValue);
    private (int Versions, DateTimeOffset At) kept = (0, DateTimeOffset.MinValue);
    private readonly Lock gate = new();

    /// <summary>Whether it may be asked for a whole tree at once: false for a while after it could not or would not.</summary>
    public bool MayScan
    {
        get
        {
            lock (gate)
            {
                return IsOld(scanRefused);
            }
        }
    }

    public void NoScan()
    {
        lock (gate)
        {
            scanRefused = time.GetUtcNow();
        }
    }

    /// <summary>1 or 2; null when it is not known.</summary>
    public int? Version
    {
        get
        {
            lock (gate)
            {
                return IsOld(version.At) ? null : version.Version;
            }
        }
        set
        {
            lock (gate)
            {
                version = (value, time.GetUtcNow());
            }
        }
    }

    /// <summary>How many versions it keeps of a secret that says nothing of it; null when it is not known.</summary>
    public int? Kept
    {
        get
        {
            lock (gate)
            {
                return IsOld(kept.At) ? null : kept.Versions;
            }
        }
        set
        {
            lock (gate)
            {
                kept = (value ?? 0, time.GetUtcNow());
            }
        }
    }

    private bool IsOld(DateTimeOffset at) => at == DateTimeOffset.MinValue || time.GetUtcNow() - at > Life;
}
