using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using NSubstitute;
using Sevensa.Dashboard.Features.Assistant;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>Every chat that was recorded from Ollama and llama.cpp's server, through the client.</summary>
public class RecordedModelsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, string> Outcomes =>
        [.. Rows("ollama", RecordedOutcomes.Ollama).Concat(Rows("openai", RecordedOutcomes.OpenAi))];

    [Theory]
    [MemberData(nameof(Outcomes))]
    public async Task Every_recorded_exchange_has_its_outcome_or_the_servers_words(
        string server,
        string name,
        string outcome
    )
    {
        var exchange = Recorded.Of(server).Single(one => one.Name == name);
        Assert.StartsWith(outcome, await OutcomeAsync(exchange), StringComparison.Ordinal);
    }

    [Fact]
    public void No_recorded_exchange_is_left_out()
    {
        foreach (var server in (string[])["ollama", "openai"])
        {
            Assert.Equal(
                Recorded.Of(server).Select(one => one.Name),
                Outcomes.Where(row => row.Data.Item1 == server).Select(row => row.Data.Item2)
            );
        }
    }

    private static IEnumerable<TheoryDataRow<string, string, string>> Rows(string server, string table) =>
        table
            .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(" | ", 2))
            .Select(cells => new TheoryDataRow<string, string, string>(server, cells[0], cells[1]));

    private static async Task<string> OutcomeAsync(Recorded.Exchange exchange)
    {
        var isAnswer =
            exchange.Body.Contains("\"lines\"", StringComparison.Ordinal)
            || (exchange.Method == "POST" && exchange.Path.Contains("/chat", StringComparison.Ordinal));
        if (isAnswer)
        {
            var (end, error) = await ReadAsync(exchange);
            return error is null ? $"{end!.Reason} {end.PromptTokens}".TrimEnd() : Told(error);
        }
        using var http = new HttpClient(
            new Answering(_ => new HttpResponseMessage((HttpStatusCode)exchange.Status)
            {
                Content = new StringContent(exchange.Body),
            })
        );
        try
        {
            await ModelJson.GetAsync(http, "http://model" + exchange.Path, Cancel);
            return "read";
        }
        catch (Exception exception)
        {
            return Told(new ModelFaults(new OllamaOptions { Model = "tiny" }).Of(exception)!);
        }
    }

    /// <summary>The state and what follows the words that are ours.</summary>
    private static string Told(UpstreamException told)
    {
        var colon = told.Message.IndexOf(": ", StringComparison.Ordinal);
        return $"{told.Fault}: {(colon < 0 ? told.Message : told.Message[(colon + 2)..])}";
    }

    [Fact]
    public async Task What_servers_say_of_their_models_is_read()
    {
        var ollama = Recorded.Of("ollama").ToDictionary(one => one.Name);
        var facts = await DescribeAsync(
            "ollama",
            "tiny",
            ("POST /api/show", ollama["show tiny"]),
            ("GET /api/ps", ollama["ps, one"])
        );
        Assert.Equal(new ModelFacts(32_768, 4096, true, true) { Thinks = false }, facts);
        facts = await DescribeAsync(
            "ollama",
            "plain",
            ("POST /api/show", ollama["show plain"]),
            ("GET /api/ps", ollama["ps, one"])
        );
        Assert.Equal(new ModelFacts(32_768, null, false, false) { Thinks = false }, facts);

        var openai = Recorded.Of("openai").ToDictionary(one => one.Name);
        facts = await DescribeAsync(
            "openai",
            "qwen2.5-coder:0.5b",
            ("GET /v1/models", openai["models"]),
            ("GET /props", openai["props"])
        );
        Assert.Equal(new ModelFacts(4096, 4096, true, true), facts);
        facts = await DescribeAsync("openai", "tiny", ("GET /v1/models", ollama["openai path: models"]));
        Assert.Equal(new ModelFacts(), facts);
        await Assert.ThrowsAsync<ModelRefusal>(() =>
            DescribeAsync("openai", "llama3.1:8b", ("GET /v1/models", ollama["openai path: models"]))
        );
        await Assert.ThrowsAsync<ModelRefusal>(() =>
            DescribeAsync("openai", "m", ("GET /v1/models", openai["models while loading"]))
        );
        await Assert.ThrowsAsync<ModelRefusal>(() =>
            DescribeAsync("ollama", "no-such-model:1b", ("POST /api/show", ollama["show of an unknown model"]))
        );
    }

    /// <summary>A list may leave out that a model calls tools; what the server shows of it says so.</summary>
    [Theory]
    [InlineData("ollama", "tiny", "show tiny", null)]
    [InlineData("ollama", "qwen2.5-coder:0.5b", "show qwen2.5-coder:0.5b", null)]
    [InlineData("ollama", "plain", "show plain", "The model \"plain\" can't call tools.")]
    [InlineData(
        "ollama",
        "no-such-model:1b",
        "show of an unknown model",
        "The model \"no-such-model:1b\" is not there: model 'no-such-model:1b' not found."
    )]
    [InlineData("openai", "tiny", "show tiny", null)]
    [InlineData("openai", "plain", "show plain", "The model \"plain\" can't call tools.")]
    [InlineData(
        "openai",
        "no-such-model:1b",
        "show of an unknown model",
        "The model \"no-such-model:1b\" is not there: "
    )]
    public async Task The_probe_asks_whether_the_model_is_there_and_calls_tools(
        string protocol,
        string name,
        string shown,
        string? told
    )
    {
        var ollama = Recorded.Of("ollama").ToDictionary(one => one.Name);
        var upstreams = new Upstreams(TimeProvider.System);
        var model = Model(
            protocol,
            name,
            request =>
                (
                    request.RequestUri!.AbsolutePath switch
                    {
                        "/api/show" => ollama[shown],
                        "/api/ps" => ollama["ps, none"],
                        "/v1/models" => ollama["openai path: models"],
                        _ => ollama["unknown path"],
                    }
                )
                    is var answer
                    ? new HttpResponseMessage((HttpStatusCode)answer.Status)
                    {
                        Content = new StringContent(answer.Body),
                    }
                    : throw new InvalidOperationException(),
            upstreams
        );
        var failed = await Record.ExceptionAsync(() => model.LookAsync(Cancel));
        Assert.StartsWith(told ?? "", failed?.Message ?? "", StringComparison.Ordinal);
        Assert.Equal(told is null, failed is null);
        Assert.Equal(
            told is null ? UpstreamState.Connected : UpstreamState.Degraded,
            upstreams.Find(ChatModel.Upstream)!.State
        );
    }

    private static async Task<(EndPiece? End, UpstreamException? Error)> ReadAsync(Recorded.Exchange exchange)
    {
        var protocol = exchange.Path.StartsWith("/api/", StringComparison.Ordinal) ? "ollama" : "openai";
        var model = Model(
            protocol,
            "tiny",
            _ => new HttpResponseMessage((HttpStatusCode)exchange.Status)
            {
                Content = new StringContent(RecordedChats.Raw(exchange.Body), Encoding.UTF8),
            }
        );
        EndPiece? end = null;
        try
        {
            var request = RecordedChats.Request(exchange.RequestBody);
            await foreach (var piece in model.AskAsync(request, Cancel))
            {
                end = piece as EndPiece ?? end;
            }
            return (end, null);
        }
        catch (UpstreamException failed)
        {
            return (null, failed);
        }
    }

    private static async Task<ModelFacts> DescribeAsync(
        string protocol,
        string model,
        params (string Request, Recorded.Exchange Answer)[] answers
    )
    {
        IModelProtocol own = protocol == "openai" ? new OpenAiProtocol(model) : new OllamaProtocol(model);
        using var http = new HttpClient(
            new Answering(request =>
                answers.FirstOrDefault(one => one.Request == $"{request.Method} {request.RequestUri!.AbsolutePath}")
                    is { Answer: { } found }
                    ? new HttpResponseMessage((HttpStatusCode)found.Status) { Content = new StringContent(found.Body) }
                    : new HttpResponseMessage(HttpStatusCode.NotFound)
                    {
                        Content = new StringContent("404 page not found"),
                    }
            )
        );
        http.BaseAddress = new Uri("http://model" + (protocol == "openai" ? "/v1/" : "/"));
        return await own.DescribeAsync(http, Cancel);
    }

    [Fact]
    public async Task Which_model_and_which_server_it_is_is_read()
    {
        var ollama = Recorded.Of("ollama").ToDictionary(one => one.Name);
        var own = await IdentifyAsync(
            new OllamaProtocol("tiny"),
            "/",
            ("GET /api/tags", ollama["tags"]),
            ("GET /api/version", ollama["version"])
        );
        Assert.Matches("^[0-9a-f]{64}$", own.Digest);
        Assert.Equal("ollama", own.Server);
        Assert.NotEmpty(own.ServerVersion!);
        Assert.Equal(
            own,
            await IdentifyAsync(
                new OpenAiProtocol("tiny"),
                "/v1/",
                ("GET /v1/models", ollama["openai path: models"]),
                ("GET /api/tags", ollama["tags"]),
                ("GET /api/version", ollama["version"])
            )
        );
        Assert.Null((await IdentifyAsync(new OllamaProtocol("nobody"), "/", ("GET /api/tags", ollama["tags"]))).Digest);

        // llama.cpp's server tells no digest: what it says of the model is the mark.
        var openai = Recorded.Of("openai").ToDictionary(one => one.Name);
        var llama = await IdentifyAsync(
            new OpenAiProtocol("qwen2.5-coder:0.5b"),
            "/v1/",
            ("GET /v1/models", openai["models"]),
            ("GET /props", openai["props"])
        );
        Assert.StartsWith("seen:", llama.Digest, StringComparison.Ordinal);
        Assert.Equal("llama.cpp", llama.Server);
    }

    private static async Task<ModelIdentity> IdentifyAsync(
        IModelProtocol protocol,
        string root,
        params (string Request, Recorded.Exchange Answer)[] answers
    )
    {
        using var http = new HttpClient(
            new Answering(request =>
                answers.FirstOrDefault(one => one.Request == $"{request.Method} {request.RequestUri!.AbsolutePath}")
                    is { Answer: { } found }
                    ? new HttpResponseMessage((HttpStatusCode)found.Status) { Content = new StringContent(found.Body) }
                    : new HttpResponseMessage(HttpStatusCode.NotFound) { Content = new StringContent("404") }
            )
        );
        http.BaseAddress = new Uri("http://model" + root);
        return await protocol.IdentifyAsync(http, Cancel);
    }

    private static ChatModel Model(
        string protocol,
        string name,
        Func<HttpRequestMessage, HttpResponseMessage> answer,
        Upstreams? upstreams = null
    )
    {
        var clients = Substitute.For<IHttpClientFactory>();
        clients.CreateClient(Arg.Any<string>()).Returns(_ => new HttpClient(new Answering(answer)));
        return new ChatModel(
            clients,
            Options.Create(
                new OllamaOptions
                {
                    Url = protocol == "openai" ? "http://model/v1" : "http://model",
                    Model = name,
                    Protocol = protocol,
                }
            ),
            upstreams ?? new Upstreams(TimeProvider.System),
            TimeProvider.System
        );
    }

    private sealed class Answering(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        ) => Task.FromResult(answer(request));
    }
}
