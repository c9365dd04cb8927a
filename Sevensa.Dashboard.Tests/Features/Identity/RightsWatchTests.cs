using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Features.Identity.Access;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>Requests that are open while what they rest on ends.</summary>
public sealed class RightsWatchTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    [Fact]
    public async Task A_request_by_which_somebody_signs_in_anew_is_not_cut_off_by_what_it_ended()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var person = await MadePerson.MakeAsync(app, "signs-in-anew", "viewer", "rentguy");
        using var browser = person.Browser;
        var session = Assert.Single(
            await app.Services.GetRequiredService<SessionStore>().ListAsync(person.Id, cancellation)
        );
        var before = await PrincipalAsync();
        var clock = new FakeTimeProvider();
        using var watch = new RightsWatch(
            app.Services.GetRequiredService<RightsToday>(),
            clock,
            NullLogger<RightsWatch>.Instance
        );
        await watch.StartAsync(cancellation);
        var (ended, signedIn, end) = (
            new TaskCompletionSource<ClaimsPrincipal>(),
            new TaskCompletionSource(),
            new TaskCompletionSource()
        );
        var (own, other) = (Request(), Request());
        var open = Task.WhenAll(
            watch.WatchAsync(
                own,
                Caller.From(before)!,
                async context =>
                {
                    context.Features.Get<CallerRight>()!.SignedInAnew = await ended.Task;
                    signedIn.SetResult();
                    await end.Task;
                }
            ),
            watch.WatchAsync(other, Caller.From(before)!, _ => end.Task)
        );

        await using (var scope = app.Services.CreateAsyncScope())
        {
            var users = scope.ServiceProvider.GetRequiredService<UserManager<AppUser>>();
            await users.UpdateSecurityStampAsync((await users.FindByIdAsync(person.Id))!);
        }
        await app.Services.GetRequiredService<PersonStore>().FreshenAsync([person.Id], cancellation);
        ended.SetResult(await PrincipalAsync());
        await signedIn.Task;
        await Eventually.TrueAsync(
            "the request that rests on what ended to be cut",
            _ =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(other.RequestAborted.IsCancellationRequested);
            }
        );
        Assert.False(own.RequestAborted.IsCancellationRequested);
        end.SetResult();
        await open;
        await watch.StopAsync(cancellation);

        async Task<ClaimsPrincipal> PrincipalAsync() =>
            CallerPrincipal.OfSession(
                (await app.Services.GetRequiredService<PersonStore>().FindAsync(person.Id, cancellation))!,
                session.Id
            );

        DefaultHttpContext Request()
        {
            var context = new DefaultHttpContext { User = before };
            context.Features.Set<IHttpRequestLifetimeFeature>(new Lifetime());
            return context;
        }
    }

    private sealed class Lifetime : IHttpRequestLifetimeFeature
    {
        public CancellationToken RequestAborted { get; set; }

        public void Abort() => RequestAborted = new CancellationToken(canceled: true);
    }
}
