namespace Sevensa.Dashboard.Features.Hosts;

internal static partial class HostsLog
{
    [LoggerMessage(200, LogLevel.Information, "Host {Host} enrolled ({HostId})")]
    public static partial void Enrolled(this ILogger log, string host, string hostId);

    [LoggerMessage(201, LogLevel.Information, "Runner of {Host} connected, version {Version}")]
    public static partial void Connected(this ILogger log, string host, string version);

    [LoggerMessage(202, LogLevel.Warning, "Runner of {Host} is lost")]
    public static partial void Lost(this ILogger log, string host);

    [LoggerMessage(203, LogLevel.Warning, "A runner's connection from {Remote} was refused: {Reason}")]
    public static partial void Refused(this ILogger log, string remote, string reason);

    [LoggerMessage(204, LogLevel.Error, "A listener failed on news of host {HostId}")]
    public static partial void ListenerFailed(this ILogger log, Exception exception, string hostId);

    [LoggerMessage(205, LogLevel.Error, "A callback on the fleet's change failed")]
    public static partial void CallbackFailed(this ILogger log, Exception exception);

    [LoggerMessage(206, LogLevel.Error, "A report from host {HostId} could not be stored")]
    public static partial void ReportFailed(this ILogger log, Exception exception, string hostId);

    [LoggerMessage(
        208,
        LogLevel.Warning,
        "The new action key could not be given to host {HostId}; it is tried when it connects"
    )]
    public static partial void KeyNotOffered(this ILogger log, Exception exception, string hostId);

    [LoggerMessage(209, LogLevel.Debug, "The clock of host {HostId} was not told: {Reason}")]
    public static partial void ClockNotTold(this ILogger log, string hostId, string reason);

    [LoggerMessage(
        210,
        LogLevel.Warning,
        "Host {Host} tells of container {Container}, which is not taken from it: {Reason}"
    )]
    public static partial void ClaimRefused(this ILogger log, string host, string container, string reason);

    [LoggerMessage(211, LogLevel.Error, "Host {Host} could not be enrolled")]
    public static partial void NotEnrolled(this ILogger log, Exception exception, string host);

    [LoggerMessage(207, LogLevel.Warning, "The audit record could not take {Action}; it is in this log only")]
    public static partial void AuditFailed(this ILogger log, Exception exception, string action);
}
