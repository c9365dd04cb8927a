using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Assistant;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Features.Assistant.Plain;
using Sevensa.Dashboard.Features.Assistant.Turns;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>How long a model is waited for, by a clock that moves when told to.</summary>
public sealed class ModelPatienceTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task Half_a_minute_without_a_byte_is_waited_out_and_told(string protocol)
    {
        await using var talk = await Waiting.BeginAsync(protocol, isLoaded: true);
        while (talk.Waited < TimeSpan.FromSeconds(30))
        {
            Assert.Contains("busy with another", (await talk.NextAsync<WaitPiece>()).Why, StringComparison.Ordinal);
        }
        var say = Wording.Of(protocol);
        await talk.SayAsync(say.Said("Fine.") + say.Done());
        Assert.Equal("Fine.", (await talk.ToldAsync<SpokenPiece>()).Text);
        Assert.Equal("stop", (await talk.ToldAsync<EndPiece>()).Reason);
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task The_first_word_has_more_time_than_the_next(string protocol)
    {
        await using var talk = await Waiting.BeginAsync(protocol, isLoaded: true);
        await talk.NextAsync<WaitPiece>();
        talk.Clock.Advance(TimeSpan.FromSeconds(350) - talk.Waited);
        await talk.SayAsync(Wording.Of(protocol).Said("Fi"));
        await talk.ToldAsync<SpokenPiece>();
        var said = talk.Waited;
        var told = await talk.FailedAsync();
        Assert.True(talk.Waited - said >= TimeSpan.FromSeconds(120), $"It was given up after {talk.Waited - said}.");
        Assert.Equal(UpstreamFault.TimedOut, told.Fault);
        Assert.Contains("said nothing more for 120 s", told.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task A_load_has_patience_of_its_own(string protocol)
    {
        await using var talk = await Waiting.BeginAsync(protocol, isLoaded: false);
        Assert.Equal("The model is being loaded.", (await talk.NextAsync<WaitPiece>()).Why);
        talk.Clock.Advance(TimeSpan.FromSeconds(590) - talk.Waited);
        await talk.SayAsync(Wording.Of(protocol).Said("Fine."));
        await talk.ToldAsync<SpokenPiece>();
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task What_is_loaded_and_never_begins_is_given_up(string protocol)
    {
        await using var talk = await Waiting.BeginAsync(protocol, isLoaded: true, firstTokenSeconds: 90);
        var told = await talk.FailedAsync();
        Assert.Contains("said nothing for 90 s", told.Message, StringComparison.Ordinal);
        Assert.True(talk.Waited >= TimeSpan.FromSeconds(90), $"It was given up after {talk.Waited}.");
        Assert.Contains("Ollama:FirstTokenSeconds", told.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task A_question_ends_after_its_time_whatever_comes(string protocol)
    {
        await using var talk = await Waiting.BeginAsync(protocol, isLoaded: true, ask: false);
        var tools = new TurnTools([], new ProposeTool(Substitute.For<IProposals>(), []), []);
        var house = Substitute.For<IHouseZone>();
        house.Zone.Returns(TimeZoneInfo.Utc);
        var tenants = Substitute.For<ITenants>();
        tenants.VisibleAsync(Arg.Any<Caller>(), Arg.Any<CancellationToken>()).Returns([]);
        var answering = new Answering(
            talk.Model,
            new ModelStandings(null!, Options.Create(new AssistantOptions()), Substitute.For<IHostEnvironment>()),
            tools,
            new PlainAnswers(tenants, tools, Substitute.For<IProposals>(), [], house, talk.Clock),
            null,
            talk.Clock,
            NullLogger<Answering>.Instance
        );
        using var turn = new Turn(
            new Caller("1", "Operator", Role.Operator, true, TenantSet.All, ApiScopes.All),
            "c",
            new AssistantOptions { MaximumSeconds = 100 }
        )
        {
            Standing = ModelStanding.Any,
        };
        var answered = answering.RunAsync(turn, [new("system", "Rules"), new("user", "How is it?")], Cancel);
        await talk.SayAsync(Wording.Of(protocol).Said(new string('a', 300)));
        await turn.Events.WaitToReadAsync(Cancel).AsTask().WaitAsync(Patience.Usual, Cancel);
        talk.Clock.Advance(TimeSpan.FromSeconds(101));
        await answered.WaitAsync(Patience.Usual, Cancel);
        turn.End();
        var events = await turn.Events.ReadAllAsync(Cancel).ToListAsync(Cancel);
        var told = Assert.IsType<ErrorEvent>(events[^1]);
        Assert.StartsWith(
            "The answer was cut off. The question took longer than 100 s.",
            told.Message,
            StringComparison.Ordinal
        );
        Assert.Contains("Assistant:MaximumSeconds", told.Remedy, StringComparison.Ordinal);
    }

    /// <summary>One question to a server that answers when the test says so.</summary>
    private sealed class Waiting : IAsyncDisposable
    {
        private readonly Pipe body = new();
        private readonly Channel<ModelPiece> pieces = Channel.CreateUnbounded<ModelPiece>();
        private readonly CancellationTokenSource stop = new();
        private DateTimeOffset began;
        private Task asking = Task.CompletedTask;

        public FakeTimeProvider Clock { get; } = new();

        public ChatModel Model { get; private set; } = null!;

        /// <summary>How long it is by the clock since the model was asked.</summary>
        public TimeSpan Waited => Clock.GetUtcNow() - began;

        public static async Task<Waiting> BeginAsync(
            string protocol,
            bool isLoaded,
            bool ask = true,
            int? firstTokenSeconds = null
        )
        {
            var waiting = new Waiting();
            var clients = Substitute.For<IHttpClientFactory>();
            clients.CreateClient(Arg.Any<string>()).Returns(_ => new HttpClient(new Server(waiting.body, isLoaded)));
            var model = new ChatModel(
                clients,
                Options.Create(
                    new OllamaOptions
                    {
                        Url = protocol == "openai" ? "http://model/v1" : "http://model",
                        Model = "m",
                        Protocol = protocol,
                        FirstTokenSeconds = firstTokenSeconds,
                    }
                ),
                new Upstreams(waiting.Clock),
                waiting.Clock
            );
            waiting.Model = model;
            await model.RoomAsync(Cancel);
            waiting.began = waiting.Clock.GetUtcNow();
            waiting.asking = ask ? waiting.AskAsync(model) : Task.CompletedTask;
            return waiting;
        }

        public async Task SayAsync(string lines) => await body.Writer.WriteAsync(Encoding.UTF8.GetBytes(lines), Cancel);

        /// <summary>
        /// The next piece of that kind; those who wait say so again and again. Time passes in small steps meanwhile, since nobody
        /// outside can see when the wait for it has begun.
        /// </summary>
        public Task<T> NextAsync<T>()
            where T : ModelPiece =>
            NextAsync<T>((there, patience) => PassAsync(there, TimeSpan.FromSeconds(1), patience));

        /// <summary>The next piece of that kind, which the model has said by now; what that takes on its way is no time of the model's.</summary>
        public Task<T> ToldAsync<T>()
            where T : ModelPiece => NextAsync<T>((_, _) => Task.CompletedTask);

        private async Task<T> NextAsync<T>(Func<Task, CancellationToken, Task> pass)
            where T : ModelPiece
        {
            using var patience = Patient();
            while (true)
            {
                var there = pieces.Reader.WaitToReadAsync(patience.Token).AsTask();
                await pass(there, patience.Token);
                // Throws what ended the asking.
                Assert.True(await there, "The answer is over.");
                while (pieces.Reader.TryRead(out var piece))
                {
                    if (piece is T wanted)
                    {
                        return wanted;
                    }
                }
            }
        }

        /// <summary>How it ends when nothing is said any more, however long that takes by the clock.</summary>
        public async Task<UpstreamException> FailedAsync()
        {
            using var patience = Patient();
            await PassAsync(asking, TimeSpan.FromSeconds(5), patience.Token);
            return await Assert.ThrowsAsync<UpstreamException>(() => asking);
        }

        private async Task PassAsync(Task until, TimeSpan step, CancellationToken patience)
        {
            while (await Task.WhenAny(until, Task.Delay(10, patience)) != until)
            {
                patience.ThrowIfCancellationRequested();
                Clock.Advance(step);
            }
        }

        private static CancellationTokenSource Patient()
        {
            var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            patience.CancelAfter(Patience.Usual);
            return patience;
        }

        private async Task AskAsync(ChatModel model)
        {
            var request = new ModelRequest([new ModelMessage("user", "How is it?")], [], 4096, 100);
            try
            {
                await foreach (var piece in model.AskAsync(request, stop.Token))
                {
                    pieces.Writer.TryWrite(piece);
                }
                pieces.Writer.Complete();
            }
            catch (Exception exception)
            {
                pieces.Writer.Complete(exception);
                throw;
            }
        }

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await Record.ExceptionAsync(() => asking);
            stop.Dispose();
        }
    }

    private sealed class Server(Pipe body, bool isLoaded) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        ) =>
            Task.FromResult(
                request.RequestUri!.AbsolutePath switch
                {
                    "/api/chat" or "/v1/chat/completions" => new HttpResponseMessage(HttpStatusCode.OK)
                    {
                        Content = new StreamContent(body.Reader.AsStream()),
                    },
                    "/v1/models" => Json("""{"data":[{"id":"m","owned_by":"library"}]}"""),
                    "/api/show" => Json("""{"capabilities":["tools"]}"""),
                    "/api/ps" => Json(isLoaded ? """{"models":[{"name":"m"}]}""" : """{"models":[]}"""),
                    _ => new HttpResponseMessage(HttpStatusCode.NotFound) { Content = new StringContent("404") },
                }
            );

        private static HttpResponseMessage Json(string json) =>
            new(HttpStatusCode.OK) { Content = new StringContent(json) };
    }
}
