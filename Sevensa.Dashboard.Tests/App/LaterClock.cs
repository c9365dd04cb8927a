using Microsoft.Extensions.DependencyInjection;

namespace Sevensa.Dashboard.Tests.App;

/// <summary>The real clock, some time later: timers run as they do, and what has an age has another.</summary>
public sealed class LaterClock : TimeProvider
{
    private long later;

    public void Later(TimeSpan by) => Interlocked.Add(ref later, by.Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + new TimeSpan(Interlocked.Read(ref later));
}

/// <summary>The program with a clock that can be put forward.</summary>
public sealed class LaterApp : SandboxApp
{
    private readonly LaterClock clock = new();

    /// <summary>Lets time pass; tokens that were fetched before are forgotten.</summary>
    public void Later(TimeSpan by)
    {
        clock.Later(by);
        ForgetTokens();
    }

    protected override void Replace(IServiceCollection services) => services.AddSingleton<TimeProvider>(clock);
}
