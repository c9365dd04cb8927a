using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases.Postgres;

/// <summary>The one table from what PostgreSQL or the way to it says to a fault with a remedy.</summary>
internal static class PostgresFaults
{
    /// <summary>Null for what is not the server's fault, such as the asker giving up.</summary>
    public static UpstreamException? Translate(
        Instance instance,
        string role,
        Exception exception,
        CancellationToken cancellation
    ) =>
        exception switch
        {
            UpstreamException => null,
            OperationCanceledException when cancellation.IsCancellationRequested => null,
            PostgresException said => Said(instance, role, said),
            NpgsqlException { InnerException: TimeoutException } or TimeoutException or OperationCanceledException =>
                new UpstreamException(
                    instance.Upstream,
                    UpstreamFault.TimedOut,
                    $"It gave no answer within {instance.Timeout.TotalSeconds:0} s.",
                    remedy: "Look at its load, or raise TimeoutSeconds of the instance.",
                    inner: exception
                ),
            NpgsqlException { InnerException: AuthenticationException tls } => Unreachable(
                instance,
                $"No secure connection could be made: {tls.Message}",
                "Check Tls and RootCertificateFile of the instance, and the server's certificate.",
                exception
            ),
            NpgsqlException when exception.Message.Contains("SSL", StringComparison.Ordinal) => Unreachable(
                instance,
                "The server offers no TLS.",
                "Switch it on there (ssl = on), or set Tls of the instance to Disable where the network is your own.",
                exception
            ),
            NpgsqlException when exception.Message.Contains("No password", StringComparison.OrdinalIgnoreCase) =>
                new UpstreamException(
                    instance.Upstream,
                    UpstreamFault.Denied,
                    $"The server asks for a password of {role}, and none is set.",
                    remedy: "Set PasswordFile or VaultPath of the instance.",
                    inner: exception
                ),
            NpgsqlException or SocketException or IOException => Unreachable(
                instance,
                exception.InnerException?.Message ?? exception.Message,
                $"Check that PostgreSQL runs on {instance.Host}:{instance.Port} and that the network lets the dashboard there.",
                exception
            ),
            _ => null,
        };

    private static UpstreamException Unreachable(Instance instance, string words, string remedy, Exception inner) =>
        new(instance.Upstream, UpstreamFault.Unreachable, words, remedy: remedy, inner: inner);

    private static UpstreamException Said(Instance instance, string role, PostgresException said)
    {
        var (fault, remedy) = said.SqlState switch
        {
            PostgresErrorCodes.InvalidPassword => (
                UpstreamFault.Denied,
                $"The password of {role} is another. Check PasswordFile or VaultPath; it is read anew at each sign-in."
            ),
            PostgresErrorCodes.InvalidAuthorizationSpecification => (
                UpstreamFault.Denied,
                $"The server does not let {role} in: the role is missing or may not log in, or pg_hba.conf has no line for it."
            ),
            PostgresErrorCodes.InsufficientPrivilege => (
                UpstreamFault.Denied,
                $"{role} lacks a right there; docs/databases.md has the SQL for it."
            ),
            PostgresErrorCodes.TooManyConnections => (
                UpstreamFault.Busy,
                "Every connection is taken. End idle ones, put a pool in front, or raise max_connections; from PostgreSQL 16 on, reserved_connections and pg_use_reserved_connections keep a place for the read-only role."
            ),
            PostgresErrorCodes.CannotConnectNow
            or PostgresErrorCodes.AdminShutdown
            or PostgresErrorCodes.CrashShutdown => (
                UpstreamFault.Busy,
                "It is starting, stopping or recovering: wait a little and look at its log."
            ),
            PostgresErrorCodes.DiskFull => (UpstreamFault.Failed, "Its disk is full: make room there."),
            PostgresErrorCodes.InvalidCatalogName => (
                UpstreamFault.Failed,
                "Check Database of the instance and of its placements."
            ),
            PostgresErrorCodes.ReadOnlySqlTransaction => (
                UpstreamFault.Refused,
                "It takes no writes: it is a replica or set read-only."
            ),
            PostgresErrorCodes.QueryCanceled => (
                UpstreamFault.TimedOut,
                "Look at its load, or raise TimeoutSeconds of the instance."
            ),
            _ => (UpstreamFault.Failed, "Look at the server's log."),
        };
        // 401 and the like are HTTP's; PostgreSQL's own code stands in the words.
        return new UpstreamException(
            instance.Upstream,
            fault,
            $"{said.MessageText} ({said.SqlState})",
            remedy: remedy,
            inner: said
        );
    }
}
