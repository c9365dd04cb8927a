using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Audit;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Audit;

/// <summary>When somebody did something, as the record has it.</summary>
public sealed class HistoryTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_tells_of_one_person_one_action_and_a_time()
    {
        var person = await MadePerson.MakeAsync(app, "has-a-past", "viewer", "rentguy");
        using var again = await app.BrowserAsAsync(person.UserName, MadePerson.Password);
        var history = app.Services.GetRequiredService<IRecordHistory>();
        var now = TimeProvider.System.GetUtcNow();
        var since = now.AddHours(-1);
        var hours = await history.HoursAsync(person.Id, "signin.succeeded", since, Stop);
        // Two, when the hour changed in between.
        Assert.InRange(hours.Count, 1, 2);
        Assert.Equal(2, hours.Sum(hour => hour.Count));
        Assert.All(hours, hour => Assert.InRange(now - hour.Begins, TimeSpan.Zero, TimeSpan.FromHours(1.1)));
        Assert.All(hours, hour => Assert.Equal((0, 0), (hour.Begins.Minute, hour.Begins.Second)));
        Assert.Empty(await history.HoursAsync(person.Id, "signin.succeeded", since.AddHours(2), Stop));
        Assert.Empty(await history.HoursAsync(person.Id, "signout", since, Stop));
        Assert.Empty(await history.HoursAsync("nobody", "signin.succeeded", since, Stop));
    }

    [Fact]
    public async Task An_hour_of_weeks_ago_is_told_however_often_somebody_came_since()
    {
        var start = new DateTimeOffset(2026, 3, 2, 4, 30, 0, TimeSpan.Zero);
        await using (var store = await StoreAsync())
        {
            var previous = AuditChain.Origin;
            foreach (var number in Enumerable.Range(0, 700))
            {
                var at = number == 0 ? start : start.AddDays(20).AddHours(9).AddSeconds(number);
                var row = AuditChain.Next(
                    new AuditEntry(new AuditActor("person", "comes-often", "Often"), "signin.succeeded"),
                    at,
                    1_000_000 + number,
                    previous
                );
                store.Add(row);
                previous = row.Hash;
            }
            await store.SaveChangesAsync(Stop);
        }
        var history = app.Services.GetRequiredService<IRecordHistory>();
        var hours = await history.HoursAsync("comes-often", "signin.succeeded", start.AddDays(-1), Stop);
        Assert.Equal(
            ["2026-03-02T04:00 1", "2026-03-22T13:00 699"],
            hours.OrderBy(hour => hour.Begins).Select(hour => $"{hour.Begins:yyyy-MM-ddTHH:mm} {hour.Count}")
        );
    }

    private Task<Store> StoreAsync() =>
        app.Services.GetRequiredService<IDbContextFactory<Store>>().CreateDbContextAsync(Stop);
}
