using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Assistant;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Features.Assistant.Turns;
using Sevensa.Dashboard.Features.Identity.Contracts;
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
        for (var waited = 0; waited < 32; waited += 8)
        {
            talk.Clock.Advance(TimeSpan.FromSeconds(8));
            Assert.Contains("busy with another", (await talk.NextAsync<WaitPiece>()).Why, StringComparison.Ordinal);
        }
        var say = Wording.Of(protocol);
        await talk.SayAsync(say.Said("Fine.") + say.Done());
        Assert.Equal("Fine.", (await talk.NextAsync<SpokenPiece>()).Text);
        Assert.Equal("stop", (await talk.NextAsync<EndPiece>()).Reason);
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task The_first_word_has_more_time_than_the_next(string protocol)
    {
        await using var talk = await Waiting.BeginAsync(protocol, isLoaded: true);
        talk.Clock.Advance(TimeSpan.FromSeconds(350));
        await talk.NextAsync<WaitPiece>();
        await talk.SayAsync(Wording.Of(protocol).Said("Fi"));
        await talk.NextAsync<SpokenPiece>();
        talk.Clock.Advance(TimeSpan.FromSeconds(121));
        var told = await talk.FailedAsync();
        Assert.Equal(UpstreamFault.TimedOut, told.Fault);
        Assert.Contains("said nothing more for 120 s", told.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task A_load_has_patience_of_its_own(string protocol)
    {
        await using var talk = await Waiting.BeginAsync(protocol, isLoaded: false);
        talk.Clock.Advance(TimeSpan.FromSeconds(590));
        Assert.Equal("The model is being loaded.", (await talk.NextAsync<WaitPiece>()).Why);
        await talk.SayAsync(Wording.Of(protocol).Said("Fine."));
        await talk.NextAsync<SpokenPiece>();
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task What_is_loaded_and_never_begins_is_given_up(string protocol)
    {
        await using var talk = await Waiting.BeginAsync(protocol, isLoaded: true);
        talk.Clock.Advance(TimeSpan.FromSeconds(361));
        var told = await talk.FailedAsync();
        Assert.Contains("said nothing for 360 s", told.Message, StringComparison.Ordinal);
        Assert.Contains("Ollama:FirstTokenSeconds", told.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task A_question_ends_after_its_time_whatever_comes(string protocol)
    {
        await using var talk = await Waiting.BeginAsync(protocol, isLoaded: true, ask: false);
        var tools = new TurnTools([], new ProposeTool(Substitute.For<IProposals>(), []), []);
        var answering = new Answering(talk.Model, tools, talk.Clock, NullLogger<Answering>.Instance);
        using var turn = new Turn(
            new Caller("1", "Operator", Role.Operator, true, TenantSet.All, ApiScopes.All),
            "c",
            new AssistantOptions { MaximumSeconds = 100 }
        );
        var answered = answering.RunAsync(turn, [new("system", "Rules"), new("user", "How is it?")], Cancel);
        await talk.SayAsync(Wording.Of(protocol).Said(new string('a', 300)));
        await turn.Events.WaitToReadAsync(Cancel);
        talk.Clock.Advance(TimeSpan.FromSeconds(101));
        await answered;
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
        private Task asking = Task.CompletedTask;

        public FakeTimeProvider Clock { get; } = new();

        public ChatModel Model { get; private set; } = null!;

        public static async Task<Waiting> BeginAsync(string protocol, bool isLoaded, bool ask = true)
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
                    }
                ),
                new Upstreams(waiting.Clock),
                waiting.Clock
            );
            waiting.Model = model;
            await model.RoomAsync(Cancel);
            waiting.asking = ask ? waiting.AskAsync(model) : Task.CompletedTask;
            return waiting;
        }

        public async Task SayAsync(string lines) => await body.Writer.WriteAsync(Encoding.UTF8.GetBytes(lines), Cancel);

        /// <summary>The next piece of that kind; those who wait say so again and again.</summary>
        public async Task<T> NextAsync<T>()
            where T : ModelPiece
        {
            while (true)
            {
                if (await pieces.Reader.ReadAsync(Cancel) is T wanted)
                {
                    return wanted;
                }
            }
        }

        public async Task<UpstreamException> FailedAsync() => await Assert.ThrowsAsync<UpstreamException>(() => asking);

        private async Task AskAsync(ChatModel model)
        {
            var request = new ModelRequest([new ModelMessage("user", "How is it?")], [], 4096, 100);
            await foreach (var piece in model.AskAsync(request, stop.Token))
            {
                pieces.Writer.TryWrite(piece);
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
