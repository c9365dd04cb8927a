using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Ui;

/// <summary>An upstream's state as pages show it.</summary>
public static class UpstreamStates
{
    public static State Mark(this UpstreamState state) =>
        state switch
        {
            UpstreamState.Connected => State.Ok,
            UpstreamState.Degraded => State.Warn,
            UpstreamState.Unreachable => State.Crit,
            _ => State.Unknown,
        };

    public static string Word(this UpstreamState state) =>
        state == UpstreamState.NotConfigured ? "Not configured" : state.ToString();
}
