using System.Text.Json;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>What of an environment looks like a secret, and that no value is told. The values are made up and open nothing.</summary>
public class ExposedVariablesTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(number => (byte)number)];

    [Theory]
    [InlineData("DB_PASSWORD", "hunter2", "name")]
    [InlineData("POSTGRES_PASSWORD", "welcome", "name")]
    [InlineData("N8N_ENCRYPTION_KEY", "sandbox-only", "name")]
    [InlineData("Jwt__Secret", "please-change", "name")]
    [InlineData("ConnectionStrings__Main", "Host=db;Username=api;Password=hunter2", "connection")]
    [InlineData("DATABASE_URL", "postgres://api:hunter2@db:5432/rentguy", "connection")]
    [InlineData("REDIS", "redis://:hunter2@cache:6379", "connection")]
    [InlineData("AWS_KEY", "AKIA" + "ABCDEFGHIJKLMNOP", "form")]
    [InlineData("GIT", "ghp_" + "abcdefghijklmnopqrstuvwxyz0123456789", "form")]
    [InlineData("STRIPE", "sk_live_" + "abcdefghijklmnop", "form")]
    [InlineData("LICENCE", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.abc", "form")]
    [InlineData("SALT", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "random")]
    [InlineData("APP_KEY", "Zk8qT1vXw3Lr9bNc5GyHs2Jd7MfPa4Ue", "random")]
    public void Looks_like_a_secret(string name, string value, string why) =>
        Assert.Equal(why, ExposedVariables.WhyOf(name, value));

    [Theory]
    [InlineData("DB_PASSWORD_FILE", "/run/secrets/db")]
    [InlineData("DB_PASSWORD", "/run/secrets/db")]
    [InlineData("DB_PASSWORD", "")]
    [InlineData("DB_PASSWORD", "${DB_PASSWORD}")]
    [InlineData("PASSWORD_MIN", "12345")]
    [InlineData("TOKEN_TTL", "3600")]
    [InlineData("OAUTH_TOKEN_URL", "https://id.example.org/token")]
    [InlineData("REQUIRE_PASSWORD", "true")]
    [InlineData("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")]
    [InlineData("PWD", "/srv/app/with/a/longer/name")]
    [InlineData("GPG_KEY", "E3FF2839C048B25C084DEBE9B26995E310250568")]
    [InlineData("PYTHON_SHA256", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    [InlineData("NODE_VERSION", "22.11.0")]
    [InlineData("ASPNETCORE_URLS", "http://+:8080")]
    [InlineData("LOG_LEVEL", "info")]
    [InlineData("GENERIC_TIMEZONE", "Europe/Amsterdam")]
    [InlineData("KEYBOARD", "qwerty-international")]
    [InlineData("COMPASS", "north-north-east")]
    public void Looks_like_none(string name, string value) => Assert.Null(ExposedVariables.WhyOf(name, value));

    [Fact]
    public void The_same_value_has_the_same_hash_on_one_host_and_none_elsewhere_and_no_value_is_told()
    {
        string[] environment =
        [
            "DB_PASSWORD=hunter2",
            "ADMIN_PASSWORD=hunter2",
            "API_TOKEN=another",
            "LOG_LEVEL=info",
            "EMPTY",
        ];
        var found = ExposedVariables.Of(environment, Key);
        Assert.Equal(["ADMIN_PASSWORD", "API_TOKEN", "DB_PASSWORD"], found.Select(one => one.Name));
        Assert.Equal(found[0].Hash, found[2].Hash);
        Assert.NotEqual(found[0].Hash, found[1].Hash);
        Assert.NotEqual(found[0].Hash, ExposedVariables.Of(environment, new byte[32])[0].Hash);
        Assert.DoesNotContain("hunter2", JsonSerializer.Serialize(found), StringComparison.Ordinal);
    }
}
