using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Assistant.Model;

/// <summary>The chat model behind the assistant: a local one, by Ollama's protocol or by OpenAI's.</summary>
internal sealed class ChatModel
{
    public const string Upstream = "Ollama";

    /// <summary>Name of the <see cref="HttpClient"/>.</summary>
    public const string Client = "chat-model";

    /// <summary>Context that is asked for when nobody says how much; a prompt with a few results takes a third of it.</summary>
    private const int UsualContext = 16_384;

    /// <summary>A context that others have set is kept rather than have the model loaded again, when a question fits in it.</summary>
    private const int EnoughContext = 8_192;

    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan LookPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FactsLast = TimeSpan.FromSeconds(60);

    private readonly IHttpClientFactory clients;
    private readonly OllamaOptions options;
    private readonly Upstreams upstreams;
    private readonly TimeProvider time;
    private readonly IModelProtocol protocol;
    private readonly ModelFaults faults;
    private readonly PromptSize size = new();
    private readonly bool isMain;
    private Known? known;
    private int answering;

    /// <param name="isMain">Its server is the one of section <c>Ollama</c>, whose state the pages show.</param>
    public ChatModel(
        IHttpClientFactory clients,
        IOptions<OllamaOptions> options,
        Upstreams upstreams,
        TimeProvider time,
        bool isMain = true
    )
    {
        this.isMain = isMain;
        (this.clients, this.options, this.upstreams, this.time) = (clients, options.Value, upstreams, time);
        protocol =
            options.Value.Protocol == "openai"
                ? new OpenAiProtocol(options.Value.Model)
                : new OllamaProtocol(options.Value.Model);
        faults = new ModelFaults(options.Value);
    }

    public bool IsConfigured => !string.IsNullOrWhiteSpace(options.Url);

    public string ModelName => options.Model;

    public string Protocol => options.Protocol;

    /// <summary>Where its server is, without a name or password; null when not configured.</summary>
    public string? Address =>
        Uri.TryCreate(options.Url, UriKind.Absolute, out var url)
            ? url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped).TrimEnd('/')
            : null;

    /// <summary>
    /// Whether it writes its thoughts before the answer without saying where they begin, by its last answer; null before the first.
    /// One that was taken for a model that does not is corrected on the page: what was shown gives way to the answer.
    /// </summary>
    public bool? ThinksAloud { get; set; }

    /// <summary>Tokens that so many characters take, by what the server has counted so far.</summary>
    public int Tokens(int characters) => size.Tokens(characters);

    /// <summary>Characters that fit into so many tokens.</summary>
    public int Characters(int tokens) => size.Characters(tokens);

    /// <summary>How much the model reads and writes at most, in tokens.</summary>
    /// <exception cref="UpstreamException">The model can't serve: it is not there, or can't call tools.</exception>
    public async Task<(int Context, int Answer)> RoomAsync(CancellationToken cancellation)
    {
        if (!IsConfigured)
        {
            throw ModelFaults.NotConfigured;
        }
        var facts = await FactsAsync(cancellation);
        if (facts.CallsTools == false)
        {
            throw Told(faults.WithoutTools(null));
        }
        return RoomOf(facts);
    }

    private (int Context, int Answer) RoomOf(ModelFacts facts)
    {
        var context =
            options.ContextTokens
            ?? (facts.UsedContext >= EnoughContext || options.Protocol == "openai" ? facts.UsedContext : null)
            ?? UsualContext;
        context = Math.Min(context, facts.LongestContext ?? int.MaxValue);
        return (context, Math.Min(options.AnswerTokens, context / 4));
    }

    /// <summary>What the server says of the model and of itself now, asked for people: what it can, how much of it is used, which it is.</summary>
    /// <exception cref="UpstreamException">It can't be asked, or does not have the model.</exception>
    public async Task<(ModelFacts Facts, ModelIdentity Identity, int Context, int Answer)> ToldAsync(
        CancellationToken cancellation
    )
    {
        if (!IsConfigured)
        {
            throw ModelFaults.NotConfigured;
        }
        using var patience = new CancellationTokenSource(LookPatience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        var (facts, identity) = await GuardedAsync(
            async () =>
            {
                var described = await DescribeAsync(both.Token);
                using var http = Open();
                return (described, await protocol.IdentifyAsync(http, both.Token));
            },
            () => faults.Silent(LookPatience, false, null),
            cancellation
        );
        var (context, answer) = RoomOf(facts);
        return (facts, identity, context, answer);
    }

    /// <summary>Which model the server has under the name at this moment; null when it can't be asked, or does not say just now.</summary>
    public async Task<ModelIdentity?> IdentifyAsync(CancellationToken cancellation)
    {
        if (!IsConfigured)
        {
            return null;
        }
        using var patience = new CancellationTokenSource(LookPatience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            using var http = Open();
            var identity = await protocol.IdentifyAsync(http, both.Token);
            return identity.IsUnknown ? null : identity;
        }
        catch (Exception exception)
            when (!cancellation.IsCancellationRequested
                && (exception is OperationCanceledException || faults.Of(exception) is not null)
            )
        {
            return null;
        }
    }

    /// <summary>To be thrown where nothing can be done without knowing which model it is.</summary>
    public UpstreamException NotIdentified =>
        new(
            Upstream,
            UpstreamFault.Garbled,
            $"The model's server did not say which model it has under the name \"{ModelName}\".",
            remedy: "Try again when it answers."
        );

    /// <summary>Asks, and hands on what comes. Enumerating it no further closes the connection, which stops the model.</summary>
    /// <exception cref="UpstreamException">It could not answer, or not to the end; the message holds its own words.</exception>
    public async IAsyncEnumerable<ModelPiece> AskAsync(
        ModelRequest request,
        [EnumeratorCancellation] CancellationToken asked
    )
    {
        if (!IsConfigured)
        {
            throw ModelFaults.NotConfigured;
        }
        using var http = Open();
        using var silence = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(asked, silence.Token);
        await using var lines = new AnswerLines(http, protocol.Ask(request));
        var answer = protocol.Answer();
        var others = Interlocked.Increment(ref answering) - 1;
        try
        {
            var loads = known?.Facts.IsLoaded == false;
            var patience = loads ? options.Load : options.FirstToken;
            var (begun, why) = (false, (string?)null);
            while (true)
            {
                silence.CancelAfter(patience);
                var next = lines.NextAsync(both.Token);
                while (!begun && !await IsThereAsync(next, asked))
                {
                    why ??= others > 0 ? "It is busy with another question." : await WhySilentAsync(asked);
                    yield return new WaitPiece(why);
                }
                var (pieces, isOver) = await GuardedAsync(
                    async () =>
                        await next is { } line ? (answer.Read(line).ToList(), false) : (answer.Close().ToList(), true),
                    () => faults.Silent(patience, begun, why),
                    asked
                );
                foreach (var piece in pieces)
                {
                    yield return piece;
                    if (piece is EndPiece end)
                    {
                        Check(request, end);
                        yield break;
                    }
                }
                if (isOver)
                {
                    throw Told(ModelFaults.EndedEarly);
                }
                begun |= pieces.Count > 0;
                patience = begun ? options.BetweenTokens : patience;
            }
        }
        finally
        {
            Interlocked.Decrement(ref answering);
            // Ends a read that is still waiting before what it reads from goes.
            await both.CancelAsync();
        }
    }

    /// <summary>Looks at the server and at the model that is chosen; costs no tokens.</summary>
    /// <exception cref="UpstreamException">It can't serve.</exception>
    internal async Task LookAsync(CancellationToken cancellation)
    {
        if (!IsConfigured)
        {
            throw ModelFaults.NotConfigured;
        }
        var facts = await GuardedAsync(
            () => DescribeAsync(cancellation),
            () => faults.Silent(LookPatience, false, null),
            cancellation
        );
        if (facts.CallsTools == false)
        {
            throw Told(faults.WithoutTools(null));
        }
        Good();
    }

    private async Task<ModelFacts> DescribeAsync(CancellationToken cancellation)
    {
        using var http = Open();
        var facts = await protocol.DescribeAsync(http, cancellation);
        known = new Known(facts, time.GetUtcNow());
        return facts;
    }

    /// <summary>What is known of the model; a server that does not say is asked all the same.</summary>
    private async Task<ModelFacts> FactsAsync(CancellationToken cancellation)
    {
        if (known is { } recent && time.GetUtcNow() - recent.At < FactsLast)
        {
            return recent.Facts;
        }
        using var patience = new CancellationTokenSource(LookPatience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            return await DescribeAsync(both.Token);
        }
        catch (Exception exception)
            when (!cancellation.IsCancellationRequested
                && (exception is OperationCanceledException || faults.Of(exception) is not null)
            )
        {
            return known?.Facts ?? new ModelFacts();
        }
    }

    private async Task<string> WhySilentAsync(CancellationToken cancellation)
    {
        known = null;
        var facts = await FactsAsync(cancellation);
        return facts.IsLoaded switch
        {
            false => "The model is being loaded.",
            true => "The model reads the question, or is busy with another one.",
            null => "The model has not begun to answer: it may be loading, or busy with another question.",
        };
    }

    private async Task<bool> IsThereAsync(Task next, CancellationToken cancellation)
    {
        if (next.IsCompleted)
        {
            return true;
        }
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var first = await Task.WhenAny(next, Task.Delay(Quiet, time, stop.Token));
        await stop.CancelAsync();
        return first == next || cancellation.IsCancellationRequested;
    }

    private async Task<T> GuardedAsync<T>(Func<Task<T>> read, Func<UpstreamException> silent, CancellationToken asked)
    {
        try
        {
            return await read();
        }
        catch (OperationCanceledException exception) when (!asked.IsCancellationRequested)
        {
            throw Told(silent(), exception);
        }
        catch (Exception exception) when (faults.Of(exception) is { } told)
        {
            throw Told(told);
        }
    }

    private void Check(ModelRequest request, EndPiece end)
    {
        if (end.Reason is "load" or "unload")
        {
            throw Told(ModelFaults.NoAnswer(end.Reason));
        }
        Good();
        if (known?.Facts.IsLoaded == false)
        {
            // It is loaded now, with a context that only now can be asked for.
            known = null;
        }
        if (end.PromptTokens is { } read && size.IsCut(request, read))
        {
            throw Told(
                faults.TooLong(
                    $"its server read {read} tokens of about {Tokens(request.Length)} that were sent, so rules and tools were missing."
                )
            );
        }
    }

    private void Good()
    {
        if (isMain)
        {
            upstreams.Good(Upstream);
        }
    }

    private UpstreamException Told(UpstreamException exception, Exception? inner = null)
    {
        if (isMain)
        {
            upstreams.Bad(exception);
        }
        return inner is null
            ? exception
            : new UpstreamException(
                exception.Upstream,
                exception.Fault,
                exception.Message,
                exception.Status,
                exception.Remedy,
                inner
            );
    }

    private HttpClient Open()
    {
        var http = clients.CreateClient(Client);
        http.BaseAddress = new Uri(options.Url!.TrimEnd('/') + "/");
        if (options.TokenFile is { Length: > 0 } file)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ReadToken(file));
        }
        return http;
    }

    private sealed record Known(ModelFacts Facts, DateTimeOffset At);

    private static string ReadToken(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UpstreamException(
                Upstream,
                UpstreamFault.NotConfigured,
                "The file with the model's token can't be read.",
                remedy: "Check Ollama:TokenFile.",
                inner: exception
            );
        }
    }
}
