using System.Net;
using System.Text;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Assistant;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Features.Assistant.Plain;
using Sevensa.Dashboard.Features.Assistant.Runs;
using Sevensa.Dashboard.Features.Assistant.Turns;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>What one question may take: where that ends, why is said, and what was found until then stays with where it stands.</summary>
public sealed class QuestionLimitsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private readonly FakeTimeProvider clock = new();
    private int called;

    [Fact]
    public async Task So_many_calls() =>
        await EndsAsync(
            new AssistantOptions { MaximumCalls = 2 },
            2,
            "Stopped after 2 calls of tools, as much as one question may take, without an answer. Nothing was proposed.",
            "Assistant:MaximumCalls"
        );

    [Fact]
    public async Task So_many_bytes_of_results() =>
        await EndsAsync(
            new AssistantOptions { MaximumBytes = 1_000 },
            2,
            "Stopped after 1000 bytes of results, as much as one question may take, without an answer. Nothing was proposed.",
            "Assistant:MaximumBytes"
        );

    [Fact]
    public async Task So_many_seconds() =>
        await EndsAsync(
            new AssistantOptions { MaximumSeconds = 50 },
            3,
            "The question took longer than 50 s. Nothing was proposed.",
            "Assistant:MaximumSeconds"
        );

    [Fact]
    public async Task So_many_rounds() =>
        await EndsAsync(
            new AssistantOptions { MaximumRounds = 2 },
            1,
            "Stopped after 2 rounds of tool calls without an answer. Nothing was proposed.",
            "Assistant:MaximumRounds"
        );

    private async Task EndsAsync(AssistantOptions limits, int calls, string words, string remedy)
    {
        var kept = new KeptAnswer();
        var events = await AskAsync(limits);
        events.ForEach(kept.Add);
        var told = Assert.IsType<ErrorEvent>(events[^1]);
        Assert.Equal(words, told.Message);
        Assert.Contains(remedy, told.Remedy, StringComparison.Ordinal);
        Assert.Equal(calls, called);
        Assert.Equal("Found until then:\n\n- 1 tenant [1]", kept.Text);
        Assert.Contains("/tenants", kept.Events(null), StringComparison.Ordinal);
    }

    /// <summary>A model that never comes to an answer, before a tool that takes 20 s and tells of 700 letters.</summary>
    private async Task<List<AssistantEvent>> AskAsync(AssistantOptions limits)
    {
        var source = Substitute.For<IToolSource>();
        source.ToolsFor(Arg.Any<Caller>()).Returns([AIFunctionFactory.Create(Look, "list_tenants")]);
        var tools = new TurnTools([source], new ProposeTool(Substitute.For<IProposals>(), []), []);
        var house = Substitute.For<IHouseZone>();
        house.Zone.Returns(TimeZoneInfo.Utc);
        var tenants = Substitute.For<ITenants>();
        tenants.VisibleAsync(Arg.Any<Caller>(), Arg.Any<CancellationToken>()).Returns([]);
        var answering = new Answering(
            Model(),
            new ModelStandings(null!, Options.Create(new AssistantOptions()), Substitute.For<IHostEnvironment>()),
            tools,
            new PlainAnswers(tenants, tools, Substitute.For<IProposals>(), [], house, clock),
            null,
            clock,
            NullLogger<Answering>.Instance
        );
        using var turn = new Turn(
            new Caller("1", "Operator", Role.Operator, true, TenantSet.All, ApiScopes.All),
            "c",
            limits
        )
        {
            Standing = ModelStanding.Any,
            Question = "Which are there?",
        };
        await answering.RunAsync(turn, [new("system", "Rules"), new("user", "Which are there?")], Cancel);
        turn.End();
        return await turn.Events.ReadAllAsync(Cancel).ToListAsync(Cancel);
    }

    private object Look()
    {
        called++;
        clock.Advance(TimeSpan.FromSeconds(20));
        return new
        {
            tenants = new[]
            {
                new
                {
                    id = "rentguy",
                    name = "RentGuy",
                    services = new[] { new string('a', 700) },
                },
            },
            link = "/tenants",
        };
    }

    private ChatModel Model()
    {
        var say = Wording.Of("ollama");
        var clients = Substitute.For<IHttpClientFactory>();
        clients
            .CreateClient(Arg.Any<string>())
            .Returns(_ => new HttpClient(new Server(say.Called("list_tenants", "{}") + say.Done())));
        return new ChatModel(
            clients,
            Options.Create(new OllamaOptions { Url = "http://model", Model = "m" }),
            new Upstreams(clock),
            clock
        );
    }

    private sealed class Server(string body) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        ) =>
            Task.FromResult(
                request.RequestUri!.AbsolutePath == "/api/chat"
                    ? new HttpResponseMessage(HttpStatusCode.OK)
                    {
                        Content = new StringContent(body, Encoding.UTF8, "application/x-ndjson"),
                    }
                    : new HttpResponseMessage(HttpStatusCode.NotFound) { Content = new StringContent("404") }
            );
    }
}
