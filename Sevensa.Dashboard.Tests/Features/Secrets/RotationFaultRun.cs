using System.Collections.Concurrent;
using System.Globalization;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Features.Databases;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>
/// Many rotations of one database's login, each with a fault at another place, while two services sign in all the time with what
/// they hold: none is refused even once, but while it is being restarted, and none ends with a login that is not the current one.
/// </summary>
[TakesLong]
public class RotationFaultRun(SharedInstance instance) : IClassFixture<SharedInstance>
{
    private const int Usual = 24;

    /// <summary>Deaths of the dashboard, the same while a consumer does not come up, cancelling, and deaths of the runner.</summary>
    private const int Faults = 4;

    /// <summary>Of a container's restart.</summary>
    private static readonly string[] Moments = ["before", "amid", "after"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static int Rotations =>
        int.TryParse(
            Environment.GetEnvironmentVariable("SEVENSA_ROTATIONS"),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var wanted
        )
            ? Math.Max(wanted, Usual)
            : Usual;

    [Fact]
    public async Task Whatever_dies_at_whichever_step_nobody_is_without_a_login_but_while_it_is_restarted()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        await using var consumers = new Consumers(ground);
        var total = await OnceAsync(ground, consumers, int.MaxValue, "none", "");
        Assert.True(total > 15, $"a rotation has {total} places at which it can be ended");
        var turns = Rotations / Faults;
        for (var turn = 0; turn < turns; turn++)
        {
            // From the first place to the last: all of them where there are as many turns.
            var place = turn * total / turns;
            await OnceAsync(ground, consumers, place, "death", "");
            await OnceAsync(ground, consumers, place, "broken", "");
            await OnceAsync(ground, consumers, place, "cancel", "");
            await OnceAsync(ground, consumers, int.MaxValue, "runner", Moments[turn % Moments.Length]);
        }
        await consumers.EndAsync();
        Assert.Empty(consumers.Refused);
        Assert.All(consumers.SignIns, count => Assert.True(count > Rotations, $"signed in {count} times only"));
        await ground.AllAreWellAsync();
    }

    /// <summary>One rotation with one fault, to its end on whichever dashboard lives.</summary>
    /// <returns>How many places were passed.</returns>
    private static async Task<int> OnceAsync(
        SagaGround ground,
        Consumers consumers,
        int number,
        string fault,
        string when
    )
    {
        var former = await ground.CurrentAsync();
        var broken = fault == "broken";
        ground.Breaks = (name, login) => broken && name == SagaGround.Worker && login != former;
        var runners = fault == "runner" ? 1 : 0;
        ground.RunnerDies = (moment, _) => moment == when && Interlocked.Decrement(ref runners) == 0;
        var shop = ground.Mortal(number, out var deaths);
        var proposal = await shop.ProposeAsync("secret.rotate", SagaGround.Target, reason: $"{fault} {when} {number}");
        ground.WatchFor(proposal.Id);
        await shop.ApproveAsync(proposal);
        var ending = EndAsync(shop, proposal.Id);
        var what = $"{fault} {when} {number}";
        consumers.Now = what;
        if (await AsTimeGoesByAsync(ground, Task.WhenAny(deaths.Died, ending)) == deaths.Died)
        {
            consumers.Now = what = $"{fault} at \"{await deaths.Died}\"";
            if (fault == "cancel")
            {
                await shop.Proposals.CancelAsync(Callers.Operator, proposal.Id, Cancellation);
                deaths.GoOn();
            }
            else
            {
                await ground.AbandonAsync(proposal.Id);
                ending = EndAsync(ground.Shop, proposal.Id);
                await ground.Shop.SweepAsync();
            }
        }
        var ended = await AsTimeGoesByAsync(ground, ending);
        Assert.True(
            fault switch
            {
                "broken" => ended.State == ProposalState.RolledBack,
                "cancel" => ended.State
                    is ProposalState.Cancelled
                        or ProposalState.RolledBack
                        or ProposalState.Succeeded,
                _ => ended.State == ProposalState.Succeeded,
            },
            $"{what}: {ended.State} {ended.Outcome?.Text}"
        );
        if (ended.State != ProposalState.Succeeded)
        {
            Assert.Equal(former, await ground.CurrentAsync());
        }
        await ground.AllAreWellAsync();
        return deaths.Passed;
    }

    private static Task<Proposal> EndAsync(Workshop shop, string id) =>
        shop.UntilAsync(
            id,
            ProposalState.Succeeded,
            ProposalState.RolledBack,
            ProposalState.Failed,
            ProposalState.Cancelled,
            ProposalState.Refused
        );

    /// <summary>A host is asked again, and a session looked for again, by the dashboards' own clock.</summary>
    private static async Task<T> AsTimeGoesByAsync<T>(SagaGround ground, Task<T> ending)
    {
        while (await Task.WhenAny(ending, Task.Delay(50, Cancellation)) != ending)
        {
            Cancellation.ThrowIfCancellationRequested();
            ground.Shop.Time.Advance(TimeSpan.FromSeconds(2));
        }
        return await ending;
    }

    /// <summary>Both services, each a process that signs in again and again until it is restarted.</summary>
    private sealed class Consumers : IAsyncDisposable
    {
        private readonly SagaGround ground;
        private readonly CancellationTokenSource stop = new();
        private readonly Dictionary<string, SemaphoreSlim> processes = [];
        private readonly ConcurrentDictionary<string, int> count = new();
        private readonly List<Task> running = [];

        public Consumers(SagaGround ground)
        {
            this.ground = ground;
            foreach (var name in (string[])[SagaGround.Api, SagaGround.Worker])
            {
                processes[name] = new SemaphoreSlim(1);
                running.Add(Task.Run(() => SignInAsync(name)));
            }
            // A process that is restarted ends what it is at, and its next one begins with what it reads then.
            ground.BeforeRestart = name => processes[name].WaitAsync();
            ground.AtRestart = name =>
            {
                processes[name].Release();
                return Task.CompletedTask;
            };
        }

        /// <summary>What is being tried, for whoever is refused.</summary>
        public string Now { get; set; } = "";

        public ConcurrentQueue<string> Refused { get; } = [];

        public IReadOnlyList<int> SignIns => [.. count.Values];

        public async Task EndAsync()
        {
            await stop.CancelAsync();
            await Task.WhenAll(running);
        }

        public async ValueTask DisposeAsync()
        {
            await EndAsync();
            stop.Dispose();
            foreach (var process in processes.Values)
            {
                process.Dispose();
            }
        }

        private async Task SignInAsync(string name)
        {
            while (!stop.IsCancellationRequested)
            {
                await processes[name].WaitAsync();
                try
                {
                    if (await ground.SignsInAsync(name))
                    {
                        count.AddOrUpdate(name, 1, (_, so) => so + 1);
                    }
                    else
                    {
                        Refused.Enqueue($"{name} as {ground.HeldBy(name)}, {Now}");
                    }
                }
                finally
                {
                    processes[name].Release();
                }
                await Task.Delay(5, Cancellation);
            }
        }
    }
}
