namespace Sevensa.Dashboard.Features.Databases.Postgres;

/// <summary>An instance's TLS in the words of PostgreSQL's client programs, meaning the same as it does for the dashboard itself.</summary>
internal static class ClientTls
{
    private static readonly string[] systems =
    [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/cert.pem",
    ];

    /// <summary>A file that there is not: without one the programs take what lies in the home directory.</summary>
    private const string None = "/nonexistent/root.crt";

    public static IReadOnlyDictionary<string, string> Of(Instance instance) =>
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PGSSLMODE"] = instance.Tls switch
            {
                PostgresTls.Disable => "disable",
                PostgresTls.Prefer => "prefer",
                PostgresTls.Require => "require",
                PostgresTls.VerifyCa => "verify-ca",
                _ => "verify-full",
            },
            ["PGSSLROOTCERT"] =
                instance.RootCertificateFile
                ?? (instance.Tls is PostgresTls.VerifyCa or PostgresTls.VerifyFull ? OfTheSystem() : null)
                ?? None,
            ["PGSSLCERT"] = None,
            ["PGGSSENCMODE"] = "disable",
        };

    /// <summary>Sets what is given, and leaves nothing of what the dashboard was started with: that is meant for another server.</summary>
    public static void Only(IDictionary<string, string?> environment, IReadOnlyDictionary<string, string> given)
    {
        foreach (var name in environment.Keys.Where(name => name.StartsWith("PG", StringComparison.Ordinal)).ToList())
        {
            environment.Remove(name);
        }
        environment["LC_ALL"] = "C";
        foreach (var (name, value) in given)
        {
            environment[name] = value;
        }
    }

    /// <summary>The programs know the word for the system's authorities from version 16 on only; its file they all read.</summary>
    private static string? OfTheSystem() =>
        (
            Environment.GetEnvironmentVariable("SSL_CERT_FILE") is { Length: > 0 } own ? [own, .. systems] : systems
        ).FirstOrDefault(File.Exists);
}
