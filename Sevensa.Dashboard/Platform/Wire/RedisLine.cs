using StackExchange.Redis;

namespace Sevensa.Dashboard.Platform.Wire;

/// <summary>The connection to Redis: messages to channels, and those of two channels. It comes back by itself.</summary>
internal sealed class RedisLine(ConnectionMultiplexer redis, string? password, Action<string, byte[]> take)
    : IAsyncDisposable
{
    public bool IsConnected => redis.IsConnected;

    /// <summary>It is not connected, and the password is another by now: the client would go on asking with the former.</summary>
    public bool IsOutdated(RedisOptions options) => !redis.IsConnected && options.Password() != password;

    /// <summary>Of the last that went wrong, in Redis' words.</summary>
    public string? Fault { get; private set; }

    public static async Task<RedisLine> OpenAsync(RedisOptions options, Action<string, byte[]> take)
    {
        var password = options.Password();
        var redis = await ConnectionMultiplexer.ConnectAsync(options.Client(password));
        var line = new RedisLine(redis, password, take);
        redis.ConnectionFailed += (_, failed) =>
            line.Fault =
                $"{failed.FailureType}: {failed.Exception?.InnerException?.Message ?? failed.Exception?.Message}";
        redis.ErrorMessage += (_, error) => line.Fault = error.Message;
        return line;
    }

    /// <summary>Listens to these channels; anew to those that it listened to.</summary>
    public async Task ListenAsync(IReadOnlyList<string> channels)
    {
        var subscriber = redis.GetSubscriber();
        foreach (var channel in channels)
        {
            var literal = RedisChannel.Literal(channel);
            Forget(literal);
            try
            {
                var queue = await subscriber.SubscribeAsync(literal);
                queue.OnMessage(message => take(channel, (byte[])message.Message!));
            }
            catch
            {
                // The client keeps what it could not subscribe, and fills it once Redis is there: nobody would read it.
                Forget(literal);
                throw;
            }
        }

        void Forget(RedisChannel channel) => subscriber.Unsubscribe(channel, flags: CommandFlags.FireAndForget);
    }

    /// <summary>In the order of the calls. Answers how many heard it.</summary>
    public Task<long> SayAsync(string channel, byte[] message) =>
        redis.GetSubscriber().PublishAsync(RedisChannel.Literal(channel), message);

    /// <summary>What it says of a failure.</summary>
    public static bool IsFault(Exception exception) =>
        exception is RedisException or TimeoutException or ObjectDisposedException or OperationCanceledException;

    /// <summary>Nothing that is still under way is waited for.</summary>
    public async ValueTask DisposeAsync()
    {
        // Where it takes leave of a server that is just going, the client fails with an error of its own.
        await redis.CloseAsync(allowCommandsToComplete: false);
        await redis.DisposeAsync();
    }
}
