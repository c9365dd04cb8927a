using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Features.Hosts;

namespace Sevensa.Dashboard.Tests.Features.Hosts;

/// <summary>How long ago something was is not told by a clock that somebody sets.</summary>
public class SetBackClockTests
{
    [Fact]
    public async Task A_clock_that_is_set_back_keeps_no_refused_connection_out_of_the_record()
    {
        var time = new SettableClock();
        var audit = new HubServer.AuditRows();
        var refused = new RefusedConnections(audit, time, NullLogger<RefusedConnections>.Instance);
        await refused.TellAsync("10.0.0.1", "it is not known", null, null);
        time.SetBack = TimeSpan.FromHours(1);
        time.Advance(TimeSpan.FromMinutes(4));
        await refused.TellAsync("10.0.0.1", "it is not known", null, null);
        Assert.Single(audit.Rows);
        time.Advance(TimeSpan.FromMinutes(2));
        await refused.TellAsync("10.0.0.1", "it is not known", null, null);
        Assert.Equal(2, audit.Rows.Count);
    }

    private sealed class SettableClock : FakeTimeProvider
    {
        public TimeSpan SetBack { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() - SetBack;

        /// <summary>Goes on evenly, as a machine's own does whatever its clock is set to.</summary>
        public override long GetTimestamp() => base.GetUtcNow().Ticks;
    }
}
