using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Platform.Wire;
using Sevensa.Dashboard.Tests.Features.Hosts.Across;
using StackExchange.Redis;

namespace Sevensa.Dashboard.Tests.Platform.Wire;

/// <summary>The connection to a real Redis that is not there at first.</summary>
public class RedisLineTests
{
    [Fact]
    public async Task What_could_not_be_listened_to_is_not_filled_later_for_nobody()
    {
        await using var redis = new RedisServer();
        await redis.InitializeAsync();
        await redis.StopAsync();
        var took = 0;
        await using var line = await RedisLine.OpenAsync(
            new RedisOptions { ConnectionString = redis.ConnectionString, PasswordFile = redis.PasswordFile },
            (_, _) => Interlocked.Increment(ref took)
        );
        await Assert.ThrowsAnyAsync<RedisException>(() => line.ListenAsync(["first"]));

        await redis.StartAsync();
        await TwoDashboards.WhenAsync(() => Task.FromResult(line.IsConnected ? "" : null), "Redis");
        // By then the connection for messages is there too, and what the client still wants to hear it hears.
        await TwoDashboards.WhenAsync(ListenAsync, "what is listened to");
        Assert.Equal(0, await line.SayAsync("first", [1]));

        await line.ListenAsync(["first", "second"]);
        Assert.Equal(1, await line.SayAsync("first", [1]));
        await TwoDashboards.WhenAsync(() => Task.FromResult(Volatile.Read(ref took) == 1 ? "" : null), "the message");

        async Task<string?> ListenAsync()
        {
            try
            {
                await line.ListenAsync(["second"]);
                return "";
            }
            catch (Exception exception) when (RedisLine.IsFault(exception))
            {
                return null;
            }
        }
    }

    [Fact]
    public async Task A_password_that_can_t_be_read_is_trouble_in_words_and_another_one_is_seen()
    {
        await using var redis = new RedisServer();
        await redis.InitializeAsync();
        var file = Path.GetTempFileName();
        try
        {
            var options = new RedisOptions { ConnectionString = redis.ConnectionString, PasswordFile = file };
            await File.WriteAllTextAsync(file, "not this one", TestContext.Current.CancellationToken);
            await using var line = await RedisLine.OpenAsync(options, (_, _) => { });
            Assert.False(line.IsOutdated(options));
            File.Copy(redis.PasswordFile, file, overwrite: true);
            Assert.True(line.IsOutdated(options));
            await using var anew = await RedisLine.OpenAsync(options, (_, _) => { });
            await TwoDashboards.WhenAsync(() => Task.FromResult(anew.IsConnected ? "" : null), "Redis");
            Assert.False(anew.IsOutdated(options));
            File.Delete(file);
            var fault = await Assert.ThrowsAsync<RedisException>(() => RedisLine.OpenAsync(options, (_, _) => { }));
            Assert.True(RedisLine.IsFault(fault));
            Assert.Contains("Redis:PasswordFile", fault.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
