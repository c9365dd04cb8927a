using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Security;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Platform.Storage.Presence;

namespace Sevensa.Dashboard.Platform.Wire;

/// <summary>
/// What dashboards on one store say to each other, over Redis: to all, to one, and questions with answers. Nothing is kept: what
/// was lost on the way is noticed by whoever needs it and asked for again. Without Redis nobody is heard, and nothing is said.
/// </summary>
internal sealed class DashboardWire : BackgroundService
{
    /// <summary>How often each says that it is there.</summary>
    internal static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    /// <summary>Who said nothing for so long is not heard any more.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(7);

    private const string Beat = "beat";
    private const string Leave = "leave";
    private const int LargestMessage = 32 * 1024 * 1024;
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan TellOfRefused = TimeSpan.FromMinutes(1);

    private readonly RedisOptions options;
    private readonly Replicas replicas;
    private readonly IProductKeys keys;
    private readonly StartWork start;
    private readonly TimeProvider time;
    private readonly ILogger<DashboardWire> log;
    private readonly Lock gate = new();
    private readonly Dictionary<string, ulong> orders = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(Guid, string), ulong> last = new();
    private readonly ConcurrentDictionary<Guid, long> heard = new();
    private readonly ConcurrentDictionary<Guid, (Guid Of, TaskCompletionSource<ReadOnlyMemory<byte>> Answer)> asked =
        new();
    private readonly ConcurrentDictionary<string, Action<string, ReadOnlyMemory<byte>>> hearers = new();
    private readonly ConcurrentDictionary<
        string,
        Func<string, ReadOnlyMemory<byte>, CancellationToken, Task<byte[]>>
    > answerers = new();
    private volatile WireStatus status;
    private RedisLine? line;
    private WireSeal? seal;
    private long refused;
    private long? toldOfRefused;

    public DashboardWire(
        IOptions<RedisOptions> options,
        Replicas replicas,
        IProductKeys keys,
        StartWork start,
        TimeProvider time,
        ILogger<DashboardWire> log
    )
    {
        (this.options, this.replicas, this.keys, this.start, this.time, this.log) = (
            options.Value,
            replicas,
            keys,
            start,
            time,
            log
        );
        status = IsSet
            ? new WireStatus(WireState.Beginning, time.GetUtcNow(), null)
            : new WireStatus(WireState.None, time.GetUtcNow(), null);
        replicas.HearEachOther = IsSet;
    }

    /// <summary>The state is another, or somebody is heard or not heard any more. Told from any thread.</summary>
    public event Action? Changed;

    /// <summary>Something that this one said was lost on its way here. Told in the turn of its messages.</summary>
    public event Action<string>? Missed;

    public bool IsSet => options.IsSet;
    public WireStatus Status => status;

    /// <summary>How many messages were not of a dashboard of this store.</summary>
    public long Refused => Interlocked.Read(ref refused);

    private Guid Own => Guid.ParseExact(replicas.OwnId, "n");
    private string ToAll => $"{options.Prefix}:all";

    /// <summary>Whether another was heard a moment ago, while this one is connected itself.</summary>
    public bool Hears(string replica) =>
        status.State == WireState.Connected && Guid.TryParseExact(replica, "n", out var id) && IsHeard(id);

    /// <summary>
    /// Redis passes on what this one says: whoever is not heard then is silent itself. While Redis is away all fall silent together,
    /// the others a beat sooner.
    /// </summary>
    public bool HearsItself => heard.TryGetValue(Own, out var at) && time.GetElapsedTime(at) <= Every * 2;

    /// <summary>Has what all are told of a topic given to this one, in the order of each sender. It must not wait.</summary>
    public void Hear(string topic, Action<string, ReadOnlyMemory<byte>> hearer) => hearers[topic] = hearer;

    public void Answer(string topic, Func<string, ReadOnlyMemory<byte>, CancellationToken, Task<byte[]>> answerer) =>
        answerers[topic] = answerer;

    /// <summary>Tells all others. What can't be said is dropped.</summary>
    public void Tell(string topic, ReadOnlySpan<byte> body) => Say(ToAll, topic, body.ToArray());

    /// <summary>Tells one. False when it certainly did not go out.</summary>
    public bool Tell(string replica, string topic, ReadOnlySpan<byte> body) => Say(To(replica), topic, body.ToArray());

    /// <exception cref="WireException">It is not heard, or did not answer: whether it did what was asked is not known.</exception>
    public async Task<ReadOnlyMemory<byte>> AskAsync(
        string replica,
        string topic,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellation
    )
    {
        var question = Guid.NewGuid();
        var answer = new TaskCompletionSource<ReadOnlyMemory<byte>>(TaskCreationOptions.RunContinuationsAsynchronously);
        asked[question] = (Guid.ParseExact(replica, "n"), answer);
        using var late = new CancellationTokenSource(AnswerWithin, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        try
        {
            if (await Publish(To(replica), WireKind.Ask, question, topic, body) == 0)
            {
                throw new WireException("The dashboard that was asked is not there any more.");
            }
            return await answer.Task.WaitAsync(either.Token);
        }
        catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            throw new WireException("The dashboard that was asked did not answer in time.", exception);
        }
        catch (Exception exception)
            when (exception is not (WireException or OperationCanceledException) && RedisLine.IsFault(exception))
        {
            throw new WireException($"Redis could not pass it on: {exception.Message}", exception);
        }
        finally
        {
            asked.TryRemove(question, out _);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        if (line is { IsConnected: true })
        {
            try
            {
                await Publish(ToAll, WireKind.Tell, Guid.Empty, Leave, ReadOnlyMemory<byte>.Empty);
            }
            catch (Exception exception)
            {
                // The client fails in many ways while a line is being closed; the others notice by the silence.
                log.LogDebug(exception, "That this dashboard ends could not be told");
            }
        }
        await base.StopAsync(cancellationToken);
        // A host is stopped by its own wait and by whoever started it: only one of the two closes the line.
        if (Interlocked.Exchange(ref line, null) is { } open)
        {
            await open.DisposeAsync();
        }
    }

    public override void Dispose()
    {
        seal?.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!IsSet || !await start.IsDoneAsync(stoppingToken))
        {
            return;
        }
        await LastingWork.RunAsync(
            "The wire to other dashboards",
            TurnAsync,
            rest => Task.Delay(Every, time, rest),
            log,
            time,
            stoppingToken
        );
    }

    private async Task TurnAsync(CancellationToken cancellation)
    {
        if (seal is null)
        {
            var key = (await keys.SigningKeyAsync(KeyPurposes.Wire, cancellation)).Key;
            var secret = key.ExportParameters(includePrivateParameters: true).D!;
            seal = new WireSeal(secret, Own);
            CryptographicOperations.ZeroMemory(secret);
        }
        try
        {
            if (line is { } former && former.IsOutdated(options))
            {
                line = null;
                await former.DisposeAsync();
            }
            if (line is null)
            {
                Warn();
                line = await RedisLine.OpenAsync(options, Take);
                await line.ListenAsync([ToAll, To(replicas.OwnId)]);
            }
            else if (status.State == WireState.Away && line.IsConnected && time.GetUtcNow() - status.Since > Patience)
            {
                // It is there and nothing comes: it may have forgotten who listens.
                await line.ListenAsync([ToAll, To(replicas.OwnId)]);
            }
        }
        catch (Exception exception) when (RedisLine.IsFault(exception))
        {
            Be(WireState.Away, exception.Message);
        }
        Tell(Beat, []);
        Look();
    }

    private void Warn()
    {
        if (options.Weakness is { } weakness)
        {
            log.LogWarning("{Weakness} What dashboards say to each other is sealed either way", weakness);
        }
    }

    private void Look()
    {
        if (!IsHeard(Own) && time.GetUtcNow() - status.Since > Patience)
        {
            Be(WireState.Away, line?.Fault ?? "Nothing that was said came back.");
        }
        foreach (var (peer, at) in heard)
        {
            if (
                time.GetElapsedTime(at) > Patience
                && status.State == WireState.Connected
                && heard.TryRemove(peer, out _)
            )
            {
                Changed?.Invoke();
            }
        }
    }

    private void Be(WireState state, string? words)
    {
        var before = status;
        if (before.State == state && (state != WireState.Away || before.Words == words))
        {
            return;
        }
        status = new WireStatus(state, before.State == state ? before.Since : time.GetUtcNow(), words);
        if (before.State == state)
        {
            return;
        }
        if (state == WireState.Away)
        {
            log.LogWarning(
                "The dashboards do not hear each other: Redis can't be reached. {Words} Each shows what it knew of hosts that are connected to another, as of then",
                words
            );
        }
        else
        {
            log.LogInformation("The dashboards hear each other over Redis");
        }
        Changed?.Invoke();
    }

    private bool IsHeard(Guid id) => heard.TryGetValue(id, out var at) && time.GetElapsedTime(at) <= Patience;

    private string To(string replica) => $"{options.Prefix}:to:{replica}";

    private bool Say(string channel, string topic, byte[] body)
    {
        if (line is not { IsConnected: true } || seal is null)
        {
            return false;
        }
        _ = Publish(channel, WireKind.Tell, Guid.Empty, topic, body)
            .ContinueWith(static said => _ = said.Exception, TaskScheduler.Default);
        return true;
    }

    private Task<long> Publish(string channel, WireKind kind, Guid question, string topic, ReadOnlyMemory<byte> body)
    {
        // Sealed and sent in one turn: numbers arrive in their order.
        lock (gate)
        {
            if (line is not { } open || seal is null)
            {
                return Task.FromException<long>(new WireException("This dashboard is not connected to Redis."));
            }
            var order = orders[channel] = orders.GetValueOrDefault(channel) + 1;
            var bytes = seal.Seal(channel, new WireMessage(kind, order, question, topic, body).ToBytes());
            if (bytes.Length > LargestMessage)
            {
                return Task.FromException<long>(new WireException($"It is larger than {LargestMessage} bytes."));
            }
            try
            {
                return open.SayAsync(channel, bytes);
            }
            catch (Exception exception) when (RedisLine.IsFault(exception))
            {
                return Task.FromException<long>(exception);
            }
        }
    }

    private void Take(string channel, byte[] bytes)
    {
        if (seal?.Open(channel, bytes) is not { } opened)
        {
            Refuse();
            return;
        }
        var (sender, message) = (opened.Sender, WireMessage.Read(opened.Message));
        var isNew = !heard.ContainsKey(sender);
        heard[sender] = time.GetTimestamp();
        if (sender == Own)
        {
            Be(WireState.Connected, null);
            return;
        }
        var name = sender.ToString("n");
        if (last.TryGetValue((sender, channel), out var before) && message.Order != before + 1)
        {
            Missed?.Invoke(name);
        }
        last[(sender, channel)] = message.Order;
        if (message.Topic == Leave)
        {
            heard.TryRemove(sender, out _);
            isNew = true;
        }
        if (isNew)
        {
            Changed?.Invoke();
        }
        switch (message.Kind)
        {
            case WireKind.Tell when hearers.TryGetValue(message.Topic, out var hearer):
                Try(() => hearer(name, message.Body), message.Topic);
                break;
            case WireKind.Ask:
                _ = Task.Run(() => AnswerAsync(name, message));
                break;
            case WireKind.Answer
            or WireKind.Fault when asked.TryGetValue(message.Question, out var pending) && pending.Of == sender:
                if (message.Kind == WireKind.Answer)
                {
                    pending.Answer.TrySetResult(message.Body);
                }
                else
                {
                    pending.Answer.TrySetException(
                        new WireException(System.Text.Encoding.UTF8.GetString(message.Body.Span))
                    );
                }
                break;
            default:
                break;
        }
    }

    private async Task AnswerAsync(string from, WireMessage message)
    {
        using var late = new CancellationTokenSource(AnswerWithin, time);
        try
        {
            var answer = answerers.TryGetValue(message.Topic, out var answerer)
                ? await answerer(from, message.Body, late.Token)
                : throw new WireException("That dashboard does not know the question: its version is another.");
            await Publish(To(from), WireKind.Answer, message.Question, message.Topic, answer);
        }
        catch (Exception exception) when (RedisLine.IsFault(exception))
        {
            log.LogInformation(exception, "A question of another dashboard ({Topic}) was not answered", message.Topic);
        }
        catch (Exception exception)
        {
            log.LogWarning(exception, "A question of another dashboard ({Topic}) could not be answered", message.Topic);
            var words = exception is WireException ? exception.Message : "That dashboard failed at it.";
            _ = Publish(
                    To(from),
                    WireKind.Fault,
                    message.Question,
                    message.Topic,
                    System.Text.Encoding.UTF8.GetBytes(words)
                )
                .ContinueWith(static said => _ = said.Exception, TaskScheduler.Default);
        }
    }

    private void Try(Action hear, string topic)
    {
        try
        {
            hear();
        }
        catch (Exception exception)
        {
            log.LogError(exception, "What another dashboard told ({Topic}) could not be taken", topic);
        }
    }

    private void Refuse()
    {
        Interlocked.Increment(ref refused);
        if (toldOfRefused is { } at && time.GetElapsedTime(at) < TellOfRefused)
        {
            return;
        }
        toldOfRefused = time.GetTimestamp();
        log.LogWarning(
            "A message on Redis is not from a dashboard of this store, or was said before; it was dropped ({Count} so far). See who else may write there",
            Refused
        );
    }
}
