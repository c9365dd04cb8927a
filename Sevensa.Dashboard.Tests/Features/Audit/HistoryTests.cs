using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Audit;

/// <summary>When somebody did something, as the record has it.</summary>
[Collection(SandboxCollection.Name)]
public sealed class HistoryTests(SandboxApp app)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_tells_of_one_person_one_action_and_a_time_the_newest_first()
    {
        var person = await MadePerson.MakeAsync(app, "has-a-past", "viewer", "rentguy");
        using var again = await app.BrowserAsAsync(person.UserName, MadePerson.Password);
        var history = app.Services.GetRequiredService<IRecordHistory>();
        var since = TimeProvider.System.GetUtcNow().AddHours(-1);
        var times = await history.WhenAsync(person.Id, "signin.succeeded", since, 10, Stop);
        Assert.Equal(2, times.Count);
        Assert.True(times[0] >= times[1]);
        Assert.Single(await history.WhenAsync(person.Id, "signin.succeeded", since, 1, Stop));
        Assert.Empty(await history.WhenAsync(person.Id, "signin.succeeded", since.AddHours(2), 10, Stop));
        Assert.Empty(await history.WhenAsync(person.Id, "signout", since, 10, Stop));
        Assert.Empty(await history.WhenAsync("nobody", "signin.succeeded", since, 10, Stop));
    }
}
