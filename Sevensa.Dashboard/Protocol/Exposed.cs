namespace Sevensa.Dashboard.Protocol;

/// <summary>An environment variable that looks like a secret.</summary>
/// <param name="Why">One of <see cref="ExposureReasons"/>.</param>
/// <param name="Hash">Of the value, keyed by a secret of the host: the same value has the same on one host, and nothing can be told from it.</param>
public sealed record ExposedVariable(string Name, string Why, string Hash);

/// <summary>Why a variable looks like a secret.</summary>
public static class ExposureReasons
{
    /// <summary>Its name says so.</summary>
    public const string Name = "name";

    /// <summary>The value has the form of a known kind of key or token.</summary>
    public const string Form = "form";

    /// <summary>The value is an address or a connection string with a password in it.</summary>
    public const string Connection = "connection";

    /// <summary>The value is as random as a key is.</summary>
    public const string Random = "random";
}
