using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Graphs;
using Sevensa.Dashboard.Features.Graphs.Following;
using Sevensa.Dashboard.Features.Graphs.LangGraph;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Tokens;
using Sevensa.Dashboard.Tests.App;
using static Sevensa.Dashboard.Tests.Features.Graphs.GraphHouse;

namespace Sevensa.Dashboard.Tests.Features.Graphs;

/// <summary>What a thread may goes with the reason for it, and what its server says is neither believed nor gathered without an end.</summary>
public sealed class GraphPowersTests(GraphHouse app) : IClassFixture<GraphHouse>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_program_proposes_by_its_thread_what_its_client_may_today_and_nothing_else()
    {
        var (id, program) = await app.ProgramAsync("operator", ["rentguy"], "read", "propose");
        program.Dispose();
        var thread = await ThreadAsync(id, isPerson: false);
        var made = await ProposeAsync(thread);
        Assert.NotNull(made.ProposalId);
        var clients = app.Services.GetRequiredService<ApiClients>();
        foreach (
            var less in new Func<ApiClient, ApiClient>[]
            {
                client => client with { Disabled = true },
                client => client with { Disabled = false, Role = Role.Viewer },
                client => client with { Role = Role.Operator, Tenants = ["witcom"] },
                client => client with { Tenants = ["rentguy"], Scopes = ApiScopes.Read },
            }
        )
        {
            await clients.ChangeAsync(id, less, Stop);
            var asked = await ProposeAsync(thread);
            Assert.Null(asked.ProposalId);
            Assert.Equal(GraphQuestionState.Open, asked.State);
            Assert.Contains("may not propose any more", asked.Why, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Who_has_an_account_by_a_claim_that_nobody_looked_at_for_long_proposes_nothing_more()
    {
        var person = await MadePerson.MakeAsync(app, "by-a-claim", "operator", "rentguy");
        person.Browser.Dispose();
        var thread = await ThreadAsync(person.Id, isPerson: true);
        Assert.NotNull((await ProposeAsync(thread)).ProposalId);
        await ClaimOfLongAgo.GiveAsync(app, person, Stop);
        Assert.Null((await ProposeAsync(thread)).ProposalId);
    }

    [Fact]
    public async Task What_somebody_else_wrote_beside_a_proposal_makes_it_no_threads_own()
    {
        var person = await MadePerson.MakeAsync(app, "not-forged", "operator", "rentguy");
        person.Browser.Dispose();
        var thread = await ThreadAsync(person.Id, isPerson: true);
        var question = Question(thread);
        var other = new Caller(
            "forger",
            "Forger",
            Role.Operator,
            true,
            TenantSet.Of(["rentguy"]),
            ApiScopes.Read | ApiScopes.Propose
        );
        var forged = await app
            .Services.GetRequiredService<IProposals>()
            .ProposeAsync(
                other,
                new ProposalRequest(
                    "container.restart",
                    "rentguy",
                    "rentguy-worker-1",
                    JsonSerializer.SerializeToElement(new { }),
                    "Take this one.",
                    [
                        JsonSerializer.SerializeToElement(
                            new
                            {
                                kind = "graph",
                                title = "A graph",
                                thread = thread.Id,
                                question = question.Id,
                            }
                        ),
                    ],
                    "api"
                ),
                Stop
            );
        var made = await ProposeAsync(thread, question.Row(DateTimeOffset.UnixEpoch));
        Assert.NotNull(made.ProposalId);
        Assert.NotEqual(forged.Id, made.ProposalId);
    }

    [Fact]
    public async Task A_server_that_works_for_a_tenant_no_more_is_followed_no_further_and_can_be_cancelled()
    {
        var person = await MadePerson.MakeAsync(app, "followed-no-further", "operator", "witcom");
        person.Browser.Dispose();
        var thread = await ThreadAsync(person.Id, isPerson: true, tenant: "witcom", ended: false);
        var (store, turn) = (
            app.Services.GetRequiredService<GraphStore>(),
            app.Services.GetRequiredService<GraphTurn>()
        );
        await turn.TakeAsync(thread.Id, Stop);
        var waits = await store.FindAsync(thread.Id, Stop);
        Assert.Contains("does not work for witcom", waits!.Trouble, StringComparison.Ordinal);
        Assert.Null(waits.EndedAt);
        await store.ChangeAsync(thread.Id, row => row.CancelAskedAt = row.MovedAt, Stop);
        await turn.TakeAsync(thread.Id, Stop);
        var ended = await store.FindAsync(thread.Id, Stop);
        Assert.Equal(GraphThreadState.Cancelled, ended!.State);
        Assert.NotNull(ended.EndedAt);
    }

    [Fact]
    public async Task A_server_that_answers_with_another_thread_has_nothing_of_it_shown()
    {
        using var operators = await app.ApiAsAsync("operator");
        var told = await StartAsync(operators, "python", "asks", "Between others.");
        var asked = await StartAsync(operators, "python", "asks", "Mine.");
        await AskedAsync(operators, told, 1, "open");
        await AskedAsync(operators, asked, 1, "open");
        app.Python.Mistakes[asked] = told;
        app.Services.GetRequiredService<GraphNews>().Work.Raise();
        var failed = await UntilStateAsync(operators, asked, "failed");
        Assert.Contains("another thread", failed.GetProperty("trouble").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Between others", failed.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_asks_too_much_at_once_is_put_to_nobody()
    {
        using var operators = await app.ApiAsAsync("operator");
        app.JavaScript.Times = GraphQuestions.MostAtOnce + 1;
        var id = await StartAsync(operators, "javascript", "asks");
        var failed = await UntilStateAsync(operators, id, "failed");
        app.JavaScript.Times = 1;
        Assert.Contains("51 things at once", failed.GetProperty("trouble").GetString(), StringComparison.Ordinal);
        Assert.Empty(QuestionsOf(failed));
    }

    [Fact]
    public async Task A_look_at_anothers_thread_is_in_the_record()
    {
        var thread = await ThreadAsync("olga", isPerson: true);
        var stranger = await MadePerson.MakeAsync(app, "looks-at-threads", "operator", "witcom");
        using var browser = stranger.Browser;
        using var theirs = await stranger.PersonalAsync("read", "propose");
        using var answer = await theirs.GetAsync($"/api/v1/tenants/witcom/graphs/threads/{thread.Id}", Stop);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, answer.StatusCode);
        using var admin = await app.ApiAsAsync("admin");
        Assert.Contains(
            $"the graph thread {thread.Id} of rentguy",
            await admin.GetStringAsync("/api/v1/audit?action=access.refused", Stop),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_step_that_two_dashboards_heard_is_kept_once()
    {
        var store = app.Services.GetRequiredService<GraphStore>();
        var thread = await ThreadAsync("olga", isPerson: true);
        var kept = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(_ =>
                    store.AddStepAsync(
                        new GraphStepRow
                        {
                            ThreadId = thread.Id,
                            RunId = "run",
                            Number = 1,
                            At = thread.StartedAt,
                            Name = "look",
                            Text = "{}",
                        },
                        Stop
                    )
                )
        );
        Assert.Single(kept, one => one);
    }

    [Fact]
    public async Task A_line_of_a_stream_that_has_no_end_is_not_gathered()
    {
        using var endless = new MemoryStream(Encoding.UTF8.GetBytes("data: " + new string('x', 5 * 1024 * 1024)));
        await Assert.ThrowsAsync<InvalidDataException>(async () =>
        {
            await foreach (var _ in GraphStream.ReadAsync(endless, Stop))
            {
                // Nothing of it comes.
            }
        });
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public async Task Lines_end_as_the_standard_lets_them(string end)
    {
        var text = string.Join(end, "event: updates", "data: {\"a\":", "data: 1}", "", ": beat", "");
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        var kinds = new List<string>();
        await foreach (var happened in GraphStream.ReadAsync(stream, Stop))
        {
            kinds.Add(happened.Kind ?? "beat");
        }
        Assert.Equal(["updates", "beat"], kinds);
    }

    [Fact]
    public async Task What_a_stream_tells_again_from_its_beginning_is_no_sign_of_life()
    {
        var thread = await ThreadAsync("nobody", isPerson: true);
        var questions = app.Services.GetRequiredService<GraphQuestions>();
        var store = app.Services.GetRequiredService<GraphStore>();
        var step = new GraphEvent("updates", JsonElement.Parse("""{"look":{}}"""));

        Assert.True(await MovesAsync(step, 1));
        Assert.True(await MovesAsync(step, 2));
        Assert.False(await MovesAsync(step, 1));
        Assert.False(await MovesAsync(step, 2));
        Assert.True(await MovesAsync(step, 3));
        Assert.True(await MovesAsync(new GraphEvent(null, default), 3));

        async Task<bool> MovesAsync(GraphEvent happened, int number)
        {
            await store.ChangeAsync(thread.Id, row => row.MovedAt = DateTimeOffset.UnixEpoch, Stop);
            await questions.HeardAsync(thread, "a-run", number, happened, Stop);
            return (await store.FindAsync(thread.Id, Stop))!.MovedAt > DateTimeOffset.UnixEpoch;
        }
    }

    [Theory]
    [InlineData("python", "token")]
    [InlineData("javascript", "token")]
    [InlineData("python", "client")]
    [InlineData("javascript", "account")]
    public async Task What_was_begun_by_a_token_a_program_or_a_person_stops_soon_after_that_is_taken_back(
        string server,
        string what
    )
    {
        using var admin = await app.ApiAsAsync("admin");
        var (client, take) = await BegunByAsync(admin, $"{what}-{server}", what);
        using var theirs = client;
        var running = await StartAsync(theirs, server, "slow", "Goes on for long.");
        var waiting = await StartAsync(theirs, server, "asks", "Asks for long.");
        await UntilStateAsync(theirs, running, "running");
        await AskedAsync(theirs, waiting, 1, "open");

        await take();
        foreach (var id in (string[])[running, waiting])
        {
            var ended = await UntilStateAsync(admin, id, "cancelled");
            var trouble = ended.GetProperty("trouble").GetString();
            Assert.Contains("may not go on with it", trouble, StringComparison.Ordinal);
        }
        Assert.NotEqual("busy", app.Of(server).StatusOf(running));
    }

    private async Task<(HttpClient Client, Func<Task> Take)> BegunByAsync(HttpClient admin, string name, string what)
    {
        if (what == "client")
        {
            var (id, program) = await app.ProgramAsync("operator", ["rentguy"], "read", "propose");
            var clients = app.Services.GetRequiredService<ApiClients>();
            return (program, () => clients.ChangeAsync(id, one => one with { Disabled = true }, Stop));
        }
        var person = await MadePerson.MakeAsync(app, $"begins-by-{name}", "operator", "rentguy");
        using var browser = person.Browser;
        var client = await person.PersonalAsync("read", "propose");
        return what == "account"
            ? (client, () => SandboxApp.GoodAsync(admin.PostAsync($"/api/v1/people/{person.Id}/disable", null, Stop)))
            : (
                client,
                async () =>
                {
                    var tokens = app.Services.GetRequiredService<PersonalTokenStore>();
                    foreach (var token in await tokens.ListAsync(person.Id, Stop))
                    {
                        Assert.True(await tokens.RemoveAsync(token.Id, person.Id, Stop));
                    }
                }
            );
    }

    private int asks;

    /// <summary>Something that a thread asks.</summary>
    private sealed record Asked(string Thread, string Id, string Payload)
    {
        public GraphQuestionRow Row(DateTimeOffset? proposing = null) =>
            new()
            {
                ThreadId = Thread,
                Id = Id,
                Interrupt = Id,
                AskedAt = DateTimeOffset.UnixEpoch,
                Payload = Payload,
                ProposingAt = proposing,
            };
    }

    private Asked Question(GraphThreadRow thread) =>
        new(thread.Id, (++asks).ToString(CultureInfo.InvariantCulture), app.Python.Proposes.ToJsonString());

    /// <summary>One that nobody follows, unless it has not ended.</summary>
    private async Task<GraphThreadRow> ThreadAsync(
        string starter,
        bool isPerson,
        string tenant = "rentguy",
        bool ended = true
    )
    {
        var now = TimeProvider.System.GetUtcNow();
        var row = new GraphThreadRow
        {
            Id = Guid.CreateVersion7().ToString("D"),
            Server = "python",
            Graph = "proposes",
            Tenant = tenant,
            Text = "Look.",
            StarterId = starter,
            StarterName = starter,
            IsStarterPerson = isPerson,
            StartedAt = now,
            MovedAt = now,
            State = GraphThreadState.Waiting,
            EndedAt = ended ? now : null,
        };
        await app.Services.GetRequiredService<GraphStore>().AddAsync(row, Stop);
        return row;
    }

    private async Task<GraphQuestionRow> ProposeAsync(GraphThreadRow thread, GraphQuestionRow? question = null)
    {
        question ??= Question(thread).Row();
        await app.Services.GetRequiredService<GraphStore>().AddQuestionAsync(question, Stop);
        return await app.Services.GetRequiredService<GraphProposals>().ProposeAsync(thread, question, Stop);
    }
}
