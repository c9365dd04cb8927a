using System.ComponentModel.DataAnnotations;
using Sevensa.Dashboard.Platform.Wire;

namespace Sevensa.Dashboard.Tests.Platform.Wire;

/// <summary>What is wrong with the settings of Redis is said before the start, and what is weak when it is used.</summary>
public class RedisOptionsTests
{
    private static List<string> Mistakes(RedisOptions options) =>
        [.. options.Validate(new ValidationContext(options)).Select(mistake => mistake.ErrorMessage!)];

    [Fact]
    public void None_at_all_is_one_dashboard_alone()
    {
        Assert.False(new RedisOptions().IsSet);
        Assert.Empty(Mistakes(new RedisOptions()));
    }

    [Theory]
    [InlineData("redis:6379,password=hunter2", "leave the password out")]
    [InlineData("redis:6379,sll=true", "it names no server")]
    [InlineData(",", "it names no server")]
    public void A_mistake_is_said_without_its_value(string text, string words)
    {
        var told = Assert.Single(Mistakes(new RedisOptions { ConnectionString = text }));
        Assert.Contains(words, told, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_file_that_is_not_there_is_said() =>
        Assert.Contains(
            "is not there",
            Assert.Single(Mistakes(new RedisOptions { ConnectionString = "redis", PasswordFile = "/nowhere/at/all" })),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("127.0.0.1:6379", null, null)]
    [InlineData("redis.example.org:6379", null, "no password")]
    [InlineData("redis.example.org:6379", "/run/secrets/redis", "in clear")]
    [InlineData("redis.example.org:6380,ssl=true", "/run/secrets/redis", null)]
    public void What_others_could_disturb_is_said(string text, string? file, string? words)
    {
        var weakness = new RedisOptions { ConnectionString = text, PasswordFile = file }.Weakness;
        if (words is null)
        {
            Assert.Null(weakness);
        }
        else
        {
            Assert.Contains(words, weakness, StringComparison.Ordinal);
        }
    }
}
