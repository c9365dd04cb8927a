using Sevensa.Dashboard.Ui;

namespace Sevensa.Dashboard.Features.Containers.Components;

/// <summary>How a container's state reads and what colour it has.</summary>
internal static class ContainerWords
{
    public static State StateOf(ContainerView container) =>
        container switch
        {
            { HostConnected: false } => State.Unknown,
            { State: "running", Health: "unhealthy" } => State.Crit,
            { State: "running", Health: "starting" } => State.Warn,
            { State: "running" } => State.Ok,
            { State: "restarting" or "dead" } => State.Crit,
            { State: "exited", ExitCode: 0 } or { State: "created" } => State.Unknown,
            { State: "exited" } => State.Crit,
            _ => State.Warn,
        };

    public static string WordFor(ContainerView container) =>
        container switch
        {
            { State: "running", Health: not "none" } => container.Health,
            { State: "exited", OomKilled: true } => "out of memory",
            { State: "exited", ExitCode: { } code and not 0 } => $"exited ({code})",
            _ => container.State,
        };

    /// <summary>The digest as people compare it: its first twelve digits.</summary>
    public static string Short(string digest)
    {
        var hex = digest[(digest.LastIndexOf(':') + 1)..];
        return hex.Length > 12 ? hex[..12] : hex;
    }
}
