using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Sevensa.Dashboard.Features.Alerts;
using Sevensa.Dashboard.Features.Alerts.Alertmanager;
using Sevensa.Dashboard.Features.Alerts.Silences;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Alerts;

/// <summary>Silences that Alertmanager forgets.</summary>
[Collection(SandboxCollection.Name)]
public sealed class ForgottenSilenceTests(SandboxApp app) : IDisposable
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    // Of nobody else's: the program's own looks know nothing of it.
    private readonly string tenant = $"t{Guid.NewGuid():N}"[..20];
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 28, 12, 0, 0, TimeSpan.Zero));
    private readonly List<AuditEntry> told = [];
    private readonly ForgetfulAlertmanager server = new();

    public void Dispose() => server.Dispose();

    private SilenceMemory Memory() => new(app.Services.GetRequiredService<SilencesStore>(), time);

    /// <summary>As a program has it that was just started.</summary>
    private SilenceDesk Desk(IServiceProvider services)
    {
        var audit = Substitute.For<IAuditLog>();
        audit
            .AppendAsync(default!, default)
            .ReturnsForAnyArgs(call =>
            {
                told.Add(call.Arg<AuditEntry>());
                return 1L;
            });
        return new SilenceDesk(
            () => server.Client(),
            services.GetRequiredService<FiringAlerts>(),
            services.GetRequiredService<ITenants>(),
            Memory(),
            services.GetRequiredService<AlertNews>(),
            audit,
            time
        );
    }

    private SilenceWanted Wanted(string comment) =>
        new(
            [new SilenceMatcher("tenant", tenant), new SilenceMatcher("http.route", "/a")],
            time.GetUtcNow(),
            time.GetUtcNow().AddHours(2),
            "otto",
            comment
        );

    private async Task LookAsync()
    {
        await using var services = app.Services.CreateAsyncScope();
        await Desk(services.ServiceProvider).WatchAsync(new TenantScope([tenant]), tenant, Stop);
    }

    private string[] Told() => [.. told.Select(entry => entry.Action)];

    [Fact]
    public async Task What_was_made_here_is_asked_for_again_after_both_were_restarted()
    {
        await using var services = app.Services.CreateAsyncScope();
        var made = await Desk(services.ServiceProvider).MakeAsync(tenant, Wanted("night work"), Stop);
        await LookAsync();
        Assert.Empty(told);
        server.Silences.Clear();
        await LookAsync();
        Assert.Equal(["silence.vanished", "silence.restored"], Told());
        var again = Assert.Single(server.Silences.Values);
        Assert.NotEqual(made.Id, again.Id);
        Assert.Equal((made.Comment, made.CreatedBy, made.EndsAt), (again.Comment, again.CreatedBy, again.EndsAt));
        Assert.Equal(made.Matchers, again.Matchers);
        await LookAsync();
        Assert.Single(server.Silences);
        Assert.Equal(2, told.Count);
        // And once more, as what was made again was made here too.
        server.Silences.Clear();
        await LookAsync();
        Assert.Single(server.Silences);
    }

    [Fact]
    public async Task One_that_cannot_be_made_again_is_not_forgotten_and_keeps_no_other_from_it()
    {
        await using var services = app.Services.CreateAsyncScope();
        var desk = Desk(services.ServiceProvider);
        await desk.MakeAsync(tenant, Wanted("refused"), Stop);
        await desk.MakeAsync(tenant, Wanted("taken"), Stop);
        server.Silences.Clear();
        server.Refused = "refused";
        await LookAsync();
        Assert.Equal("taken", Assert.Single(server.Silences.Values).Comment);
        Assert.Equal(
            ["silence.failed", "silence.restored", "silence.vanished", "silence.vanished"],
            Told().Order(StringComparer.Ordinal)
        );
        // The same trouble is told once, however often it is met.
        for (var look = 0; look < 3; look++)
        {
            time.Advance(TimeSpan.FromMinutes(2));
            await LookAsync();
        }
        Assert.Equal(4, told.Count);
        server.Refused = null;
        time.Advance(TimeSpan.FromMinutes(2));
        await LookAsync();
        Assert.Equal(2, server.Silences.Count);
        Assert.Equal("silence.restored", Told()[^1]);
    }

    [Fact]
    public async Task One_whose_answer_was_lost_is_not_made_twice()
    {
        await using var services = app.Services.CreateAsyncScope();
        await Desk(services.ServiceProvider).MakeAsync(tenant, Wanted("cut"), Stop);
        server.Silences.Clear();
        server.LosesAnswers = true;
        await LookAsync();
        Assert.Single(server.Silences);
        server.LosesAnswers = false;
        time.Advance(TimeSpan.FromMinutes(2));
        await LookAsync();
        Assert.Single(server.Silences);
        Assert.Equal("silence.restored", Told()[^1]);
    }

    [Fact]
    public async Task One_made_elsewhere_is_told_once_and_left_to_whoever_made_it()
    {
        server.Add(Wanted("theirs"));
        await LookAsync();
        server.Silences.Clear();
        await LookAsync();
        await LookAsync();
        Assert.Equal(["silence.vanished"], Told());
        Assert.Empty(server.Silences);
    }

    [Fact]
    public async Task Of_several_dashboards_that_miss_it_one_says_so()
    {
        await using var services = app.Services.CreateAsyncScope();
        await Desk(services.ServiceProvider).MakeAsync(tenant, Wanted("of both"), Stop);
        server.Add(Wanted("theirs"));
        await LookAsync();
        server.Silences.Clear();
        // As the other has it, which looks at the same moment and tells first.
        Assert.Equal(2, (await Memory().CompareAsync(tenant, [], Stop)).Count(one => !one.Told));
        foreach (var lost in await Memory().CompareAsync(tenant, [], Stop))
        {
            await Task.WhenAll(
                Enumerable
                    .Range(0, 2)
                    .Select(_ =>
                        Memory()
                            .TellAsync(
                                lost.Silence.Id,
                                () =>
                                {
                                    lock (told)
                                    {
                                        told.Add(
                                            new AuditEntry(
                                                AuditActor.System,
                                                "silence.vanished",
                                                tenant,
                                                lost.Silence.Id,
                                                AuditOutcome.Failed,
                                                ""
                                            )
                                        );
                                    }
                                    return Task.CompletedTask;
                                },
                                Stop
                            )
                    )
            );
        }
        Assert.Equal(["silence.vanished", "silence.vanished"], Told());
        await LookAsync();
        Assert.Equal(
            ["silence.restored", "silence.vanished", "silence.vanished"],
            Told().Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task What_could_not_be_said_is_said_by_the_next_look()
    {
        await using var services = app.Services.CreateAsyncScope();
        var made = await Desk(services.ServiceProvider).MakeAsync(tenant, Wanted("unsaid"), Stop);
        server.Silences.Clear();
        await Assert.ThrowsAsync<TimeoutException>(() =>
            Memory().TellAsync(made.Id, () => throw new TimeoutException(), Stop)
        );
        await LookAsync();
        Assert.Equal(["silence.vanished", "silence.restored"], Told());
    }

    [Fact]
    public async Task What_ended_or_was_ended_did_not_vanish()
    {
        await using var services = app.Services.CreateAsyncScope();
        var desk = Desk(services.ServiceProvider);
        var ended = await desk.MakeAsync(tenant, Wanted("ended here"), Stop);
        var elsewhere = await desk.MakeAsync(tenant, Wanted("ended elsewhere"), Stop);
        await desk.MakeAsync(tenant, Wanted("over"), Stop);
        await desk.EndAsync(tenant, ended.Id, Stop);
        server.Silences[elsewhere.Id] = server.Silences[elsewhere.Id] with { Status = new("expired") };
        await LookAsync();
        time.Advance(TimeSpan.FromHours(3));
        server.Silences.Clear();
        await LookAsync();
        Assert.Empty(told);
    }

    [Fact]
    public async Task One_that_is_ended_while_Alertmanager_has_forgotten_it_is_not_made_again()
    {
        await using var services = app.Services.CreateAsyncScope();
        var desk = Desk(services.ServiceProvider);
        var made = await desk.MakeAsync(tenant, Wanted("ended in between"), Stop);
        server.Silences.Clear();
        var person = new Caller("otto", "Otto", Role.Operator, IsPerson: true, TenantSet.Of([tenant]), ApiScopes.All);
        var ended = await desk.ExpireAsync(person, tenant, made.Id, Stop);
        Assert.Equal((made.Id, "expired"), (ended.Id, ended.Status.State));
        await LookAsync();
        Assert.Empty(server.Silences);
        Assert.Equal(["silence.expired"], Told());
        await Assert.ThrowsAsync<UnknownSilenceException>(() => desk.ExpireAsync(person, tenant, made.Id, Stop));
    }

    [Fact]
    public async Task After_a_longer_absence_than_Alertmanager_remembers_nothing_is_made_again()
    {
        await using var services = app.Services.CreateAsyncScope();
        var desk = Desk(services.ServiceProvider);
        await desk.MakeAsync(tenant, Wanted("long") with { EndsAt = time.GetUtcNow().AddDays(30) }, Stop);
        time.Advance(TimeSpan.FromDays(6));
        server.Silences.Clear();
        await LookAsync();
        Assert.Equal(["silence.vanished"], Told());
        Assert.Empty(server.Silences);
    }
}
