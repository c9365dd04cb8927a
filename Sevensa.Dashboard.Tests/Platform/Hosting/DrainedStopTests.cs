using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Tests.Platform.Hosting;

public sealed class DrainedStopTests : IDisposable
{
    private sealed class Life : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource stopping = new();

        public CancellationToken ApplicationStarted { get; init; } = new(canceled: true);
        public CancellationToken ApplicationStopping => stopping.Token;
        public CancellationToken ApplicationStopped => CancellationToken.None;
        public TaskCompletionSource Stopped { get; } = new();

        public void StopApplication()
        {
            stopping.Cancel();
            Stopped.TrySetResult();
        }

        public void Dispose() => stopping.Dispose();
    }

    private readonly FakeTimeProvider clock = new();
    private readonly Draining draining = new();
    private readonly Life life = new();

    public void Dispose()
    {
        draining.Dispose();
        life.Dispose();
    }

    [Fact]
    public async Task It_stops_when_the_time_is_over()
    {
        var stop = Of(life, seconds: 6);
        stop.StopApplication();
        Assert.True(draining.HasBegun);
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.False(life.ApplicationStopping.IsCancellationRequested);
        clock.Advance(TimeSpan.FromSeconds(1));
        await life.Stopped.Task;
    }

    [Fact]
    public void Told_a_second_time_it_stops_at_once()
    {
        var stop = Of(life, seconds: 6);
        stop.StopApplication();
        stop.StopApplication();
        Assert.True(life.ApplicationStopping.IsCancellationRequested);
    }

    [Fact]
    public void Without_a_time_it_stops_at_once()
    {
        Of(life, seconds: 0).StopApplication();
        Assert.True(life.ApplicationStopping.IsCancellationRequested);
        Assert.False(draining.HasBegun);
    }

    [Fact]
    public void While_it_starts_there_is_nothing_to_drain()
    {
        using var starting = new Life { ApplicationStarted = CancellationToken.None };
        Of(starting, seconds: 6).StopApplication();
        Assert.True(starting.ApplicationStopping.IsCancellationRequested);
    }

    private DrainedStop Of(Life of, int seconds) =>
        new(of, draining, () => TimeSpan.FromSeconds(seconds), clock, NullLogger<DrainedStop>.Instance);
}
