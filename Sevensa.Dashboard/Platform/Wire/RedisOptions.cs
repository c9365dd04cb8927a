using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace Sevensa.Dashboard.Platform.Wire;

/// <summary>Section <c>Redis</c>: over it several dashboards on one store pass on to each other what hosts tell.</summary>
public sealed class RedisOptions : IValidatableObject
{
    /// <summary>
    /// Where Redis is, in StackExchange.Redis' words: <c>redis:6379</c>, with TLS <c>redis.example.org:6380,ssl=true</c>. Empty for
    /// one dashboard alone.
    /// </summary>
    public string? ConnectionString { get; set; }

    /// <summary>File that holds the password.</summary>
    public string? PasswordFile { get; set; }

    /// <summary>Name of the account; empty for Redis' default one.</summary>
    public string? User { get; set; }

    /// <summary>Before the names of channels, so that several installations may share one Redis.</summary>
    [Required]
    [StringLength(40, MinimumLength = 1)]
    public string Prefix { get; set; } = "sevensa";

    /// <summary>Whether there is a Redis at all.</summary>
    public bool IsSet => !string.IsNullOrWhiteSpace(ConnectionString);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!IsSet)
        {
            yield break;
        }
        ConfigurationOptions? read = null;
        try
        {
            read = ConfigurationOptions.Parse(ConnectionString!);
        }
        catch (ArgumentException) { }
        if (read is null || read.EndPoints.Count == 0)
        {
            yield return new ValidationResult(
                "it names no server (host:6379, with TLS host:6380,ssl=true)",
                [nameof(ConnectionString)]
            );
        }
        else if (!string.IsNullOrEmpty(read.Password))
        {
            yield return new ValidationResult(
                $"leave the password out of it and name its file in Redis:{nameof(PasswordFile)}",
                [nameof(ConnectionString)]
            );
        }
        if (PasswordFile is { Length: > 0 } file && !File.Exists(file))
        {
            yield return new ValidationResult($"\"{file}\" is not there", [nameof(PasswordFile)]);
        }
    }

    /// <summary>How others on the network could disturb, in words; null when they can't.</summary>
    internal string? Weakness
    {
        get
        {
            var read = ConfigurationOptions.Parse(ConnectionString!);
            var isHere = read.EndPoints.All(end =>
                end is UnixDomainSocketEndPoint
                || (end is IPEndPoint { Address: var address } && IPAddress.IsLoopback(address))
                || end is DnsEndPoint { Host: "localhost" }
            );
            return isHere ? null
                : string.IsNullOrEmpty(PasswordFile)
                    ? "Redis has no password: whoever reaches it can keep messages from arriving. Give it one (Redis:PasswordFile)."
                : !read.Ssl
                    ? "Redis' password goes over the network in clear: give Redis TLS (ssl=true in Redis:ConnectionString)."
                : null;
        }
    }

    /// <summary>What the password file holds now; null where none is named.</summary>
    /// <exception cref="RedisException">It can't be read.</exception>
    internal string? Password()
    {
        if (PasswordFile is not { Length: > 0 } file)
        {
            return null;
        }
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RedisException(
                $"The file that Redis:{nameof(PasswordFile)} names can't be read; put it there, readable for the dashboard.",
                exception
            );
        }
    }

    /// <summary>What the client is made with.</summary>
    /// <param name="password">See <see cref="Password"/>.</param>
    internal ConfigurationOptions Client(string? password)
    {
        var client = ConfigurationOptions.Parse(ConnectionString!);
        client.AbortOnConnectFail = false;
        client.BacklogPolicy = BacklogPolicy.FailFast;
        client.ConnectTimeout = 2000;
        client.AsyncTimeout = 3000;
        client.KeepAlive = 5;
        client.ReconnectRetryPolicy = new LinearRetry(500);
        client.ClientName = "sevensa-dashboard";
        if (!string.IsNullOrWhiteSpace(User))
        {
            client.User = User;
        }
        if (password is not null)
        {
            client.Password = password;
        }
        return client;
    }
}
